"""The pairs of an opportunity and a profile that the notifier has heard of: how each stands, the newest kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.tables import pairs
from shared.database import Database
from shared.events import MatchesChanged, Pair

CHUNK = 500
Key = tuple[str, str]


@dataclass(frozen=True)
class KnownPair:
    """A pair as last heard of."""

    opportunity_id: str
    profile_id: str
    version: int
    score: float
    matched: bool
    matched_since: datetime | None


class Pairs:
    """The read model of pairs."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def those(self, connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, KnownPair]:
        """Those known among these, by opportunity and profile."""
        query = select(pairs).where(tuple_(pairs.c.opportunity_id, pairs.c.profile_id).in_(set(keys)))
        return {(row.opportunity_id, row.profile_id): _pair(row) for row in await connection.execute(query)}

    async def matched(self, connection: AsyncConnection, profile_id: str) -> list[KnownPair]:
        """The pairs of a profile that match."""
        query = select(pairs).where(pairs.c.profile_id == profile_id, pairs.c.matched.is_(True))
        return [_pair(row) for row in await connection.execute(query)]

    async def save(self, connection: AsyncConnection, fact: MatchesChanged, now: datetime) -> dict[Key, KnownPair]:
        """Keep what is newer, and return how all these pairs stand now."""
        keys = [(pair.opportunity_id, pair.profile_id) for pair in fact.pairs]
        before = await self.those(connection, keys)
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
        return await self.those(connection, keys)


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
