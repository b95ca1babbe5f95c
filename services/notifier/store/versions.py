"""Opportunities as mails tell them, each version parsed once."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.store.knowledge import STANDING, KnownOpportunity, standing_from
from services.notifier.tables import opportunities
from shared.events import Change, OpportunityState

KEPT = 5_000
Words = tuple[OpportunityState | None, tuple[Change, ...]]


class Versions:
    """What was parsed of a version stays: its words never change."""

    def __init__(self) -> None:
        self._words: dict[tuple[str, int], Words] = {}

    async def known(self, connection: AsyncConnection, ids: Iterable[str]) -> dict[str, KnownOpportunity]:
        """Those known among these, by id."""
        columns = (*STANDING, opportunities.c.sentence_fr, opportunities.c.sentence_en, opportunities.c.closed_because)
        query = select(*columns).where(opportunities.c.id.in_(sorted(set(ids))))
        rows = (await connection.execute(query)).all()
        await self._read(connection, [(row.id, row.version) for row in rows])
        return {row.id: self._known(row) for row in rows}

    async def _read(self, connection: AsyncConnection, wanted: list[tuple[str, int]]) -> None:
        missing = [key for key in wanted if key not in self._words]
        if not missing:
            return
        columns = (opportunities.c.id, opportunities.c.version, opportunities.c.state, opportunities.c.changes)
        query = select(*columns).where(tuple_(opportunities.c.id, opportunities.c.version).in_(missing))
        while len(self._words) > KEPT - len(missing) and self._words:
            del self._words[next(iter(self._words))]
        for row in await connection.execute(query):
            state = OpportunityState.model_validate(row.state | {"version": row.version}) if row.state else None
            changes = tuple(Change.model_validate(change) for change in row.changes or ())
            self._words[row.id, row.version] = (state, changes)

    def _known(self, row: Row[Any]) -> KnownOpportunity:
        state, changes = self._words.get((row.id, row.version), (None, ()))
        return KnownOpportunity(
            **standing_from(row).__dict__,
            state=state,
            changes=changes,
            sentences=(("fr", row.sentence_fr), ("en", row.sentence_en)),
            closed_because=row.closed_because,
        )
