"""What the matcher does when somebody says whether an opportunity is for their organisation."""

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.domain.index import Entry, Index
from services.matcher.domain.match import Match, is_news
from services.matcher.handlers import Handlers
from services.matcher.judgements import Judgement
from services.matcher.keeper import Snapshot
from services.matcher.store import InForce
from shared.events import MatchJudged, OpportunityState, ProfileState


@dataclass(frozen=True)
class Judging:
    """What is not for them stops matching; a later interest lifts that. The latest answer counts."""

    handlers: Handlers

    async def on_match_judged(self, fact: MatchJudged) -> None:
        handlers, judgement = self.handlers, Judgement.of(fact)
        async for attempt in handlers.keeper.attempts():
            async with attempt as snapshot:
                known = snapshot.judgements.get(judgement.key)
                if known and known.judged_at > judgement.judged_at:
                    await handlers.note(fact)
                    continue
                found = await self._decide(snapshot, judgement)

                async def save(connection: AsyncConnection, pointer: InForce) -> None:
                    await handlers.keeper.judgements.save(connection, judgement, pointer)

                await handlers.write(fact, snapshot, found, "profile", save)

    async def _decide(self, snapshot: Snapshot, judgement: Judgement) -> list[Match]:
        """The pair as the answer has it, when that is news."""
        index = snapshot.index
        opportunity = index.opportunities.entries.get(judgement.opportunity_id)
        profile = index.profiles.entries.get(judgement.profile_id)
        if opportunity is None or profile is None:
            return []
        told = await self.handlers.store.current_matches(profile_id=judgement.profile_id)
        before = next((match for match in told if match.key == judgement.key), None)
        decided = await asyncio.to_thread(self._match, index, opportunity, profile, judgement, before)
        return [decided] if is_news(before, decided) else []

    def _match(
        self,
        index: Index,
        opportunity: Entry[OpportunityState],
        profile: Entry[ProfileState],
        judgement: Judgement,
        before: Match | None,
    ) -> Match:
        judged = index.judged
        index.judged = judged | {judgement.key} if judgement.is_refusal else judged - {judgement.key}
        try:
            return index.match(opportunity, profile, self.handlers.clock(), before)
        finally:
            index.judged = judged  # until it is written: another replica may write first
