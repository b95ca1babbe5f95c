"""A person's own settings, as they ask for them."""

from datetime import time

from sqlalchemy import select

from services.notifier.domain.addresses import masked
from services.notifier.tables import people, subscriptions
from shared.database import Database
from shared.requests import AskPreferences, Preferences, Subscription


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
