"""What became of the mails, by ids alone."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.tables import alerts
from shared.database import Database
from shared.events import AlertFailed, AlertSent


class Alerts:
    """The table of alerts told."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def save(self, connection: AsyncConnection, fact: AlertSent | AlertFailed) -> None:
        """Keep an outcome; a mail that was sent is not unsent by a late failure."""
        failed = isinstance(fact, AlertFailed)
        row: dict[str, object] = {
            "message_id": fact.message_id,
            "person_id": fact.person_id,
            "kind": fact.kind,
            "outcome": "failed" if failed else "sent",
            "reason": fact.reason if isinstance(fact, AlertFailed) else None,
            "opportunities": len(fact.opportunity_ids),
            "happened_at": fact.happened_at,
        }
        insert = self.database.insert(alerts).values(**row)
        await connection.execute(
            insert.on_conflict_do_nothing(index_elements=["message_id"])
            if failed
            else insert.on_conflict_do_update(index_elements=["message_id"], set_=row)
        )

    async def count_since(self, moment: datetime, *, person_id: str | None = None) -> dict[str, int]:
        """Mails by outcome since a moment, of one person or of all."""
        query = select(alerts.c.outcome, func.count()).where(alerts.c.happened_at >= moment).group_by(alerts.c.outcome)
        if person_id:
            query = query.where(alerts.c.person_id == person_id)
        async with self.database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def forget(self, connection: AsyncConnection, person_id: str) -> None:
        """Drop what ties a person to mails."""
        await connection.execute(delete(alerts).where(alerts.c.person_id == person_id))
