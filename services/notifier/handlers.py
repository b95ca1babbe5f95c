"""What the notifier does with each fact: keep what it says, then plan or call off what people are told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.digests import plan_welcome
from services.notifier.domain.digest import Candidate
from services.notifier.domain.kinds import AlertKind
from services.notifier.domain.news import is_material
from services.notifier.store.knowledge import Standing
from services.notifier.store.records import Recipient
from services.notifier.telling import Due, Telling
from shared.events import (
    MatchesChanged,
    OpportunityAmended,
    OpportunityClosed,
    OpportunityPublished,
    ProfileDescribed,
    ProfileRemoved,
    RulesPublished,
)
from shared.retries import NotYet


@dataclass(frozen=True)
class Handlers:
    """One method a fact."""

    desk: Desk
    telling: Telling

    async def on_opportunity_published(self, fact: OpportunityPublished) -> None:
        desk = self.desk
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            if await desk.knowledge.save_opportunity(connection, fact, desk.clock()):
                await desk.calling_off.of_ends(connection, fact.opportunity.id)

    async def on_opportunity_amended(self, fact: OpportunityAmended) -> None:
        """Who was told is told what changed, if it matters; mails still queued are written from the new version."""
        desk = self.desk
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            told = await self._told_before(connection, fact.opportunity.id) if is_material(fact.changes) else []
            if not await desk.knowledge.save_opportunity(connection, fact, desk.clock()):
                return
            standing = (await desk.knowledge.standings(connection, [fact.opportunity.id]))[fact.opportunity.id]
            if standing.is_open_on(desk.clock()):
                matching = await self._still_matching(connection, standing.id, told)
                await self.telling.tell(
                    connection, [_about(standing, one, score, "amended") for one, score in matching]
                )
        desk.wake()

    async def on_opportunity_closed(self, fact: OpportunityClosed) -> None:
        """Nobody hears of it any more, but for those who had been told and may be at work on it."""
        desk = self.desk
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            told = await self._told_before(connection, fact.opportunity_id)
            standings = await desk.knowledge.standings(connection, [fact.opportunity_id])
            if not await desk.knowledge.close_opportunity(connection, fact):
                return
            await desk.calling_off.of_opportunity(connection, fact.opportunity_id, "closed")
            before = standings.get(fact.opportunity_id)
            if fact.reason != "deadline_passed" and before is not None and before.is_open_on(desk.clock()):
                matching = await self._still_matching(connection, before.id, told)
                ended = replace(before, version=fact.version)
                await self.telling.tell(connection, [_about(ended, one, score, "closed") for one, score in matching])
        desk.wake()

    async def _told_before(self, connection: AsyncConnection, opportunity_id: str) -> list[Recipient]:
        told = await self.desk.planning.recipients_told_of(connection, opportunity_id)
        return list({recipient.person_id: recipient for recipient in reversed(told)}.values())

    async def _still_matching(
        self, connection: AsyncConnection, opportunity_id: str, told: Sequence[Recipient]
    ) -> list[tuple[Recipient, float]]:
        keys = [(opportunity_id, recipient.organisation_id) for recipient in told]
        pairs = await self.desk.pairs.those(connection, keys) if keys else {}
        found = ((one, pairs.get((opportunity_id, one.organisation_id))) for one in told)
        return [(one, pair.score) for one, pair in found if pair is not None and pair.matched]

    async def on_profile_described(self, fact: ProfileDescribed) -> None:
        async with self.desk.database.writing() as connection:
            if await self.desk.outbox.is_new(connection, fact):
                await self.desk.knowledge.save_profile(connection, fact.profile)

    async def on_profile_removed(self, fact: ProfileRemoved) -> None:
        """What was queued about the organisation is called off; its subscriptions stay as people set them."""
        desk = self.desk
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            recipients = await desk.planning.recipients(connection, [fact.profile_id])
            if await desk.knowledge.remove_profile(connection, fact.profile_id, fact.version):
                ids = [recipient.subscription_id for recipient in recipients]
                await desk.calling_off.of_subscriptions(connection, ids, "organisation_removed")

    async def on_rules_published(self, fact: RulesPublished) -> None:
        async with self.desk.database.writing() as connection:
            if await self.desk.outbox.is_new(connection, fact):
                await self.desk.knowledge.save_rules(connection, fact)

    async def on_matches_changed(self, fact: MatchesChanged) -> None:
        """Keep the pairs; what is news alerts, a new recipient is welcomed, the rest waits for the next digest.

        Raises NotYet when an opportunity or a profile has not been heard of in the version that was matched.
        """
        desk = self.desk
        await self._check_known(fact)
        versions = {(pair.opportunity_id, pair.profile_id): pair.opportunity_version for pair in fact.pairs}
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            recipients = await desk.planning.recipients(connection, {pair.profile_id for pair in fact.pairs})
            pairs = await desk.pairs.save(connection, fact, desk.clock())
            gone = [key for key, pair in pairs.items() if not pair.matched]
            await desk.calling_off.of_pairs(connection, sorted(gone))
            if fact.cause == "profile":
                for recipient in recipients:
                    await plan_welcome(desk, connection, recipient)
            matching = {key: pair for key, pair in pairs.items() if pair.matched}
            may_alert = versions if fact.cause == "opportunity" else {}
            await self.telling.tell_matches(connection, recipients, list(matching.values()), may_alert)
        desk.wake()

    async def _check_known(self, fact: MatchesChanged) -> None:
        knowledge = self.desk.knowledge
        async with self.desk.database.reading() as connection:
            known = await knowledge.standings(connection, {pair.opportunity_id for pair in fact.pairs})
            profiles = await knowledge.profile_versions(connection, {pair.profile_id for pair in fact.pairs})
        for pair in fact.pairs:
            opportunity = known.get(pair.opportunity_id)
            if opportunity is None or opportunity.version < pair.opportunity_version:
                raise NotYet(f"opportunity {pair.opportunity_id} version {pair.opportunity_version}")
            if profiles.get(pair.profile_id, 0) < pair.profile_version:
                raise NotYet(f"profile {pair.profile_id} version {pair.profile_version}")


def _about(standing: Standing, recipient: Recipient, score: float, kind: AlertKind) -> Due:
    candidate = Candidate(standing.id, standing.version, score, kind, recipient.subscription_id)
    return Due(recipient, candidate, standing)
