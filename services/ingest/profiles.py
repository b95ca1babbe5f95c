"""Profiles from a spreadsheet: what a file would do, doing it, and undoing it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingest.domain.communes import Gazetteer
from services.ingest.domain.importing import (
    Candidate,
    Declared,
    Report,
    Reported,
    candidates_in,
    identified,
    next_version,
)
from services.ingest.domain.profile_rows import COLUMNS
from services.ingest.domain.refused import RowRefused
from services.ingest.domain.sheets import named_rows
from services.ingest.import_store import ImportStore
from services.ingest.profile_store import EarlierProfile, KnownProfile, Origin, ProfileStore
from services.ingest.spreadsheets import Limits, read_lines
from services.ingest.store import chunks
from shared.clock import Clock
from shared.events import ProfileState

log = logging.getLogger(__name__)

BATCH = 250
ORIGIN: Origin = "csv"


@dataclass(frozen=True)
class _Read:
    candidates: tuple[Candidate, ...]
    refused: tuple[Reported, ...]


@dataclass(frozen=True)
class ProfileImports:
    """Imports of profiles with what they need."""

    store: ProfileStore
    imports: ImportStore
    places: Gazetteer
    clock: Clock

    async def preview(self, content: bytes, limits: Limits) -> Report:
        """What taking the file would do now. Raises FileRefused."""
        read = await self._read(content, limits)
        async with self.store.database.reading() as connection:
            known = await self.store.known(connection, [one.profile.id for one in read.candidates])
        return _report(read, [self._looked_at(one, known)[0] for one in read.candidates])

    async def take(self, import_id: str, content: bytes, limits: Limits) -> Report:
        """Store the rows of a file and tell those that are new or changed; taking it again changes nothing.

        Raises FileRefused when the file as a whole cannot be used; then nothing is stored.
        """
        read = await self._read(content, limits)
        lines: list[Reported] = []
        for batch in chunks(read.candidates, BATCH):
            lines += await self._store_batch(import_id, batch)
        report = _report(read, lines)
        await self.imports.finish(import_id, report, self.clock())
        log.info("profiles were imported", extra={"import_id": import_id, "counts": report.counts})
        return report

    async def undo(self, import_id: str) -> Report:
        """Bring back what was there before an import, as new versions; what it created is removed.

        A profile that has changed since is left as it is, with a sentence.
        """
        made = await self.imports.made_by(import_id)
        lines: list[Reported] = []
        for ids in chunks(list(made), BATCH):
            lines += await self._undo_batch({id_: made[id_] for id_ in ids})
        report = Report(tuple(lines))
        await self.imports.finish_undoing(import_id, report, self.clock())
        log.info("an import was undone", extra={"import_id": import_id, "counts": report.counts})
        return report

    async def names(self, ids: Sequence[str]) -> Mapping[str, str]:
        return await self.store.names(ids)

    async def _read(self, content: bytes, limits: Limits) -> _Read:
        """The rows of a file under the ids they are known by, each organisation once."""
        found, refused = await asyncio.to_thread(self._understand, content, limits)
        declared = Declared.of(await self.store.everything("portal"))
        by_siren = await self.store.ids_by_siren([one.profile.siren for one in found if one.profile.siren])
        async with self.store.database.reading() as connection:
            ids = {id_ for one in found for id_ in one.ids} | set(by_siren.values())
            stored = {id_: one.state for id_, one in (await self.store.known(connection, sorted(ids))).items()}
        states = {id_: state for id_, state in stored.items() if state is not None}
        alone: dict[str, Candidate] = {}
        for one in found:
            try:
                known_as = identified(one, states, by_siren, declared)
                if (first := alone.get(known_as.profile.id)) is not None:
                    raise RowRefused("twice", what="organisation", line=first.line)
                alone[known_as.profile.id] = known_as
            except RowRefused as error:
                refused.append(Reported.refusal(one.line, error))
        return _Read(tuple(alone.values()), tuple(refused))

    def _understand(self, content: bytes, limits: Limits) -> tuple[list[Candidate], list[Reported]]:
        rows = named_rows(read_lines(content, limits), COLUMNS, most=limits.rows)
        return candidates_in(rows, self.places)

    @staticmethod
    def _looked_at(one: Candidate, known: Mapping[str, KnownProfile]) -> tuple[Reported, ProfileState | None]:
        """What becomes of a row, and the version to store."""
        before = known.get(one.profile.id)
        state = before.state if before else None
        after, fields = next_version(state, before.version if before else 0, one)
        outcome = "unchanged" if after is None else "new" if state is None else "changed"
        return Reported(one.line, outcome, one.profile.id, one.profile.name, fields), after  # type: ignore[arg-type]

    async def _store_batch(self, import_id: str, batch: Sequence[Candidate]) -> list[Reported]:
        async with self.store.database.writing() as connection:
            known = await self.store.known(connection, [one.profile.id for one in batch])
            looked = [self._looked_at(one, known) for one in batch]
            news = [after for _, after in looked if after is not None]
            if news:
                await self.store.describe(connection, news, ORIGIN, self.clock())
                await self.imports.note(connection, import_id, {state.id: state.version for state in news})
        return [line for line, _ in looked]

    async def _undo_batch(self, made: Mapping[str, int]) -> list[Reported]:
        async with self.store.database.writing() as connection:
            known = await self.store.known(connection, list(made))
            before = {id_: version - 1 for id_, version in made.items()}
            earlier = await self.store.earlier_of(connection, before)
            lines = [_undone(known.get(id_), version, earlier.get(id_)) for id_, version in made.items()]
            now = self.clock()
            for line in lines:
                if line.outcome == "restored" and line.id is not None:
                    back = earlier[line.id]
                    state = back.state.model_copy(update={"version": known[line.id].version + 1})
                    await self.store.describe(connection, [state], back.origin, now)
            gone = [(line.id, known[line.id].version + 1) for line in lines if line.outcome == "removed" and line.id]
            await self.store.remove(connection, gone, ORIGIN, now)
        return lines


def _undone(known: KnownProfile | None, version: int, earlier: EarlierProfile | None) -> Reported:
    """What undoing does to one profile; `version` is the one the import made."""
    if known is None or known.state is None:
        return Reported.refusal(0, RowRefused("gone_since"), "left", known.id if known else None)
    if known.version != version:
        return Reported.refusal(0, RowRefused("changed_since"), "left", known.id)
    return Reported(0, "restored" if earlier else "removed", known.id, known.state.name)


def _report(read: _Read, lines: Sequence[Reported]) -> Report:
    return Report(tuple(sorted((*read.refused, *lines), key=lambda line: line.line)))
