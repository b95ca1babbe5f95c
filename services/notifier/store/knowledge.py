"""What the notifier has heard of opportunities, profiles and rules: whole states, the newest kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.kinds import NEW_FOR
from services.notifier.domain.news import deadlines_of, is_material
from services.notifier.tables import opportunities, profiles, rules
from shared.database import Database
from shared.events import (
    Change,
    Language,
    OpportunityAmended,
    OpportunityClosed,
    OpportunityPublished,
    OpportunityState,
    ProfileState,
    RulesPublished,
)

CHUNK = 500
DEFAULT_CAP = 10


@dataclass(frozen=True)
class Standing:
    """How an opportunity stands, without its words. `news_version` is 0 when it was old news from the start."""

    id: str
    version: int
    is_open: bool
    deadlines: tuple[datetime, ...]
    news_version: int
    heard_at: datetime | None

    def is_open_on(self, now: datetime) -> bool:
        """Whether one can still answer it."""
        return self.is_open and (not self.deadlines or max(self.deadlines) > now)

    def is_news(self, version: int, now: datetime) -> bool:
        """Whether a match of this version alerts by itself: the opportunity is new, or materially amended."""
        is_fresh = self.heard_at is not None and now - self.heard_at < NEW_FOR
        return self.news_version > 0 and (version == self.news_version or is_fresh)


@dataclass(frozen=True)
class KnownOpportunity(Standing):
    """An opportunity as last heard of; `state` is None when only its end was heard."""

    state: OpportunityState | None
    changes: tuple[Change, ...]
    sentences: tuple[tuple[Language, str], ...]
    closed_because: str | None


class Knowledge:
    """The read models."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def save_opportunity(
        self, connection: AsyncConnection, fact: OpportunityPublished | OpportunityAmended, now: datetime
    ) -> bool:
        """Keep a version; False when the same or a newer one is known."""
        state = fact.opportunity
        kept = state.model_copy(update={"text": "", "expected_outcome": "", "scope": "", "keywords": ()})
        row = {
            "id": state.id,
            "version": state.version,
            "is_open": state.status != "closed",
            "state": kept.model_dump(mode="json"),
            "deadlines": [moment.isoformat() for moment in deadlines_of(state)],
            "closed_because": None,
            **_told_of(fact),
        }
        if isinstance(fact, OpportunityPublished):
            return await self._upsert(connection, opportunities, row | {"heard_at": now})
        if not is_material(fact.changes):
            before = select(opportunities.c.news_version).where(opportunities.c.id == state.id)
            row["news_version"] = (await connection.execute(before)).scalar() or 0
        return await self._upsert(connection, opportunities, row)

    async def close_opportunity(self, connection: AsyncConnection, fact: OpportunityClosed) -> bool:
        """Note that it is over; its title stays known. False when a newer version is."""
        row = {"version": fact.version, "is_open": False, "closed_because": fact.reason}
        insert = self.database.insert(opportunities).values(id=fact.opportunity_id, **row, state=None, changes=[])
        upsert = insert.on_conflict_do_update(
            index_elements=["id"], set_=row, where=opportunities.c.version <= fact.version
        )
        return (await connection.execute(upsert)).rowcount == 1

    async def save_profile(self, connection: AsyncConnection, state: ProfileState) -> bool:
        row: dict[str, object] = {"id": state.id, "version": state.version, "kind": state.kind, "name": state.name}
        row |= {"population": state.population, "is_removed": False}
        return await self._upsert(connection, profiles, row)

    async def remove_profile(self, connection: AsyncConnection, profile_id: str, version: int) -> bool:
        """Leave a tombstone, so that a late description does not bring it back."""
        row = {"id": profile_id, "version": version, "kind": "", "name": "", "population": None, "is_removed": True}
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

    async def standings(self, connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Standing]:
        """How these stand, by id, without their words."""
        found: dict[str, Standing] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), CHUNK):
            query = select(*STANDING).where(opportunities.c.id.in_(wanted[start : start + CHUNK]))
            found |= {row.id: standing_from(row) for row in await connection.execute(query)}
        return found

    async def open_with_deadlines(self, connection: AsyncConnection) -> dict[str, Standing]:
        """All that is open and ends one day."""
        query = select(*STANDING).where(opportunities.c.is_open.is_(True))
        known = (standing_from(row) for row in await connection.execute(query))
        return {standing.id: standing for standing in known if standing.deadlines}

    async def profile_versions(self, connection: AsyncConnection, ids: Iterable[str]) -> dict[str, int]:
        query = select(profiles.c.id, profiles.c.version).where(profiles.c.id.in_(set(ids)))
        return {row.id: row.version for row in await connection.execute(query)}


STANDING = (
    opportunities.c.id,
    opportunities.c.version,
    opportunities.c.is_open,
    opportunities.c.deadlines,
    opportunities.c.news_version,
    opportunities.c.heard_at,
)


def standing_from(row: Row[Any]) -> Standing:
    return Standing(**_standing(row))


def _standing(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "is_open": row.is_open,
        "deadlines": tuple(datetime.fromisoformat(moment) for moment in row.deadlines),
        "news_version": row.news_version,
        "heard_at": row.heard_at,
    }


def _opportunity(row: Row[Any]) -> KnownOpportunity:
    return KnownOpportunity(
        **_standing(row),
        state=OpportunityState.model_validate(row.state) if row.state else None,
        changes=tuple(Change.model_validate(change) for change in row.changes or ()),
        sentences=(("fr", row.sentence_fr), ("en", row.sentence_en)),
        closed_because=row.closed_because,
    )


def _told_of(fact: OpportunityPublished | OpportunityAmended) -> dict[str, object]:
    if isinstance(fact, OpportunityPublished):
        version = 0 if fact.catching_up else fact.opportunity.version
        return {"changes": [], "sentence_fr": "", "sentence_en": "", "news_version": version}
    return {
        "changes": [change.model_dump(mode="json") for change in fact.changes],
        "sentence_fr": fact.sentence_fr,
        "sentence_en": fact.sentence_en,
        "news_version": fact.opportunity.version,
    }
