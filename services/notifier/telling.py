"""When somebody is told: at once, with a digest, or at once because a digest would come too late."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.domain.cadence import next_morning
from services.notifier.domain.digest import Candidate
from services.notifier.domain.kinds import AlertKind, MailKind
from services.notifier.domain.reminders import next_of
from services.notifier.store.knowledge import Standing
from services.notifier.store.pairs import Key, KnownPair
from services.notifier.store.planning import Planned
from services.notifier.store.records import Recipient

AT_ONCE: dict[AlertKind, MailKind] = {
    "new": "alert",
    "amended": "amended",
    "closed": "closed",
    "closing_soon": "closing_soon",
}
TO_ACT_IN = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """Somebody is to be told of an opportunity."""

    recipient: Recipient
    candidate: Candidate
    standing: Standing


@dataclass(frozen=True)
class Telling:
    """Plans alerts in the caller's transaction."""

    desk: Desk

    async def tell_matches(
        self,
        connection: AsyncConnection,
        recipients: Sequence[Recipient],
        pairs: Sequence[KnownPair],
        may_alert: Mapping[Key, int],
    ) -> None:
        """A person hears once of an opportunity, for the organisation it suits best.

        may_alert: the opportunity's version in the pairs that an opportunity caused; the others wait as "also open".
        """
        if not recipients or not pairs:
            return
        desk, now = self.desk, self.desk.clock()
        standings = await desk.knowledge.standings(connection, {pair.opportunity_id for pair in pairs})
        told = await desk.planning.known_to(connection, {each.person_id for each in recipients}, standings)
        of_organisation: dict[str, list[Recipient]] = defaultdict(list)
        for recipient in recipients:
            of_organisation[recipient.organisation_id].append(recipient)
        due = []
        for pair in sorted(pairs, key=lambda pair: (-pair.score, pair.opportunity_id, pair.profile_id)):
            standing = standings[pair.opportunity_id]
            if not standing.is_open_on(now):
                continue
            version = may_alert.get((pair.opportunity_id, pair.profile_id))
            is_news = version is not None and standing.is_news(version, now)
            candidate = Candidate(standing.id, standing.version, pair.score, "new" if is_news else "also_open")
            for recipient in of_organisation[pair.profile_id]:
                if (recipient.person_id, standing.id) not in told:
                    told.add((recipient.person_id, standing.id))
                    due.append(Due(recipient, candidate, standing))
        await self.tell(connection, due)

    async def tell(self, connection: AsyncConnection, due: Sequence[Due]) -> None:
        """At once or with the next digest; beyond the cap of a day, everything waits for the digest."""
        urgent = [(one, kind) for one in due if (kind := self._at_once(one)) is not None]
        planning = self.desk.planning
        counts = await planning.immediate_counts(connection, {one.recipient.person_id for one, _ in urgent})
        cap = await self.desk.knowledge.digest_cap(connection)
        left_for_digest: list[Planned] = []
        hurried = {id(one): kind for one, kind in urgent}
        for one in due:
            kind, person = hurried.get(id(one)), one.recipient.person_id
            if kind is None or counts.get(person, 0) >= cap:
                left_for_digest.append((one.recipient, one.candidate))
                continue
            candidate = replace(one.candidate, kind=kind) if kind == "closing_soon" else one.candidate
            if await planning.plan_immediate(connection, one.recipient, candidate, kind=AT_ONCE[kind]):
                counts[person] = counts.get(person, 0) + 1
        await planning.plan_waiting(connection, left_for_digest)

    def _at_once(self, due: Due) -> AlertKind | None:
        """As which kind somebody is told at once, None when it waits for their next digest."""
        now, kind = self.desk.clock(), due.candidate.kind
        if kind == "also_open" or due.recipient.is_paused_at(now):
            return None
        if due.recipient.cadence == "immediate":
            return kind
        deadline = next_of(due.standing.deadlines, now)
        if kind == "closed" or deadline is None or deadline >= self._next_digest(due.recipient, now) + TO_ACT_IN:
            return None
        return "amended" if kind == "amended" else "closing_soon"

    def _next_digest(self, recipient: Recipient, now: datetime) -> datetime:
        return next_morning(
            now,
            cadence=recipient.cadence,
            timezone=recipient.timezone,
            at=recipient.morning(self.desk.settings.digest_at),
        )
