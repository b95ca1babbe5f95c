"""What ingest keeps of imports: the file until it is taken, what became of its rows, which versions it made."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Row, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.domain.importing import Report, Reported
from services.ingest.store import chunks
from services.ingest.tables import import_parts, imported_profiles, imports
from shared.database import Database

OFFERED_FOR = timedelta(days=1)
LINES_FOR = timedelta(days=30)
INTERRUPTED_AFTER = timedelta(minutes=2)
LINES_KEPT = 1_000


@dataclass(frozen=True)
class Import:
    """One spreadsheet: offered, taken, maybe undone; lines hold no name of an organisation."""

    id: str
    subject: str
    filename: str
    asked_by: str
    status: str
    offered_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    counts: Mapping[str, int]
    lines: tuple[Reported, ...]


class ImportStore:
    """The tables of imports."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def open(
        self, subject: str, filename: str, *, by: str, now: datetime, id_: str | None = None, status: str = "offered"
    ) -> str:
        """Begin an import; the same id begins once."""
        row = {
            "id": id_ or uuid4().hex,
            "subject": subject,
            "filename": filename,
            "asked_by": by,
            "status": status,
            "offered_at": now,
            "started_at": now if status == "running" else None,
            "counts": {},
            "lines": [],
        }
        async with self.database.writing() as connection:
            await connection.execute(self.database.insert(imports).values(**row).on_conflict_do_nothing())
        return str(row["id"])

    async def add_part(self, import_id: str, number: int, content: bytes) -> None:
        insert = self.database.insert(import_parts).values(import_id=import_id, number=number, content=content)
        async with self.database.writing() as connection:
            await connection.execute(insert.on_conflict_do_nothing())

    async def size_of(self, import_id: str) -> int:
        """Bytes that were offered so far."""
        size = func.coalesce(func.sum(func.length(import_parts.c.content)), 0)
        async with self.database.reading() as connection:
            return int(
                (await connection.execute(select(size).where(import_parts.c.import_id == import_id))).scalar_one()
            )

    async def content(self, import_id: str) -> bytes:
        """The file, empty when it is no longer there."""
        parts = select(import_parts.c.content).where(import_parts.c.import_id == import_id)
        async with self.database.reading() as connection:
            rows = await connection.execute(parts.order_by(import_parts.c.number))
            return b"".join(row.content for row in rows)

    async def claim(self, import_id: str, now: datetime) -> bool:
        """Begin to take a file; False when somebody does, or did."""
        left = and_(imports.c.status == "running", imports.c.started_at < now - INTERRUPTED_AFTER)
        free = or_(imports.c.status == "offered", left)
        begin = update(imports).where(imports.c.id == import_id, free).values(status="running", started_at=now)
        async with self.database.writing() as connection:
            return (await connection.execute(begin)).rowcount == 1

    async def note(self, connection: AsyncConnection, import_id: str, versions: Mapping[str, int]) -> None:
        """Remember which versions of which profiles an import made, in the transaction that makes them."""
        rows = [{"import_id": import_id, "profile_id": id_, "version": version} for id_, version in versions.items()]
        insert = self.database.insert(imported_profiles)
        newer = insert.on_conflict_do_update(
            index_elements=["import_id", "profile_id"], set_={"version": insert.excluded.version}
        )
        for some in chunks(rows):
            await connection.execute(newer, list(some))

    async def finish(self, import_id: str, report: Report, now: datetime) -> None:
        """Keep what became of the rows, and drop the file."""
        done = {"status": "done", "finished_at": now, "counts": report.counts, "lines": _kept(report.lines)}
        async with self.database.writing() as connection:
            await connection.execute(update(imports).where(imports.c.id == import_id).values(**done))
            await connection.execute(delete(import_parts).where(import_parts.c.import_id == import_id))

    async def finish_undoing(self, import_id: str, report: Report, now: datetime) -> None:
        done = {"status": "undone", "undone_at": now, "counts": report.counts, "lines": _kept(report.lines)}
        async with self.database.writing() as connection:
            await connection.execute(update(imports).where(imports.c.id == import_id).values(**done))

    async def made_by(self, import_id: str) -> dict[str, int]:
        """The profiles an import stored, with the version it made."""
        mine = select(imported_profiles).where(imported_profiles.c.import_id == import_id)
        async with self.database.reading() as connection:
            rows = await connection.execute(mine.order_by(imported_profiles.c.profile_id))
            return {row.profile_id: row.version for row in rows}

    async def one(self, import_id: str) -> Import | None:
        async with self.database.reading() as connection:
            row = (await connection.execute(select(imports).where(imports.c.id == import_id))).one_or_none()
            return _import(row) if row is not None else None

    async def latest(self, subject: str, *, limit: int) -> list[Import]:
        """Imports that were taken, newest first."""
        taken = select(imports).where(imports.c.subject == subject, imports.c.status != "offered")
        async with self.database.reading() as connection:
            rows = await connection.execute(taken.order_by(imports.c.offered_at.desc(), imports.c.id).limit(limit))
            return [_import(row) for row in rows]

    async def forget(self, now: datetime) -> None:
        """Drop files never taken, and the lines of old reports."""
        never_taken = and_(imports.c.status == "offered", imports.c.offered_at < now - OFFERED_FOR)
        old = update(imports).where(imports.c.offered_at < now - LINES_FOR).values(lines=[])
        async with self.database.writing() as connection:
            stale = select(imports.c.id).where(imports.c.offered_at < now - OFFERED_FOR)
            await connection.execute(delete(import_parts).where(import_parts.c.import_id.in_(stale)))
            await connection.execute(delete(imports).where(never_taken))
            await connection.execute(old)


def _kept(lines: Sequence[Reported]) -> list[dict[str, object]]:
    """The lines worth showing later, refusals first, without names: an erased organisation leaves none here."""
    worth = sorted((line for line in lines if line.outcome != "unchanged"), key=lambda line: line.code is None)
    return [dataclasses.asdict(dataclasses.replace(line, name="")) for line in worth[:LINES_KEPT]]


def _import(row: Row[tuple[object, ...]]) -> Import:
    stored = row._mapping
    lines = tuple(Reported(**{**line, "fields": tuple(line["fields"])}) for line in stored["lines"])
    names = ("id", "subject", "filename", "asked_by", "status", "offered_at", "finished_at", "undone_at", "counts")
    return Import(**{name: stored[name] for name in names}, lines=lines)
