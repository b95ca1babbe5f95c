"""Alerts, digests and the mails that carry them, as they are planned."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.cadence import Window
from services.notifier.domain.digest import Candidate, Digest
from services.notifier.domain.kinds import LANE_OF, AlertKind, MailKind
from services.notifier.store.knowledge import CHUNK
from services.notifier.store.records import Recipient, select_recipients
from services.notifier.tables import alerts, digests, messages, people, subscriptions
from shared.clock import Clock
from shared.database import Database

NEWS: tuple[AlertKind, ...] = ("new", "welcome", "also_open")


class Planning:
    """Every method takes the caller's transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def recipients(self, connection: AsyncConnection, profile_ids: Iterable[str]) -> list[Recipient]:
        """Who gets mail about these organisations, locked against any other plan until the transaction ends."""
        wanted = subscriptions.c.organisation_id.in_(set(profile_ids))
        return await self._locked(connection, wanted)

    async def recipient(self, connection: AsyncConnection, subscription_id: str) -> Recipient | None:
        found = await self._locked(connection, subscriptions.c.id == subscription_id)
        return found[0] if found else None

    async def recipients_told_of(self, connection: AsyncConnection, opportunity_id: str) -> list[Recipient]:
        """Who has been sent word of an opportunity, for the same organisation."""
        told = select(alerts.c.subscription_id).where(
            alerts.c.opportunity_id == opportunity_id, alerts.c.status == "sent"
        )
        return await self._locked(connection, subscriptions.c.id.in_(told))

    async def _locked(self, connection: AsyncConnection, wanted: object) -> list[Recipient]:
        query = select_recipients().where(wanted).with_for_update(of=people)  # type: ignore[arg-type]
        return [Recipient(*row) for row in await connection.execute(query)]

    async def known_to(
        self, connection: AsyncConnection, person_ids: Iterable[str], opportunity_ids: Iterable[str]
    ) -> set[tuple[str, str]]:
        """The (person, opportunity) that have been told, are about to be, or were counted beyond a cap."""
        told = or_(alerts.c.status.in_(("planned", "sent", "failed")), alerts.c.reason == "over_cap")
        found: set[tuple[str, str]] = set()
        wanted = sorted(set(opportunity_ids))
        for start in range(0, len(wanted), CHUNK):
            query = select(alerts.c.person_id, alerts.c.opportunity_id).where(
                alerts.c.person_id.in_(set(person_ids)),
                alerts.c.opportunity_id.in_(wanted[start : start + CHUNK]),
                alerts.c.kind.in_(NEWS),
                told,
            )
            found |= {(row.person_id, row.opportunity_id) for row in await connection.execute(query)}
        return found

    async def plan_alert(
        self, connection: AsyncConnection, recipient: Recipient, candidate: Candidate, *, message_id: str | None = None
    ) -> str | None:
        """Plan to tell one opportunity; its id, or None when the same alert exists already.

        An alert called off because the pair stopped matching is planned again under its own row.
        """
        now = self.clock()
        insert = self.database.insert(alerts).values(
            id=uuid4().hex,
            person_id=recipient.person_id,
            subscription_id=recipient.subscription_id,
            opportunity_id=candidate.opportunity_id,
            opportunity_version=candidate.opportunity_version,
            kind=candidate.kind,
            score=candidate.score,
            status="planned",
            planned_at=now,
            message_id=message_id,
        )
        again = {"status": "planned", "reason": None, "planned_at": now, "ended_at": None, "message_id": message_id}
        upsert = insert.on_conflict_do_update(
            index_elements=["person_id", "opportunity_id", "opportunity_version", "kind"],
            set_=again | {"subscription_id": recipient.subscription_id, "score": candidate.score},
            where=and_(alerts.c.status == "cancelled", alerts.c.reason.in_(("no_longer_matches", "unsubscribed"))),
        ).returning(alerts.c.id)
        found = (await connection.execute(upsert)).scalar()
        return None if found is None else str(found)

    async def plan_message(
        self,
        connection: AsyncConnection,
        *,
        kind: MailKind,
        person_id: str,
        language: str,
        subscription_id: str | None = None,
        message_id: str | None = None,
        expires_at: datetime | None = None,
        rest_count: int = 0,
        notice: Mapping[str, str] | None = None,
    ) -> str:
        """Queue a mail; it is written when a sender claims it, so that it shows what is true then."""
        now = self.clock()
        message_id = message_id or uuid4().hex
        row = {
            "id": message_id,
            "lane": LANE_OF[kind],
            "kind": kind,
            "person_id": person_id,
            "subscription_id": subscription_id,
            "language": language,
            "state": "planned",
            "attempts": 0,
            "lost_replies": 0,
            "next_attempt_at": now,
            "planned_at": now,
            "expires_at": expires_at,
            "rest_count": rest_count,
            "notice": dict(notice) if notice is not None else None,
            "frozen": False,
        }
        await connection.execute(messages.insert().values(**row))
        return message_id

    async def plan_immediate(self, connection: AsyncConnection, recipient: Recipient, candidate: Candidate) -> bool:
        """One mail about one opportunity."""
        message_id = uuid4().hex
        if await self.plan_alert(connection, recipient, candidate, message_id=message_id) is None:
            return False
        await self.plan_message(
            connection,
            kind="alert",
            person_id=recipient.person_id,
            subscription_id=recipient.subscription_id,
            language=recipient.language,
            message_id=message_id,
        )
        return True

    async def immediate_count(self, connection: AsyncConnection, recipient: Recipient) -> int:
        """How many mails about one opportunity this recipient had planned within a day."""
        recent = messages.c.planned_at > self.clock() - timedelta(days=1)
        mine = (messages.c.subscription_id == recipient.subscription_id, messages.c.kind == "alert")
        return (await connection.execute(select(func.count()).where(*mine, recent))).scalar_one()

    async def waiting_alerts(
        self, connection: AsyncConnection, subscription_id: str, until: datetime
    ) -> list[Candidate]:
        """Alerts planned before `until` that no mail carries yet."""
        query = select(alerts).where(
            alerts.c.subscription_id == subscription_id,
            alerts.c.status == "planned",
            alerts.c.message_id.is_(None),
            alerts.c.planned_at < until,
        )
        return [
            Candidate(row.opportunity_id, row.opportunity_version, row.score, row.kind, row.id)
            for row in await connection.execute(query)
        ]

    async def plan_digest(
        self, connection: AsyncConnection, recipient: Recipient, digest: Digest, window: Window, kind: MailKind
    ) -> bool:
        """Record a run and, when it has something to say, its mail. False when that day's run was recorded before."""
        has_mail = bool(digest.chosen)
        message_id = uuid4().hex if has_mail else None
        insert = self.database.insert(digests).on_conflict_do_nothing(
            index_elements=["subscription_id", "kind", "local_day"]
        )
        row = insert.values(
            id=uuid4().hex,
            subscription_id=recipient.subscription_id,
            kind=kind,
            local_day=window.local_day.isoformat(),
            window_start=window.start,
            window_end=window.end,
            planned_at=self.clock(),
            chosen=len(digest.chosen),
            rest=len(digest.rest),
            message_id=message_id,
        )
        if (await connection.execute(row)).rowcount != 1:
            return False
        if message_id is not None:
            await self.plan_message(
                connection,
                kind=kind,
                person_id=recipient.person_id,
                subscription_id=recipient.subscription_id,
                language=recipient.language,
                message_id=message_id,
                rest_count=len(digest.rest),
            )
        await self._carry(connection, recipient, digest, message_id)
        return True

    async def _carry(
        self, connection: AsyncConnection, recipient: Recipient, digest: Digest, message_id: str | None
    ) -> None:
        for candidate in digest.chosen:
            if candidate.alert_id is None:
                await self.plan_alert(connection, recipient, candidate, message_id=message_id)
        carried = [candidate.alert_id for candidate in digest.chosen if candidate.alert_id]
        await connection.execute(update(alerts).where(alerts.c.id.in_(carried)).values(message_id=message_id))
        beyond = [candidate.alert_id for candidate in digest.rest if candidate.alert_id]
        ended = {"status": "cancelled", "reason": "over_cap", "ended_at": self.clock()}
        await connection.execute(update(alerts).where(alerts.c.id.in_(beyond)).values(**ended))

    async def note_subscription(self, connection: AsyncConnection, subscription_id: str, **values: datetime) -> None:
        """Set `welcomed_at` or `planned_until`."""
        await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(**values))
