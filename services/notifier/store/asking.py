"""Answers to questions: a person's preferences, the deliveries staff looks at."""

from datetime import time

from sqlalchemy import func, select

from services.notifier.domain.addresses import masked
from services.notifier.tables import alerts, messages, people, subscriptions
from shared.database import Database
from shared.requests import AskDeliveries, AskPreferences, Deliveries, Delivery, Preferences, Subscription


class Asking:
    """Reads only."""

    def __init__(self, database: Database, usual_at: time) -> None:
        self.database = database
        self.usual_at = usual_at

    async def preferences(self, request: AskPreferences) -> Preferences:
        mine = select(subscriptions).where(subscriptions.c.person_id == request.person_id)
        async with self.database.reading() as connection:
            person = (await connection.execute(select(people).where(people.c.id == request.person_id))).first()
            if person is None or person.address is None:
                return Preferences(refused="unknown")
            rows = (await connection.execute(mine.order_by(subscriptions.c.organisation_id))).all()
        found = tuple(
            Subscription(
                organisation_id=row.organisation_id, cadence=row.cadence, language=row.language, status=row.status
            )
            for row in rows
        )
        return Preferences(
            masked_email=masked(person.address),
            subscriptions=found,
            digest_at=person.digest_at,
            usual_at=f"{self.usual_at:%H:%M}",
            timezone=person.timezone,
            reminder_days=tuple(person.reminder_days),
            paused_until=person.paused_until,
        )

    async def deliveries(self, request: AskDeliveries) -> Deliveries:
        counted = (
            select(alerts.c.message_id, func.count().label("told"))
            .where(alerts.c.message_id.is_not(None))
            .group_by(alerts.c.message_id)
            .subquery()
        )
        query = select(messages, counted.c.told).select_from(
            messages.outerjoin(counted, counted.c.message_id == messages.c.id)
        )
        if request.status is not None:
            query = query.where(messages.c.state == request.status)
        newest = query.order_by(messages.c.planned_at.desc(), messages.c.id)
        async with self.database.reading() as connection:
            rows = (await connection.execute(newest.limit(request.limit).offset(request.offset))).all()
            counts = select(messages.c.state, func.count().label("number")).group_by(messages.c.state)
            states = await connection.execute(counts)
            by_status = {row.state: row.number for row in states}
        return Deliveries(
            by_status=by_status,
            deliveries=tuple(
                Delivery(
                    message_id=row.id,
                    person_id=row.person_id,
                    kind=row.kind,
                    status=row.state,
                    reason=row.reason,
                    attempts=row.attempts,
                    opportunities=row.told or 0,
                    planned_at=row.planned_at,
                    sent_at=row.sent_at,
                )
                for row in rows
            ),
        )
