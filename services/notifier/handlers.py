"""What the notifier does with each fact: keep what it says, then plan or call off what people are told."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.digests import plan_welcome
from services.notifier.domain.digest import Candidate
from services.notifier.store.knowledge import KnownOpportunity, KnownPair
from services.notifier.store.records import Recipient
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

DEADLINES = {"deadline", "deadlines"}


@dataclass(frozen=True)
class Handlers:
    """One method a fact."""

    desk: Desk

    async def on_opportunity_published(self, fact: OpportunityPublished) -> None:
        async with self.desk.database.writing() as connection:
            if await self.desk.outbox.is_new(connection, fact):
                await self.desk.knowledge.save_opportunity(connection, fact.opportunity)

    async def on_opportunity_amended(self, fact: OpportunityAmended) -> None:
        """Who was told is told again when the deadline moved; mails still queued are written from the new version."""
        desk = self.desk
        moved = any(change.field in DEADLINES for change in fact.changes)
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            told = await desk.planning.recipients_told_of(connection, fact.opportunity.id) if moved else []
            if not await desk.knowledge.save_opportunity(connection, fact.opportunity, fact.changes):
                return
            known = (await desk.knowledge.opportunities(connection, [fact.opportunity.id]))[fact.opportunity.id]
            if not known.is_open_on(desk.clock()):
                return
            pairs = await desk.knowledge.pairs(connection, [(known.id, each.organisation_id) for each in told])
            for recipient in _once_a_person(told):
                pair = pairs.get((known.id, recipient.organisation_id))
                if pair is not None and pair.matched:
                    candidate = Candidate(known.id, known.version, pair.score, "amended")
                    await self._tell(connection, recipient, candidate)
        desk.wake()

    async def on_opportunity_closed(self, fact: OpportunityClosed) -> None:
        """Nobody hears of it any more."""
        desk = self.desk
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            if await desk.knowledge.close_opportunity(connection, fact.opportunity_id, fact.version):
                await desk.calling_off.of_opportunity(connection, fact.opportunity_id, "closed")

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
        """Keep the pairs; a new opportunity alerts, a new profile is welcomed, the rest waits for a digest.

        Raises NotYet when an opportunity or a profile has not been heard of in the version that was matched.
        """
        desk = self.desk
        await self._check_known(fact)
        profile_ids = {pair.profile_id for pair in fact.pairs}
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            recipients = await desk.planning.recipients(connection, profile_ids)
            pairs = await desk.knowledge.save_pairs(connection, fact, desk.clock())
            gone = [key for key, pair in pairs.items() if not pair.matched]
            await desk.calling_off.of_pairs(connection, sorted(gone))
            if fact.cause == "opportunity":
                await self._tell_news(connection, recipients, [pair for pair in pairs.values() if pair.matched])
            elif fact.cause == "profile":
                for recipient in recipients:
                    await plan_welcome(desk, connection, recipient)
        desk.wake()

    async def _check_known(self, fact: MatchesChanged) -> None:
        knowledge = self.desk.knowledge
        async with self.desk.database.reading() as connection:
            known = await knowledge.opportunities(connection, {pair.opportunity_id for pair in fact.pairs})
            profiles = await knowledge.profile_versions(connection, {pair.profile_id for pair in fact.pairs})
        for pair in fact.pairs:
            opportunity = known.get(pair.opportunity_id)
            if opportunity is None or opportunity.version < pair.opportunity_version:
                raise NotYet(f"opportunity {pair.opportunity_id} version {pair.opportunity_version}")
            if profiles.get(pair.profile_id, 0) < pair.profile_version:
                raise NotYet(f"profile {pair.profile_id} version {pair.profile_version}")

    async def _tell_news(
        self, connection: AsyncConnection, recipients: list[Recipient], pairs: list[KnownPair]
    ) -> None:
        """A person hears once of an opportunity, for the organisation it suits best."""
        if not recipients or not pairs:
            return
        desk = self.desk
        known = await desk.knowledge.opportunities(connection, {pair.opportunity_id for pair in pairs})
        told = await desk.planning.known_to(connection, {each.person_id for each in recipients}, known)
        for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.opportunity_id, pair.profile_id)):
            opportunity: KnownOpportunity = known[pair.opportunity_id]
            if not opportunity.is_open_on(desk.clock()):
                continue
            candidate = Candidate(opportunity.id, opportunity.version, pair.score, "new")
            for recipient in recipients:
                key = (recipient.person_id, opportunity.id)
                if recipient.organisation_id == pair.profile_id and key not in told:
                    told.add(key)
                    await self._tell(connection, recipient, candidate)

    async def _tell(self, connection: AsyncConnection, recipient: Recipient, candidate: Candidate) -> None:
        """At once or with the next digest; beyond the cap of a day, everything waits for the digest."""
        planning = self.desk.planning
        if recipient.cadence == "immediate":
            cap = await self.desk.knowledge.digest_cap(connection)
            if await planning.immediate_count(connection, recipient) < cap:
                await planning.plan_immediate(connection, recipient, candidate)
                return
        await planning.plan_alert(connection, recipient, candidate)


def _once_a_person(recipients: list[Recipient]) -> list[Recipient]:
    return list({recipient.person_id: recipient for recipient in reversed(recipients)}.values())
