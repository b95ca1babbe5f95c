"""Alerts and the mails that carry them, as they are planned."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.cadence import Window
from services.notifier.domain.digest import Candidate, Digest
from services.notifier.domain.kinds import LANE_OF, AlertKind, MailKind
from services.notifier.store.knowledge import CHUNK
from services.notifier.store.records import Recipient, recipient_from, select_recipients
from services.notifier.tables import alerts, digests, messages, mutes, people, subscriptions
from shared.clock import Clock
from shared.database import Database

FIRST_WORD: tuple[AlertKind, ...] = ("new", "welcome", "also_open", "closing_soon")
# What called an alert off and is over once its pair matches again and its recipient is back.
PLANNED_AGAIN_AFTER = (
    "no_longer_matches", "unsubscribed", "reopened", "organisation_removed", "complained", "address_refused"
)  # fmt: skip
Planned = tuple[Recipient, Candidate]


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
        """Who has been sent word of an opportunity, for the same organisation, and did not mute it."""
        told = select(alerts.c.subscription_id).where(
            alerts.c.opportunity_id == opportunity_id, alerts.c.status == "sent", alerts.c.kind != "closed"
        )
        muted = select(mutes.c.person_id).where(mutes.c.opportunity_id == opportunity_id)
        return await self._locked(connection, and_(subscriptions.c.id.in_(told), people.c.id.not_in(muted)))

    async def _locked(self, connection: AsyncConnection, wanted: object) -> list[Recipient]:
        query = select_recipients().where(wanted).with_for_update(of=people)  # type: ignore[arg-type]
        return [recipient_from(row) for row in await connection.execute(query)]

    async def known_to(
        self, connection: AsyncConnection, person_ids: Iterable[str], opportunity_ids: Iterable[str]
    ) -> set[tuple[str, str]]:
        """The (person, opportunity) told, about to be, counted beyond a cap, or muted."""
        told = or_(alerts.c.status.in_(("planned", "sent", "failed")), alerts.c.reason.in_(("over_cap", "together")))
        found: set[tuple[str, str]] = set()
        persons, wanted = sorted(set(person_ids)), sorted(set(opportunity_ids))
        for start in range(0, len(wanted), CHUNK):
            some = wanted[start : start + CHUNK]
            told_of = select(alerts.c.person_id, alerts.c.opportunity_id).where(
                alerts.c.person_id.in_(persons), alerts.c.opportunity_id.in_(some), alerts.c.kind.in_(FIRST_WORD), told
            )
            muted = select(mutes.c.person_id, mutes.c.opportunity_id).where(
                mutes.c.person_id.in_(persons), mutes.c.opportunity_id.in_(some)
            )
            found |= {(row.person_id, row.opportunity_id) for row in await connection.execute(told_of.union_all(muted))}
        return found

    async def plan_waiting(self, connection: AsyncConnection, planned: Sequence[Planned]) -> None:
        """Alerts that wait for the next digest."""
        for start in range(0, len(planned), CHUNK):
            rows = [self._alert_row(one, candidate, None) for one, candidate in planned[start : start + CHUNK]]
            await connection.execute(self._upsert_alert(), rows)

    async def plan_alert(
        self, connection: AsyncConnection, recipient: Recipient, candidate: Candidate, *, message_id: str | None = None
    ) -> str | None:
        """Plan to tell one opportunity; its id, or None when the same alert exists already.

        An alert called off because the pair stopped matching is planned again under its own row.
        """
        row = self._alert_row(recipient, candidate, message_id)
        found = (await connection.execute(self._upsert_alert().values(**row).returning(alerts.c.id))).scalar()
        return None if found is None else str(found)

    def _alert_row(self, recipient: Recipient, candidate: Candidate, message_id: str | None) -> dict[str, object]:
        return {
            "id": uuid4().hex,
            "person_id": recipient.person_id,
            "subscription_id": recipient.subscription_id,
            "opportunity_id": candidate.opportunity_id,
            "opportunity_version": candidate.opportunity_version,
            "kind": candidate.row_kind,
            "score": candidate.score,
            "status": "planned",
            "reason": None,
            "planned_at": self.clock(),
            "ended_at": None,
            "message_id": message_id,
            "deadline": candidate.deadline,
        }

    def _upsert_alert(self) -> Any:
        insert = self.database.insert(alerts)
        kept = {"id", "person_id", "opportunity_id", "opportunity_version", "kind"}
        again = {column.name: insert.excluded[column.name] for column in alerts.c if column.name not in kept}
        return insert.on_conflict_do_update(
            index_elements=["person_id", "opportunity_id", "opportunity_version", "kind"],
            set_=again,
            where=and_(alerts.c.status == "cancelled", or_(*(alerts.c.reason == why for why in PLANNED_AGAIN_AFTER))),
        )

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
        notice: Mapping[str, object] | None = None,
    ) -> str:
        """Queue a mail; it is written when a sender claims it, so that it shows what is true then."""
        message_id = message_id or uuid4().hex
        row = message_row(message_id, kind=kind, person_id=person_id, language=language, now=self.clock())
        row |= {"subscription_id": subscription_id, "expires_at": expires_at, "rest_count": rest_count}
        await connection.execute(messages.insert().values(**row, notice=notice))
        return message_id

    async def plan_immediate(
        self, connection: AsyncConnection, recipient: Recipient, candidate: Candidate, *, kind: MailKind
    ) -> bool:
        """One mail about one opportunity."""
        message_id = uuid4().hex
        if await self.plan_alert(connection, recipient, candidate, message_id=message_id) is None:
            return False
        await self.plan_message(
            connection,
            kind=kind,
            person_id=recipient.person_id,
            subscription_id=recipient.subscription_id,
            language=recipient.language,
            message_id=message_id,
        )
        return True

    async def immediate_counts(self, connection: AsyncConnection, person_ids: Iterable[str]) -> dict[str, int]:
        """How many mails outside a digest these people had planned within a day."""
        recent = messages.c.planned_at > self.clock() - timedelta(days=1)
        single = messages.c.kind.in_(("alert", "closing_soon", "amended", "closed"))
        mine = messages.c.person_id.in_(set(person_ids))
        query = select(messages.c.person_id, func.count().label("planned")).where(mine, single, recent)
        rows = await connection.execute(query.group_by(messages.c.person_id))
        return {row.person_id: row.planned for row in rows}

    async def plan_welcome(
        self, connection: AsyncConnection, recipient: Recipient, digest: Digest, window: Window
    ) -> bool:
        """The digest of a new recipient and its mail; what is beyond the cap is noted as counted."""
        message_id = uuid4().hex
        insert = self.database.insert(digests).on_conflict_do_nothing(index_elements=["person_id", "kind", "local_day"])
        row = digest_row(recipient.person_id, "welcome", digest, window, message_id, self.clock())
        # Somebody may be welcomed for two organisations on one day: the run is noted once, both mails leave.
        await connection.execute(insert.values(**row))
        await self.plan_message(
            connection,
            kind="welcome",
            person_id=recipient.person_id,
            subscription_id=recipient.subscription_id,
            language=recipient.language,
            message_id=message_id,
            rest_count=len(digest.rest),
        )
        for candidate in digest.chosen:
            await self.plan_alert(connection, recipient, candidate, message_id=message_id)
        counted = {"status": "cancelled", "reason": "over_cap", "ended_at": self.clock()}
        rows = [self._alert_row(recipient, candidate, None) | counted for candidate in digest.rest]
        if rows:
            await connection.execute(self._upsert_alert(), rows)
        return True

    async def note_subscription(self, connection: AsyncConnection, subscription_id: str, **values: datetime) -> None:
        """Set `welcomed_at` or `planned_until`."""
        await connection.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(**values))


def message_row(
    message_id: str, *, kind: MailKind, person_id: str, language: str, now: datetime, rest_count: int = 0
) -> dict[str, object]:
    """A mail that waits to be written and sent."""
    return {
        "id": message_id,
        "lane": LANE_OF[kind],
        "kind": kind,
        "person_id": person_id,
        "subscription_id": None,
        "language": language,
        "state": "planned",
        "attempts": 0,
        "lost_replies": 0,
        "next_attempt_at": now,
        "planned_at": now,
        "rest_count": rest_count,
        "frozen": False,
    }


def digest_row(
    person_id: str, kind: MailKind, digest: Digest, window: Window, message_id: str | None, now: datetime
) -> dict[str, object]:
    """A run: what was looked at, and how much of it is told."""
    return {
        "id": uuid4().hex,
        "person_id": person_id,
        "kind": kind,
        "local_day": window.local_day.isoformat(),
        "window_start": window.start,
        "window_end": window.end,
        "planned_at": now,
        "chosen": len(digest.chosen),
        "rest": len(digest.rest),
        "message_id": message_id,
    }
