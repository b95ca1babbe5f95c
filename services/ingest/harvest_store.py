"""What ingest keeps of its harvests: when, how complete, what was set aside, and which source is asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from uuid import uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.domain.readings import Refused
from services.ingest.sources.bounded import Validators
from services.ingest.store import chunks
from services.ingest.tables import harvests, quarantine, releases, validators, wishes
from shared.database import Database
from shared.events import OpportunityState
from shared.requests import HarvestSummary

DEAD_AFTER = timedelta(minutes=3)
USUAL_OF, LOOKED_AT = 10, 100
MAX_URL = 700
_INTERRUPTED = update(harvests).values(
    finished_at=harvests.c.alive_at, complete=False, problem="The harvest was interrupted."
)


class HarvestStore:
    """Rows of harvests, wishes and quarantine."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def start(self, source: str, now: datetime) -> str | None:
        """Open a harvest; None when another one of this source is alive."""
        async with self.database.writing() as connection:
            if not self.database.is_sqlite:  # SQLite has one writer at a time
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(source))))
            await self._end_dead(connection, source, now - DEAD_AFTER)
            if await connection.scalar(
                select(harvests.c.id).where(harvests.c.source == source, harvests.c.finished_at.is_(None))
            ):
                return None
            harvest_id = uuid4().hex
            opened = {"id": harvest_id, "source": source, "started_at": now, "alive_at": now}
            unknown = {"complete": False, "seen": 0, "counts": {}, "filled": {}}
            await connection.execute(harvests.insert().values(**opened, **unknown))
            return harvest_id

    async def end_interrupted(self, now: datetime) -> None:
        """Close what a crash left open. Called before anything runs."""
        async with self.database.writing() as connection:
            await self._end_dead(connection, None, now)

    async def interrupt(self, harvest_id: str) -> None:
        """Close a reading that is stopped before its end."""
        async with self.database.writing() as connection:
            await connection.execute(_INTERRUPTED.where(harvests.c.id == harvest_id))

    async def still_alive(self, harvest_id: str, now: datetime) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(harvests).where(harvests.c.id == harvest_id).values(alive_at=now))

    async def finish(
        self,
        harvest_id: str,
        summary: HarvestSummary,
        refused: Sequence[Refused],
        filled: Mapping[str, float],
        validators: Mapping[str, Validators],
    ) -> None:
        """Close a harvest with its figures, what it set aside, and the wish it answered: one transaction."""
        now = summary.finished_at or summary.started_at
        async with self.database.writing() as connection:
            result = summary.model_dump(include={"complete", "seen", "counts", "problem"})
            done = update(harvests).where(harvests.c.id == harvest_id)
            await connection.execute(done.values(finished_at=now, alive_at=now, filled=dict(filled), **result))
            await self._set_aside(connection, summary.source, refused, now)
            await self._keep_validators(connection, summary.source, validators)
            if summary.complete and summary.seen:
                mended = (quarantine.c.source == summary.source, quarantine.c.last_at < now)
                await connection.execute(delete(quarantine).where(*mended))
            answered = (wishes.c.source == summary.source, wishes.c.asked_at <= summary.started_at)
            await connection.execute(delete(wishes).where(*answered))

    async def baseline(self, source: str) -> dict[str, float]:
        """The usual share of rows that fill each field: the median of the last complete harvests; empty before one."""
        last = select(harvests.c.filled).where(harvests.c.source == source, harvests.c.complete.is_(True))
        async with self.database.reading() as connection:
            rows = await connection.execute(last.order_by(harvests.c.started_at.desc()).limit(LOOKED_AT))
            shares = [row.filled for row in rows if row.filled][:USUAL_OF]
        fields = {field for share in shares for field in share}
        return {field: median(share.get(field, 0.0) for share in shares) for field in sorted(fields)}

    async def released(self, source: str) -> frozenset[tuple[str, str, str]]:
        """Key, reason and detail of what staff let through."""
        query = select(releases.c.source_key, releases.c.reason, releases.c.detail).where(releases.c.source == source)
        async with self.database.reading() as connection:
            return frozenset((row[0], row[1], row[2]) for row in await connection.execute(query))

    async def validators(self, source: str) -> dict[str, Validators]:
        """What the source's pages said of their version at the last complete harvest, by URL."""
        query = select(validators).where(validators.c.source == source)
        async with self.database.reading() as connection:
            rows = await connection.execute(query)
            return {row.url: Validators(row.etag, row.last_modified) for row in rows}

    async def wish_for(self, source: str) -> tuple[bool, bool]:
        """Whether staff said that what vanished may really be gone, and whether all is to be read afresh."""
        query = select(wishes.c.believe_vanished, wishes.c.afresh).where(wishes.c.source == source)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).first()
        return (False, False) if row is None else (row.believe_vanished, row.afresh)

    async def ask(self, source: str, now: datetime, *, believe_vanished: bool = False, afresh: bool = False) -> bool:
        """Wish for a harvest; False when one is wished for or running already."""
        async with self.database.writing() as connection:
            open_harvest = select(harvests.c.id).where(harvests.c.source == source, harvests.c.finished_at.is_(None))
            if await connection.scalar(open_harvest.where(harvests.c.alive_at > now - DEAD_AFTER)):
                return False
            wish = self.database.insert(wishes)
            wish = wish.values(source=source, asked_at=now, believe_vanished=believe_vanished, afresh=afresh)
            if believe_vanished:
                wanted = {"believe_vanished": True, "afresh": afresh}
                again = wish.on_conflict_do_update(index_elements=["source"], set_=wanted)
                return bool((await connection.execute(again)).rowcount == 1)
            return bool((await connection.execute(wish.on_conflict_do_nothing())).rowcount == 1)

    async def asked(self) -> list[str]:
        async with self.database.reading() as connection:
            return list((await connection.execute(select(wishes.c.source).order_by(wishes.c.asked_at))).scalars())

    async def latest(self, limit: int, *, source: str | None = None) -> list[HarvestSummary]:
        """The last harvests, newest first; of one source, those that ended."""
        query = select(harvests).order_by(harvests.c.started_at.desc()).limit(limit)
        if source is not None:
            query = query.where(harvests.c.source == source, harvests.c.finished_at.is_not(None))
        async with self.database.reading() as connection:
            rows = await connection.execute(query)
            return [HarvestSummary.model_validate(dict(row._mapping)) for row in rows]

    async def is_running(self, source: str) -> bool:
        query = select(harvests.c.id).where(harvests.c.source == source, harvests.c.finished_at.is_(None))
        async with self.database.reading() as connection:
            return await connection.scalar(query) is not None

    async def last_of(self, source: str, *, complete: bool | None = None) -> HarvestSummary | None:
        query = select(harvests).where(harvests.c.source == source, harvests.c.finished_at.is_not(None))
        if complete is not None:
            query = query.where(harvests.c.complete.is_(complete))
        async with self.database.reading() as connection:
            row = (await connection.execute(query.order_by(harvests.c.started_at.desc()).limit(1))).first()
        return None if row is None else HarvestSummary.model_validate(dict(row._mapping))

    async def quarantined(self) -> dict[str, int]:
        """Rows set aside, by reason."""
        query = (
            select(quarantine.c.reason, func.count().label("rows"))
            .group_by(quarantine.c.reason)
            .order_by(quarantine.c.reason)
        )
        async with self.database.reading() as connection:
            return {row.reason: row.rows for row in await connection.execute(query)}

    async def set_aside(self, source: str, key: str, reason: str) -> tuple[str, OpportunityState | None] | None:
        """The detail and the reading of a record set aside; None when it is not there."""
        columns = quarantine.c
        which = (columns.source == source, columns.source_key == key, columns.reason == reason)
        async with self.database.reading() as connection:
            row = (await connection.execute(select(columns.detail, columns.state).where(*which))).first()
        if row is None:
            return None
        return row.detail, OpportunityState.model_validate(row.state) if row.state else None

    async def release(
        self, connection: AsyncConnection, source: str, key: str, reason: str, detail: str, now: datetime
    ) -> None:
        """Let a record through from now on, as long as what was odd about it stays the same."""
        row = {"source": source, "source_key": key, "reason": reason, "detail": detail, "released_at": now}
        insert = self.database.insert(releases).values(**row)
        again = {"detail": insert.excluded.detail, "released_at": insert.excluded.released_at}
        keys = ["source", "source_key", "reason"]
        await connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=again))
        columns = quarantine.c
        which = (columns.source == source, columns.source_key == key, columns.reason == reason)
        await connection.execute(delete(quarantine).where(*which))

    async def _set_aside(
        self, connection: AsyncConnection, source: str, refused: Sequence[Refused], now: datetime
    ) -> None:
        rows = {
            (one.key, one.reason): {
                "source": source,
                "source_key": one.key,
                "reason": one.reason,
                "detail": one.detail[:500],
                "state": one.reading.state.model_dump(mode="json") if one.reading else None,
                "first_at": now,
                "last_at": now,
            }
            for one in refused
        }
        insert = self.database.insert(quarantine)
        again = {"detail": insert.excluded.detail, "state": insert.excluded.state, "last_at": insert.excluded.last_at}
        upsert = insert.on_conflict_do_update(index_elements=["source", "source_key", "reason"], set_=again)
        for some in chunks(list(rows.values())):
            await connection.execute(upsert, list(some))

    async def _keep_validators(self, connection: AsyncConnection, source: str, found: Mapping[str, Validators]) -> None:
        if not found:
            return
        await connection.execute(delete(validators).where(validators.c.source == source))
        rows = [
            {"source": source, "url": url, "etag": one.etag, "last_modified": one.last_modified}
            for url, one in found.items()
            if len(url) <= MAX_URL
        ]
        if rows:
            await connection.execute(self.database.insert(validators), rows)

    @staticmethod
    async def _end_dead(connection: AsyncConnection, source: str | None, silent_since: datetime) -> None:
        dead = _INTERRUPTED.where(harvests.c.finished_at.is_(None), harvests.c.alive_at <= silent_since)
        await connection.execute(dead if source is None else dead.where(harvests.c.source == source))
