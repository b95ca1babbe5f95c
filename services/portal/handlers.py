"""What the portal does with each fact it hears: it keeps what its lists show."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.store import Store
from shared.events import (
    AlertFailed,
    AlertSent,
    Fact,
    MatchesChanged,
    OpportunityAmended,
    OpportunityClosed,
    OpportunityPublished,
    ProfileDescribed,
    ProfileRemoved,
    RulesPublished,
    SourceRecovered,
    SourceTroubled,
)


@dataclass(frozen=True)
class Handlers:
    """Each handler keeps the latest version of what it is told, once."""

    store: Store

    async def on_opportunity_published(self, fact: OpportunityPublished) -> None:
        await self._once(fact, lambda c: self.store.opportunities.save(c, fact.opportunity, at=fact.happened_at))

    async def on_opportunity_amended(self, fact: OpportunityAmended) -> None:
        async def keep(connection: AsyncConnection) -> None:
            await self.store.opportunities.save(connection, fact.opportunity, at=fact.happened_at)
            await self.store.opportunities.keep_change(connection, fact)

        await self._once(fact, keep)

    async def on_source_troubled(self, fact: SourceTroubled) -> None:
        troubled = self.store.sources.troubled
        await self._once(fact, lambda c: troubled(c, fact.source, fact.problem, fact.happened_at))

    async def on_source_recovered(self, fact: SourceRecovered) -> None:
        await self._once(fact, lambda c: self.store.sources.troubled(c, fact.source, None, fact.happened_at))

    async def on_opportunity_closed(self, fact: OpportunityClosed) -> None:
        close = self.store.opportunities.close
        await self._once(fact, lambda c: close(c, fact.opportunity_id, version=fact.version, at=fact.happened_at))

    async def on_profile_described(self, fact: ProfileDescribed) -> None:
        await self._once(fact, lambda c: self.store.matches.save_profile(c, fact.profile))

    async def on_profile_removed(self, fact: ProfileRemoved) -> None:
        await self._once(fact, lambda c: self.store.matches.remove_profile(c, fact.profile_id, version=fact.version))

    async def on_matches_changed(self, fact: MatchesChanged) -> None:
        await self._once(fact, lambda c: self.store.matches.save_pairs(c, fact))

    async def on_rules_published(self, fact: RulesPublished) -> None:
        await self._once(fact, lambda c: self.store.rule_sets.save(c, fact))

    async def on_alert_sent(self, fact: AlertSent) -> None:
        await self._once(fact, lambda c: self.store.alerts.save(c, fact))

    async def on_alert_failed(self, fact: AlertFailed) -> None:
        await self._once(fact, lambda c: self.store.alerts.save(c, fact))

    async def _once(self, fact: Fact, effect: Callable[[AsyncConnection], Awaitable[object]]) -> None:
        """One short transaction: the inbox row and the effect."""
        async with self.store.database.writing() as connection:
            if await self.store.outbox.is_new(connection, fact):
                await effect(connection)
