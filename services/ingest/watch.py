"""What staff see of the sources: how each one stands, its figures by day, what is set aside, what was taken for one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.tables import alarms, harvests, opportunities, quarantine
from shared.database import Database
from shared.requests import DayOfSource, MergedCopy, SetAsideRecord

DAYS_SHOWN = 30
MOST_SHOWN = 100
SET_ASIDE = ("quarantined", "ghosts")


class WatchStore:
    """Reads for the watch page and for `passerelle doctor`; and the alarms."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def days(self, now: datetime, zone: str) -> dict[str, tuple[DayOfSource, ...]]:
        """The figures of each source by day of the territory, oldest first."""
        since = now - timedelta(days=DAYS_SHOWN)
        columns = (harvests.c.source, harvests.c.started_at, harvests.c.seen, harvests.c.counts, harvests.c.complete)
        query = select(*columns).where(harvests.c.started_at >= since, harvests.c.finished_at.is_not(None))
        found: defaultdict[tuple[str, date], list[tuple[int, dict[str, int], bool]]] = defaultdict(list)
        async with self.database.reading() as connection:
            for row in await connection.execute(query.order_by(harvests.c.started_at)):
                day = row.started_at.astimezone(ZoneInfo(zone)).date()
                found[row.source, day].append((row.seen, row.counts, row.complete))
        days: defaultdict[str, list[DayOfSource]] = defaultdict(list)
        for (source, day), read in found.items():
            days[source].append(_day(day, read))
        return {source: tuple(some) for source, some in days.items()}

    async def set_aside(self) -> tuple[SetAsideRecord, ...]:
        """Records set aside, the newest first; ghosts are counted elsewhere, there are hundreds."""
        query = select(quarantine).where(quarantine.c.reason != "ghost").order_by(quarantine.c.last_at.desc())
        async with self.database.reading() as connection:
            rows = (await connection.execute(query.limit(MOST_SHOWN))).all()
        return tuple(
            SetAsideRecord(
                source=row.source,
                key=row.source_key,
                reason=row.reason,
                detail=row.detail,
                title=row.state["title"] if row.state else "",
                first_at=row.first_at,
                last_at=row.last_at,
                can_be_released=row.state is not None,
            )
            for row in rows
        )

    async def merged(self) -> tuple[MergedCopy, ...]:
        """Copies taken for an opportunity told before, the newest first."""
        copy, told = opportunities.alias("copy"), opportunities.alias("told")
        query = (
            select(copy.c.id, copy.c.source, copy.c.state, told.c.id.label("told_id"), told.c.state.label("told_state"))
            .join(told, told.c.id == copy.c.merged_into)
            .where(copy.c.live.is_(True))
            .order_by(copy.c.first_seen_at.desc(), copy.c.id)
            .limit(MOST_SHOWN)
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            MergedCopy(
                id=row.id,
                source=row.source,
                title=row.state["title"],
                told_id=row.told_id,
                told_title=row.told_state["title"],
            )
            for row in rows
        )

    async def open_alarms(self) -> dict[str, tuple[datetime, str]]:
        """Since when each troubled source is so, and what is wrong."""
        async with self.database.reading() as connection:
            rows = await connection.execute(select(alarms).where(alarms.c.ended_at.is_(None)))
            return {row.source: (row.raised_at, row.problem) for row in rows}

    async def raise_alarm(self, connection: AsyncConnection, source: str, problem: str, now: datetime) -> None:
        row = self.database.insert(alarms).values(source=source, raised_at=now, problem=problem, ended_at=None)
        await connection.execute(row)

    async def end_alarm(self, connection: AsyncConnection, source: str, now: datetime) -> None:
        ended = update(alarms).where(alarms.c.source == source, alarms.c.ended_at.is_(None))
        await connection.execute(ended.values(ended_at=now))


def _day(day: date, read: Sequence[tuple[int, dict[str, int], bool]]) -> DayOfSource:
    def total(*names: str) -> int:
        return sum(counts.get(name, 0) for _, counts, _ in read for name in names)

    return DayOfSource(
        day=day,
        seen=max(seen for seen, _, _ in read),
        new=total("new", "reopened"),
        amended=total("amended"),
        closed=total("closed"),
        set_aside=max(sum(counts.get(name, 0) for name in SET_ASIDE) for _, counts, _ in read),
        harvests=len(read),
        complete=sum(complete for _, _, complete in read),
    )
