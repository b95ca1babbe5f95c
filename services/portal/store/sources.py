"""Sources that need a look, as ingest told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.tables import source_alarms
from shared.database import Database


@dataclass(frozen=True)
class Alarm:
    """What is wrong with a source, and since when."""

    source: str
    problem: str
    since: datetime


class Sources:
    """The table of alarms. The latest word about a source counts, in whatever order facts arrive."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def troubled(self, connection: AsyncConnection, source: str, problem: str | None, at: datetime) -> None:
        """Keep the word of a moment; None: it is well again."""
        row = {"problem": problem, "since": at}
        insert = self.database.insert(source_alarms).values(source=source, **row)
        newer = insert.on_conflict_do_update(
            index_elements=["source"], set_=row, where=source_alarms.c.since < insert.excluded.since
        )
        await connection.execute(newer)

    async def alarms(self) -> tuple[Alarm, ...]:
        """Those that last, the oldest first."""
        query = select(source_alarms).where(source_alarms.c.problem.is_not(None)).order_by(source_alarms.c.since)
        async with self.database.reading() as connection:
            return tuple(Alarm(row.source, row.problem, row.since) for row in await connection.execute(query))
