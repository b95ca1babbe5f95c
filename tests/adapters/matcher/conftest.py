"""A matcher around a fresh database, and what it told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pytest
from sqlalchemy import select

from services.matcher.app import Matcher, assemble
from services.matcher.domain.match import Match
from services.matcher.pointer import Stale
from services.matcher.tables import messages, metadata
from shared.clock import Clock
from shared.database import Database
from shared.events import (
    Fact,
    MatchesChanged,
    MatchJudged,
    OpportunityAmended,
    OpportunityClosed,
    OpportunityPublished,
    OpportunityState,
    Pair,
    ProfileDescribed,
    ProfileRemoved,
    ProfileState,
)
from shared.outbox import Outbox
from shared.retries import DELAYS_S
from tests.unit.matcher.builders import NOW

Verdict = Literal["not_for_us", "interested"]


@dataclass
class Desk:
    """One replica, spoken to in facts."""

    matcher: Matcher
    database: Database
    outbox: Outbox

    async def hear(self, fact: Fact) -> None:
        """Deliver a fact as the bus does: again after a while when other writers were always first."""
        for delay_s in DELAYS_S:
            try:
                return await self._handle(fact)
            except Stale:
                await asyncio.sleep(delay_s)
        return await self._handle(fact)

    async def _handle(self, fact: Fact) -> None:
        handlers = self.matcher.handlers
        await {
            OpportunityPublished: handlers.on_opportunity_published,
            OpportunityAmended: handlers.on_opportunity_amended,
            OpportunityClosed: handlers.on_opportunity_closed,
            ProfileDescribed: handlers.on_profile_described,
            ProfileRemoved: handlers.on_profile_removed,
            MatchJudged: self.matcher.judging.on_match_judged,
        }[type(fact)](fact)

    async def published(self, state: OpportunityState) -> None:
        await self.hear(OpportunityPublished(happened_at=NOW, opportunity=state))

    async def amended(self, state: OpportunityState) -> None:
        await self.hear(OpportunityAmended(happened_at=NOW, opportunity=state, changes=()))

    async def closed(self, opportunity_id: str, version: int) -> None:
        fact = OpportunityClosed(
            happened_at=NOW, opportunity_id=opportunity_id, version=version, reason="deadline_passed"
        )
        await self.hear(fact)

    async def described(self, state: ProfileState) -> None:
        await self.hear(ProfileDescribed(happened_at=NOW, profile=state))

    async def judged(self, opportunity_id: str, profile_id: str, verdict: Verdict, *, later_s: int = 0) -> None:
        fact = MatchJudged(
            happened_at=NOW + timedelta(seconds=later_s),
            opportunity_id=opportunity_id,
            profile_id=profile_id,
            person_id="p1",
            verdict=verdict,
        )
        await self.hear(fact)

    async def removed(self, profile_id: str, version: int) -> None:
        await self.hear(ProfileRemoved(happened_at=NOW, profile_id=profile_id, version=version))

    async def told(self) -> list[MatchesChanged]:
        """Every fact about matches so far, in order."""
        table = messages.outbox.c
        query = select(table.payload).where(table.subject == MatchesChanged.subject).order_by(table.number)
        async with self.database.reading() as connection:
            return [MatchesChanged.model_validate_json(text) for text in (await connection.execute(query)).scalars()]

    async def told_pairs(self) -> list[tuple[str, Pair]]:
        return [(fact.cause, pair) for fact in await self.told() for pair in fact.pairs]

    async def matched(self) -> dict[tuple[str, str], Match]:
        """The pairs that match now."""
        return {match.key: match for match in await self.matcher.store.all_matches() if match.matched}

    async def history(self) -> list[Match]:
        return await self.matcher.store.all_matches(current_only=False)


MakeDesk = Callable[[], Desk]


@pytest.fixture
async def make_desk(database_url: str) -> AsyncIterator[MakeDesk]:
    """Makes replicas that share one database."""
    databases: list[Database] = []
    clock: Clock = lambda: NOW  # noqa: E731

    def make() -> Desk:
        database = Database(database_url, service="matcher")
        databases.append(database)
        outbox = Outbox(database, messages, clock)
        return Desk(assemble(database, outbox, clock), database, outbox)

    first = make()
    await first.database.create_schema()
    async with first.database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await first.matcher.rules_desk.open()
    yield make
    for database in databases:
        await database.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()
