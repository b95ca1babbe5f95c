"""Profiles from a spreadsheet: `passerelle profiles import FILE`."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from services.ingest.domain.profile_rows import FileRefused, RowRefused, profile_of, read_rows
from services.ingest.profile_store import ProfileStore, profile_fingerprint
from services.ingest.reference import gazetteer
from shared.clock import Clock
from shared.events import ProfileState
from shared.service import Context

log = logging.getLogger(__name__)

MAX_BYTES = 50_000_000
BATCH = 250


@dataclass(frozen=True)
class RefusedLine:
    """A line of the file that was not stored, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    imported: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[RefusedLine, ...] = ()


@dataclass(frozen=True)
class _Read:
    profiles: tuple[ProfileState, ...]
    refused: tuple[RefusedLine, ...]


async def import_profiles(context: Context, path: Path) -> ImportReport:
    """Store the profiles of a CSV file and tell those that are new or changed. Importing it again changes nothing.

    Raises FileRefused when the file as a whole cannot be used; then nothing is stored.
    """
    store = ProfileStore(context.database, context.outbox)
    declared = await store.declared_sirens()
    read = await asyncio.to_thread(_read, path, context.settings.departement, declared)
    counts: Counter[str] = Counter()
    for start in range(0, len(read.profiles), BATCH):
        counts += await _store_batch(store, read.profiles[start : start + BATCH], context.clock)
    log.info("profiles were imported", extra={"counts": dict(counts), "refused": len(read.refused)})
    return ImportReport(counts["imported"], counts["changed"], counts["unchanged"], read.refused)


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a mark, or as Western spreadsheets save it. Raises FileRefused."""
    if b"\x00" in content:
        raise FileRefused("this is not a text file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = from_bytes(content, cp_isolation=["cp1252"]).best()
    if guess is None:
        raise FileRefused("its encoding is neither UTF-8 nor Windows-1252")
    return str(guess)


def _read(path: Path, departement: str, declared: set[str]) -> _Read:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileRefused(f"it is over {MAX_BYTES // 1_000_000} MB: split it")
        content = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"cannot be read ({error.strerror})") from error
    places = gazetteer(departement)
    found: dict[str, tuple[int, ProfileState]] = {}
    refused: list[RefusedLine] = []
    for row in read_rows(decode(content)):
        try:
            profile = profile_of(row, places)
            _check_alone(profile, found, declared)
            found[profile.id] = (row.line, profile)
        except RowRefused as error:
            refused.append(RefusedLine(row.line, str(error)))
    return _Read(tuple(profile for _, profile in found.values()), tuple(refused))


def _check_alone(profile: ProfileState, found: dict[str, tuple[int, ProfileState]], declared: set[str]) -> None:
    if profile.id in found:
        raise RowRefused(f"it is the same organisation as line {found[profile.id][0]}")
    if profile.siren in declared:
        raise RowRefused(
            f"it has the SIREN {profile.siren}, of an organisation that declared itself: its own words are kept"
        )


async def _store_batch(store: ProfileStore, batch: Sequence[ProfileState], clock: Clock) -> Counter[str]:
    counts: Counter[str] = Counter()
    async with store.database.writing() as connection:
        known = await store.known(connection, [profile.id for profile in batch])
        news: list[ProfileState] = []
        for profile in batch:
            before = known.get(profile.id)
            if before is not None and before.fingerprint == profile_fingerprint(profile):
                counts["unchanged"] += 1
                continue
            counts["changed" if before else "imported"] += 1
            news.append(profile.model_copy(update={"version": before.version + 1 if before else 1}))
        if news:
            await store.describe(connection, news, "csv", clock())
    return counts
