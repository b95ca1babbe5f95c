"""What the command line asks about profiles: taking a file, writing one, undoing an import."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from services.ingest.domain.importing import Report
from services.ingest.domain.profile_rows import COLUMNS, cells_of
from services.ingest.domain.refused import FileRefused
from services.ingest.import_store import ImportStore
from services.ingest.profile_store import ProfileStore
from services.ingest.profiles import ProfileImports
from services.ingest.reference import gazetteer
from services.ingest.spreadsheets import Limits
from shared.service import Context
from shared.spreadsheets import as_csv, as_xlsx

COMMAND = "command"


class Refused(Exception):
    """What was asked cannot be done: a sentence."""


@dataclass(frozen=True)
class RefusedLine:
    """A line of the file that was not stored, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do when `import_id` is None."""

    import_id: str | None
    imported: int
    changed: int
    unchanged: int
    refused: tuple[RefusedLine, ...]


@dataclass(frozen=True)
class UndoReport:
    """What undoing an import did."""

    restored: int
    removed: int
    left: tuple[str, ...]


def profile_imports(context: Context) -> ProfileImports:
    """Imports of profiles, at work on a service's database."""
    store = ProfileStore(context.database, context.outbox)
    places = gazetteer(context.settings.departement)
    return ProfileImports(store, ImportStore(context.database), places, context.clock)


async def import_profiles(context: Context, path: Path, *, preview: bool = False) -> ImportReport:
    """Take profiles from a CSV or XLSX file. Raises Refused when it cannot be used at all; nothing is stored then."""
    at_work = profile_imports(context)
    try:
        content = _read(path)
        seen = await at_work.preview(content, Limits())
        if preview or not (seen.counts.get("new") or seen.counts.get("changed")):
            return _told(None, seen)
        import_id = await at_work.imports.open(
            "profiles", path.name[:200], by=COMMAND, now=context.clock(), status="running"
        )
        return _told(import_id, await at_work.take(import_id, content, Limits()))
    except FileRefused as error:
        raise Refused(f"{path.name}: {error}") from error


async def export_profiles(context: Context, path: Path) -> int:
    """Write every profile to a CSV or XLSX file, by its ending; returns how many. Raises Refused."""
    write = {".csv": as_csv, ".xlsx": as_xlsx}.get(path.suffix.lower())
    if write is None:
        raise Refused(f"{path.name}: name it .csv or .xlsx")
    states = await ProfileStore(context.database, context.outbox).active()
    content = await asyncio.to_thread(write, COLUMNS.all, [cells_of(state) for state in states])
    try:
        await asyncio.to_thread(path.write_bytes, content)
    except OSError as error:
        raise Refused(f"{path.name}: cannot be written ({error.strerror})") from error
    return len(states)


async def undo_import(context: Context, import_id: str) -> UndoReport:
    """Undo an import of profiles. Raises Refused for one that is not there, not done, or undone."""
    at_work = profile_imports(context)
    known = await at_work.imports.one(import_id)
    if known is None or known.subject != "profiles":
        raise Refused(f"there is no import {import_id}")
    if known.status != "done":
        raise Refused(f"the import {import_id} is {known.status}")
    report = await at_work.undo(import_id)
    left = tuple(f"{line.id}: {line.sentence}" for line in report.refused)
    return UndoReport(report.counts.get("restored", 0), report.counts.get("removed", 0), left)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()[: Limits().size + 1]
    except OSError as error:
        raise Refused(f"{path.name}: cannot be read ({error.strerror})") from error


def _told(import_id: str | None, report: Report) -> ImportReport:
    counts = report.counts
    refused = tuple(RefusedLine(line.line, line.sentence) for line in report.refused)
    return ImportReport(import_id, counts.get("new", 0), counts.get("changed", 0), counts.get("unchanged", 0), refused)
