"""What the notifier has heard of opportunities, profiles, pairs and rules: whole states, the newest kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.tables import opportunities, pairs, profiles, rules
from shared.database import Database
from shared.events import Change, MatchesChanged, OpportunityState, Pair, ProfileState, RulesPublished

CHUNK = 500
DEFAULT_CAP = 10
Key = tuple[str, str]


@dataclass(frozen=True)
class KnownOpportunity:
    """An opportunity as last heard of; `state` is None when only its end was heard."""

    id: str
    version: int
    is_open: bool
    state: OpportunityState | None
    changes: tuple[Change, ...]

    def is_open_on(self, now: datetime) -> bool:
        """Whether one can still answer it."""
        if not self.is_open or self.state is None:
            return False
        ends = [*self.state.deadlines, *([self.state.deadline] if self.state.deadline else [])]
        return not ends or max(ends) > now


@dataclass(frozen=True)
class KnownPair:
    """A pair as last heard of."""

    opportunity_id: str
    profile_id: str
    version: int
    score: float
    matched: bool
    matched_since: datetime | None


class Knowledge:
    """The read models."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def save_opportunity(
        self, connection: AsyncConnection, state: OpportunityState, changes: tuple[Change, ...] = ()
    ) -> bool:
        """Keep a version; False when the same or a newer one is known."""
        kept = state.model_copy(update={"text": "", "expected_outcome": "", "scope": "", "keywords": ()})
        return await self._upsert(
            connection,
            opportunities,
            {
                "id": state.id,
                "version": state.version,
                "is_open": state.status != "closed",
                "state": kept.model_dump(mode="json"),
                "changes": [change.model_dump(mode="json") for change in changes],
            },
        )

    async def close_opportunity(self, connection: AsyncConnection, opportunity_id: str, version: int) -> bool:
        """Note that it is over; its title stays known. False when a newer version is."""
        row = {"id": opportunity_id, "version": version, "is_open": False}
        insert = self.database.insert(opportunities).values(**row, state=None, changes=[])
        upsert = insert.on_conflict_do_update(
            index_elements=["id"], set_={"version": version, "is_open": False}, where=opportunities.c.version <= version
        )
        return (await connection.execute(upsert)).rowcount == 1

    async def save_profile(self, connection: AsyncConnection, state: ProfileState) -> bool:
        row = {"id": state.id, "version": state.version, "kind": state.kind, "name": state.name, "is_removed": False}
        return await self._upsert(connection, profiles, row)

    async def remove_profile(self, connection: AsyncConnection, profile_id: str, version: int) -> bool:
        """Leave a tombstone, so that a late description does not bring it back."""
        row = {"id": profile_id, "version": version, "kind": "", "name": "", "is_removed": True}
        return await self._upsert(connection, profiles, row)

    async def _upsert(self, connection: AsyncConnection, table: Any, row: Mapping[str, object]) -> bool:
        insert = self.database.insert(table).values(**row)
        newer = insert.on_conflict_do_update(
            index_elements=["id"], set_=dict(row), where=table.c.version < insert.excluded.version
        )
        return (await connection.execute(newer)).rowcount == 1

    async def save_rules(self, connection: AsyncConnection, fact: RulesPublished) -> None:
        row = {"number": 1, "version": fact.version, "digest_cap": fact.digest_cap}
        insert = self.database.insert(rules).values(**row)
        newer = insert.on_conflict_do_update(
            index_elements=["number"], set_=row, where=rules.c.version < insert.excluded.version
        )
        await connection.execute(newer)

    async def digest_cap(self, connection: AsyncConnection) -> int:
        found = (await connection.execute(select(rules.c.digest_cap))).scalar()
        return int(found) if found else DEFAULT_CAP

    async def opportunities(
        self, connection: AsyncConnection, ids: Iterable[str], *, shared_lock: bool = False
    ) -> dict[str, KnownOpportunity]:
        """Those known among these, by id. With `shared_lock`, they stay as they are until the transaction ends."""
        query = select(opportunities).where(opportunities.c.id.in_(set(ids))).order_by(opportunities.c.id)
        if shared_lock:
            query = query.with_for_update(read=True)
        return {row.id: _opportunity(row) for row in await connection.execute(query)}

    async def profile_versions(self, connection: AsyncConnection, ids: Iterable[str]) -> dict[str, int]:
        query = select(profiles.c.id, profiles.c.version).where(profiles.c.id.in_(set(ids)))
        return {row.id: row.version for row in await connection.execute(query)}

    async def pairs(self, connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, KnownPair]:
        query = select(pairs).where(tuple_(pairs.c.opportunity_id, pairs.c.profile_id).in_(set(keys)))
        return {(row.opportunity_id, row.profile_id): _pair(row) for row in await connection.execute(query)}

    async def matched_pairs(
        self,
        connection: AsyncConnection,
        profile_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[KnownPair]:
        """The pairs of a profile that match, those that began to within [since, until) when given."""
        query = select(pairs).where(pairs.c.profile_id == profile_id, pairs.c.matched.is_(True))
        if since is not None:
            query = query.where(pairs.c.matched_since >= since)
        if until is not None:
            query = query.where(pairs.c.matched_since < until)
        return [_pair(row) for row in await connection.execute(query)]

    async def save_pairs(
        self, connection: AsyncConnection, fact: MatchesChanged, now: datetime
    ) -> dict[Key, KnownPair]:
        """Keep what is newer, and return how all these pairs stand now."""
        keys = [(pair.opportunity_id, pair.profile_id) for pair in fact.pairs]
        before = await self.pairs(connection, keys)
        newest: dict[Key, Pair] = {}
        for pair in fact.pairs:
            key = (pair.opportunity_id, pair.profile_id)
            known = max(before[key].version if key in before else 0, newest[key].version if key in newest else 0)
            if pair.version > known:
                newest[key] = pair
        rows = [_pair_row(pair, fact, before.get(key), now) for key, pair in sorted(newest.items())]
        if rows:
            insert = self.database.insert(pairs)
            replaced = {column.name: insert.excluded[column.name] for column in pairs.c if not column.primary_key}
            upsert = insert.on_conflict_do_update(
                index_elements=["opportunity_id", "profile_id"],
                set_=replaced,
                where=pairs.c.version < insert.excluded.version,
            )
            for start in range(0, len(rows), CHUNK):
                await connection.execute(upsert, rows[start : start + CHUNK])
        return await self.pairs(connection, keys)


def _opportunity(row: Row[Any]) -> KnownOpportunity:
    return KnownOpportunity(
        id=row.id,
        version=row.version,
        is_open=row.is_open,
        state=OpportunityState.model_validate(row.state) if row.state else None,
        changes=tuple(Change.model_validate(change) for change in row.changes or ()),
    )


def _pair(row: Row[Any]) -> KnownPair:
    return KnownPair(row.opportunity_id, row.profile_id, row.version, row.score, row.matched, row.matched_since)


def _pair_row(pair: Pair, fact: MatchesChanged, before: KnownPair | None, now: datetime) -> dict[str, object]:
    since = before.matched_since if before is not None and before.matched else now
    return {
        "opportunity_id": pair.opportunity_id,
        "profile_id": pair.profile_id,
        "version": pair.version,
        "opportunity_version": pair.opportunity_version,
        "profile_version": pair.profile_version,
        "model_version": fact.model_version,
        "rules_version": fact.rules_version,
        "score": pair.score,
        "matched": pair.matched,
        "matched_since": since if pair.matched else None,
        "terms": [term.model_dump() for term in pair.terms],
        "passage": pair.passage,
    }
