"""What the matcher does with each fact: load what is there, decide, save, tell.

A decision is prepared on a snapshot and written only if nothing changed since; see `keeper`.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.domain.index import Entry
from services.matcher.domain.match import Match, in_facts, is_news
from services.matcher.keeper import Keeper, Snapshot
from services.matcher.store import InForce, Store
from shared.clock import Clock
from shared.database import Database
from shared.events import (
    Fact,
    MatchesChanged,
    OpportunityAmended,
    OpportunityClosed,
    OpportunityPublished,
    OpportunityState,
    ProfileDescribed,
    ProfileRemoved,
    ProfileState,
)
from shared.outbox import Outbox

log = logging.getLogger(__name__)

Cause = Literal["opportunity", "profile", "refit", "rules"]
PROFILE_REMOVED = "profile"


@dataclass(frozen=True)
class Handlers:
    """One method a fact."""

    database: Database
    outbox: Outbox
    store: Store
    keeper: Keeper
    clock: Clock

    async def on_opportunity_published(self, fact: OpportunityPublished) -> None:
        await self._opportunity_told(fact, fact.opportunity)

    async def on_opportunity_amended(self, fact: OpportunityAmended) -> None:
        await self._opportunity_told(fact, fact.opportunity)

    async def on_opportunity_closed(self, fact: OpportunityClosed) -> None:
        async for attempt in self.keeper.attempts():
            async with attempt as snapshot:
                head = snapshot.opportunities.get(fact.opportunity_id)
                if head and (head.version > fact.version or (head.is_closed and head.version == fact.version)):
                    await self.note(fact)
                    continue
                state = _closed(head.state, fact.version) if head and head.state else None
                found = await self._decide_closed(snapshot, state) if state else []

                async def save(
                    connection: AsyncConnection, pointer: InForce, state: OpportunityState | None = state
                ) -> None:
                    await self.store.save_opportunity(
                        connection,
                        fact.opportunity_id,
                        version=fact.version,
                        state=state,
                        is_closed=True,
                        pointer=pointer,
                    )

                await self.write(fact, snapshot, found, "opportunity", save)

    async def on_profile_described(self, fact: ProfileDescribed) -> None:
        state = fact.profile
        async for attempt in self.keeper.attempts():
            async with attempt as snapshot:
                head = snapshot.profiles.get(state.id)
                if head and head.version >= state.version:
                    await self.note(fact)
                    continue
                found = await self._decide_profile(snapshot, state)

                async def save(connection: AsyncConnection, pointer: InForce) -> None:
                    await self.store.save_profile(
                        connection, state.id, version=state.version, state=state, pointer=pointer
                    )

                await self.write(fact, snapshot, found, "profile", save)

    async def on_profile_removed(self, fact: ProfileRemoved) -> None:
        async for attempt in self.keeper.attempts():
            async with attempt as snapshot:
                head = snapshot.profiles.get(fact.profile_id)
                if head and (head.version > fact.version or (head.is_removed and head.version == fact.version)):
                    await self.note(fact)
                    continue
                before = await self.store.current_matches(profile_id=fact.profile_id)
                found = [self._gone(match, fact.version, snapshot) for match in before if match.matched]

                async def save(connection: AsyncConnection, pointer: InForce) -> None:
                    await self.store.save_profile(
                        connection, fact.profile_id, version=fact.version, state=None, pointer=pointer
                    )

                await self.write(fact, snapshot, found, "profile", save)

    async def _opportunity_told(self, fact: Fact, state: OpportunityState) -> None:
        async for attempt in self.keeper.attempts():
            async with attempt as snapshot:
                head = snapshot.opportunities.get(state.id)
                if head and head.version >= state.version:
                    await self.note(fact)
                    continue
                is_closed = state.status == "closed"
                found = await (self._decide_closed if is_closed else self._decide_opportunity)(snapshot, state)

                async def save(connection: AsyncConnection, pointer: InForce, is_closed: bool = is_closed) -> None:
                    await self.store.save_opportunity(
                        connection, state.id, version=state.version, state=state, is_closed=is_closed, pointer=pointer
                    )

                await self.write(fact, snapshot, found, "opportunity", save)

    async def _decide_opportunity(self, snapshot: Snapshot, state: OpportunityState) -> list[Match]:
        before = {one.profile_id: one for one in await self.store.current_matches(opportunity_ids=[state.id])}
        return await asyncio.to_thread(self.score_opportunity, snapshot, state, before)

    def score_opportunity(self, snapshot: Snapshot, state: OpportunityState, before: dict[str, Match]) -> list[Match]:
        """Who an opportunity is for: what must be told of it."""
        entry = snapshot.index.read_opportunity(state)
        found = snapshot.index.who_is_it_for(entry, self.clock(), before=before)
        return [match for match in found if is_news(before.get(match.profile_id), match)]

    async def _decide_profile(self, snapshot: Snapshot, state: ProfileState) -> list[Match]:
        before = {one.opportunity_id: one for one in await self.store.current_matches(profile_id=state.id)}
        return await asyncio.to_thread(self.score_profile, snapshot, state, before)

    def score_profile(self, snapshot: Snapshot, state: ProfileState, before: dict[str, Match]) -> list[Match]:
        """What there is for a profile: what must be told of it."""
        entry = snapshot.index.read_profile(state)
        found = snapshot.index.what_is_there_for(entry, self.clock(), before=before)
        return [match for match in found if is_news(before.get(match.opportunity_id), match)]

    async def _decide_closed(self, snapshot: Snapshot, state: OpportunityState) -> list[Match]:
        """A closed opportunity matches nobody any more."""
        before = {m.profile_id: m for m in await self.store.current_matches(opportunity_ids=[state.id]) if m.matched}
        index, now = snapshot.index, self.clock()
        entry: Entry[OpportunityState] = await asyncio.to_thread(index.read_opportunity, state)
        profiles = [index.profiles.entries[one] for one in before if one in index.profiles.entries]
        return [index.match(entry, profile, now, before[profile.state.id]) for profile in profiles]

    def _gone(self, match: Match, profile_version: int, snapshot: Snapshot) -> Match:
        return Match(
            opportunity_id=match.opportunity_id,
            opportunity_version=match.opportunity_version,
            profile_id=match.profile_id,
            profile_version=profile_version,
            version=match.version + 1,
            model_version=snapshot.pointer.model_version,
            rules_version=snapshot.pointer.rules_version,
            decided_at=self.clock(),
            score=0.0,
            matched=False,
            refused_by=PROFILE_REMOVED,
        )

    async def write(
        self,
        fact: Fact,
        snapshot: Snapshot,
        found: Sequence[Match],
        cause: Cause,
        save: Callable[[AsyncConnection, InForce], Awaitable[None]],
    ) -> None:
        """The one transaction of a handled fact."""
        async with self.database.writing() as connection:
            pointer = await self.store.begin_change(connection, expected=snapshot.pointer.change)
            if not await self.outbox.is_new(connection, fact):
                return
            await save(connection, pointer)
            await self.store.save_matches(connection, found)
            await self.outbox.tell(connection, *self.facts(found, cause, pointer))
        log.info("decided", extra={"subject": fact.subject, "event_id": fact.event_id, "pairs": len(found)})

    def facts(self, found: Sequence[Match], cause: Cause, pointer: InForce) -> list[MatchesChanged]:
        """What is told of some matches: one fact, or several when they are many."""
        return [
            MatchesChanged(
                happened_at=self.clock(),
                cause=cause,
                model_version=pointer.model_version,
                rules_version=pointer.rules_version,
                pairs=pairs,
            )
            for pairs in in_facts(found)
        ]

    async def note(self, fact: Fact) -> None:
        """A repeat, or older than what is known: nothing but the inbox row."""
        async with self.database.writing() as connection:
            await self.outbox.is_new(connection, fact)


def _closed(state: OpportunityState, version: int) -> OpportunityState:
    return state.model_copy(update={"status": "closed", "version": version})
