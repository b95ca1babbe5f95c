"""What ingest answers about spreadsheets: parts offered, what a file would do, taking it, undoing it, its report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from services.ingest.domain.importing import Report, Reported
from services.ingest.domain.refused import FileRefused
from services.ingest.import_store import Import, ImportStore
from services.ingest.profiles import ProfileImports
from services.ingest.spreadsheets import MB, Limits
from shared.clock import Clock
from shared.events import Tick
from shared.requests import (
    AskImport,
    AskImports,
    ImportReport,
    Imports,
    ImportSummary,
    OfferPart,
    PreviewImport,
    Reply,
    ReportLine,
    TakeImport,
    UndoImport,
)
from shared.requests.spreadsheets import MAX_FILE_BYTES

LINES_SHOWN = 500
OFFERED = Limits(size=MAX_FILE_BYTES, unpacked=60 * MB, rows=5_000)
TIDY_EVERY = timedelta(hours=1)


class Importer(Protocol):
    """What can be imported: both raise FileRefused for a file that cannot be used at all."""

    async def preview(self, content: bytes, limits: Limits) -> Report: ...

    async def take(self, import_id: str, content: bytes, limits: Limits) -> Report: ...

    async def names(self, ids: Sequence[str]) -> Mapping[str, str]: ...


@dataclass(frozen=True)
class ImportDesk:
    """Answers about imports of each subject."""

    store: ImportStore
    importers: Mapping[str, Importer]
    undoing: ProfileImports
    clock: Clock

    async def offer(self, command: OfferPart) -> Reply:
        await self.store.open(command.about, command.filename, by=command.by, now=self.clock(), id_=command.import_id)
        known = await self.store.one(command.import_id)
        if known is None or known.status != "offered":
            return Reply(refused="done")
        part = command.part()
        if await self.store.size_of(command.import_id) + len(part) > MAX_FILE_BYTES:
            return Reply(refused="too_large")
        await self.store.add_part(command.import_id, command.number, part)
        return Reply()

    async def preview(self, question: PreviewImport) -> ImportReport:
        known = await self.store.one(question.import_id)
        if known is None or known.status != "offered":
            return ImportReport(refused=known.status if known else "unknown")
        try:
            content = await self.store.content(known.id)
            report = await self.importers[known.subject].preview(content, OFFERED)
        except FileRefused as error:
            return _of_file(known, error)
        return _shown(known, report.lines, counts=report.counts)

    async def take(self, command: TakeImport) -> ImportReport:
        known = await self.store.one(command.import_id)
        if known is None:
            return ImportReport(refused="unknown")
        content = await self.store.content(known.id)
        if not await self.store.claim(known.id, self.clock()):
            return ImportReport(refused=known.status if known.status != "offered" else "running")
        try:
            report = await self.importers[known.subject].take(known.id, content, OFFERED)
        except FileRefused as error:
            return _of_file(known, error)
        done = await self.store.one(known.id)
        return _shown(done or known, report.lines, counts=report.counts)

    async def undo(self, command: UndoImport) -> ImportReport:
        known = await self.store.one(command.import_id)
        if known is None or known.subject != "profiles":
            return ImportReport(refused="unknown")
        if known.status != "done":
            return ImportReport(refused=known.status)
        report = await self.undoing.undo(known.id)
        undone = await self.store.one(known.id)
        return _shown(undone or known, report.lines, counts=report.counts)

    async def one(self, question: AskImport) -> ImportReport:
        """The report of an import, with what its rows are called at present."""
        known = await self.store.one(question.import_id)
        if known is None:
            return ImportReport(refused="unknown")
        names = await self.importers[known.subject].names([line.id for line in known.lines if line.id])
        return _shown(known, known.lines, counts=known.counts, names=names)

    async def latest(self, question: AskImports) -> Imports:
        found = await self.store.latest(question.about, limit=question.limit)
        return Imports(imports=tuple(_summary(one, one.counts) for one in found))

    async def tidy(self, _tick: Tick) -> None:
        """Forget files that nobody took, and old reports."""
        await self.store.forget(self.clock())


def _of_file(known: Import, error: FileRefused) -> ImportReport:
    return _shown(known, [Reported.refusal(0, error)], counts={}).model_copy(update={"refused": "file"})


def _shown(
    known: Import,
    lines: tuple[Reported, ...] | list[Reported],
    *,
    counts: Mapping[str, int],
    names: Mapping[str, str] | None = None,
) -> ImportReport:
    """Refusals first, then what is new or changed; what stays as it is only counts."""
    worth = sorted((line for line in lines if line.outcome != "unchanged"), key=lambda line: line.code is None)
    told = tuple(
        ReportLine(
            line=line.line,
            outcome=line.outcome,
            id=line.id,
            name=line.name or (names or {}).get(line.id or "", ""),
            fields=line.fields,
            code=line.code,
            values={name: value[:200] for name, value in line.values.items()},
            sentence=line.sentence[:400],
        )
        for line in worth[:LINES_SHOWN]
    )
    return ImportReport(summary=_summary(known, counts), lines=told)


def _summary(one: Import, counts: Mapping[str, int]) -> ImportSummary:
    names = ("id", "subject", "filename", "status", "offered_at", "finished_at", "undone_at")
    return ImportSummary.model_validate({**{name: getattr(one, name) for name in names}, "counts": dict(counts)})
