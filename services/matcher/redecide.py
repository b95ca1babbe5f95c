"""Deciding what is open again, after a refit or new rules: in portions, so that it can stop and go on anywhere."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from services.matcher.domain.match import Match, is_news
from services.matcher.handlers import Cause, Handlers
from services.matcher.keeper import Keeper, Snapshot
from services.matcher.store import Store
from shared.database import Database
from shared.outbox import Outbox

log = logging.getLogger(__name__)

PORTION = 50


@dataclass(frozen=True)
class Redecision:
    """Catches up every open opportunity that was last decided by another model or rule set."""

    database: Database
    outbox: Outbox
    store: Store
    keeper: Keeper
    handlers: Handlers

    async def catch_up(self) -> int:
        """Decide all that is behind. Returns how many pairs were told."""
        told = 0
        while (portion := await self.next_portion()) is not None:
            told += portion
        return told

    async def next_portion(self) -> int | None:
        """Decide up to 50 opportunities in one transaction; None when nothing is behind."""
        told: int | None = None
        async for attempt in self.keeper.attempts():
            async with attempt as snapshot:
                behind = await self.store.waiting_for_decision(snapshot.pointer, PORTION)
                if not behind:
                    return None
                told = await self._decide_and_tell(snapshot, behind)
        return told

    async def _decide_and_tell(self, snapshot: Snapshot, behind: Sequence[tuple[str, bool]]) -> int:
        ids = [opportunity_id for opportunity_id, _ in behind]
        causes: dict[str, Cause] = {one: "rules" if rules_differ else "refit" for one, rules_differ in behind}
        before = await self.store.current_matches(opportunity_ids=ids)
        found = await asyncio.to_thread(self.score_again, snapshot, ids, before)
        by_cause: defaultdict[Cause, list[Match]] = defaultdict(list)
        for match in found:
            by_cause[causes[match.opportunity_id]].append(match)
        async with self.database.writing() as connection:
            pointer = await self.store.begin_change(connection, expected=snapshot.pointer.change)
            await self.store.mark_decided(connection, ids, pointer)
            await self.store.save_matches(connection, found)
            for cause, matches in sorted(by_cause.items()):
                await self.outbox.tell(connection, *self.handlers.facts(matches, cause, pointer))
        log.info("decided again", extra={"opportunities": len(ids), "pairs": len(found)})
        return len(found)

    def score_again(self, snapshot: Snapshot, ids: Sequence[str], before: Sequence[Match]) -> list[Match]:
        """What must be told of some opportunities."""
        told: defaultdict[str, dict[str, Match]] = defaultdict(dict)
        for match in before:
            told[match.opportunity_id][match.profile_id] = match
        index, now = snapshot.index, self.handlers.clock()
        found = []
        for opportunity_id in ids:
            entry = index.opportunities.entries[opportunity_id]
            known = told[opportunity_id]
            decided = index.who_is_it_for(entry, now, before=known)
            found += [match for match in decided if is_news(known.get(match.profile_id), match)]
        return found
