"""Spreadsheets of staff: a file is offered, looked at, confirmed, reported, maybe undone; and one is written out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from fastapi import APIRouter
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain import import_words
from services.portal.domain.labels import N_
from services.portal.domain.words import clean_line
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing, texts
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import (
    AskImport,
    AskRows,
    ImportReport,
    OfferPart,
    PreviewImport,
    ReportLine,
    RowsPage,
    TakeImport,
    UndoImport,
)
from shared.requests.spreadsheets import MAX_FILE_BYTES, PART_BYTES, Subject
from shared.spreadsheets import as_csv, as_xlsx

NO_FILE = N_("Choisissez un fichier XLSX ou CSV.")
TOO_LARGE = N_("Ce fichier dépasse 5 Mo : partagez-le en plusieurs.")
GONE = N_("Ce fichier n’est plus là : envoyez-le à nouveau.")
INTERRUPTED = N_("Le service de collecte est momentanément interrompu : envoyez à nouveau ce fichier dans un instant.")
REFUSED_UNDOING = N_("Cet import ne peut pas être annulé : il n’est pas terminé, ou l’est déjà.")
TAKEN = N_("L’import est fait. Les rapprochements se mettent à jour.")
UNDONE = N_("L’import est annulé. Les rapprochements se mettent à jour.")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_PAGE = 500
MOST_ROWS = 50_000

DrawList = Callable[..., Awaitable[HTMLResponse]]


@dataclass(frozen=True)
class Kind:
    """What is imported: its address, its name in the files, and whether an import can be undone."""

    about: Subject
    path: str
    filename: str
    can_undo: bool


PROFILES = Kind("profiles", "/staff/profiles", "profils", True)
PARTNERSHIPS = Kind("partnerships", "/staff/partnerships", "partenariats", False)


@dataclass(frozen=True)
class ShownLine:
    """One row of a report, in words."""

    line: ReportLine
    reason: str


def routes(site: Site, drawing: Drawing, kind: Kind, draw_list: DrawList) -> APIRouter:
    """The routes of one kind; `draw_list` draws its list with a problem beside the file field."""
    router = APIRouter()

    def draw(request: Request, report: ImportReport, *, status: int = 200, **values: object) -> HTMLResponse:
        speech = texts(request.state.visitor.language)
        lines = [ShownLine(line, import_words.why_refused(line, speech)) for line in report.lines]
        refused = [shown for shown in lines if shown.line.code is not None]
        good = [shown for shown in lines if shown.line.code is None]
        shown: dict[str, object] = {"report": report.summary, "refused": refused, "good": good, "kind": kind, **values}
        return drawing.page(request, "staff/import.html", status=status, words=import_words, **shown)

    @router.post(f"{kind.path}/preview")
    async def preview(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        filename, content = await sent_file(request)
        if not content or len(content) > MAX_FILE_BYTES:
            return await draw_list(request, status=422, problems={"file": TOO_LARGE if content else NO_FILE})
        try:
            import_id = await offer(site, kind, filename, content, by=visitor.person_id)
            report = await site.bus.ask(PreviewImport(import_id=import_id))
        except OwnerDown:
            return await draw_list(request, status=503, down=INTERRUPTED)
        if report.refused is not None or report.summary is None:
            reasons = [import_words.why_refused(line, texts(visitor.language)) for line in report.lines]
            # Problems are translated where they are shown, which reads a lone % as the beginning of a name.
            return await draw_list(request, status=422, problems={"file": " ".join(reasons).replace("%", "%%") or GONE})
        return draw(request, report)

    @router.get(f"{kind.path}/imports/{{import_id}}")
    async def show(request: Request, import_id: str) -> Response:
        report = await site.bus.ask(AskImport(import_id=import_id[:32]))
        if report.refused is not None or report.summary is None:
            raise HTTPException(404)
        if report.summary.subject != kind.about:
            return RedirectResponse(f"/staff/{report.summary.subject}/imports/{report.summary.id}", 303)
        notices = {"taken": TAKEN, "undone": UNDONE}
        return draw(request, report, notice=notices.get(request.query_params.get("done", ""), ""))

    @router.post(f"{kind.path}/imports/{{import_id}}")
    async def take(request: Request, import_id: str) -> Response:
        visitor: Visitor = request.state.visitor
        try:
            report = await site.bus.ask(TakeImport(import_id=import_id[:32], by=visitor.person_id))
        except OwnerDown:
            return await draw_list(request, status=503, down=ANSWERS_TO_KEEP)
        if report.refused in ("unknown", "file"):
            return await draw_list(request, status=422, problems={"file": GONE})
        if report.refused is None:
            await site.store.staff.log(visitor.person_id, "imported a file", _counted(report), now=site.now())
        return RedirectResponse(f"{kind.path}/imports/{import_id[:32]}?done=taken", 303)

    if kind.can_undo:

        @router.post(f"{kind.path}/imports/{{import_id}}/undo")
        async def undo(request: Request, import_id: str) -> Response:
            visitor: Visitor = request.state.visitor
            try:
                report = await site.bus.ask(UndoImport(import_id=import_id[:32], by=visitor.person_id))
            except OwnerDown:
                return await draw_list(request, status=503, down=ANSWERS_TO_KEEP)
            if report.refused is not None:
                return await draw_list(request, status=422, down=REFUSED_UNDOING)
            await site.store.staff.log(visitor.person_id, "undid an import", _counted(report), now=site.now())
            return RedirectResponse(f"{kind.path}/imports/{import_id[:32]}?done=undone", 303)

    @router.get(f"{kind.path}/export/{{ending}}")
    async def export(ending: str) -> Response:
        return await written(site, kind, ending, template=False)

    @router.get(f"{kind.path}/template/{{ending}}")
    async def template(ending: str) -> Response:
        return await written(site, kind, ending, template=True)

    return router


async def sent_file(request: Request) -> tuple[str, bytes]:
    """The name and the bytes of the file of a form, one byte more than it may have at most; empty without one."""
    form = await request.form()
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            return "", b""
        return clean_line(file.filename or "")[:200], await file.read(MAX_FILE_BYTES + 1)
    finally:
        await form.close()


async def offer(site: Site, kind: Kind, filename: str, content: bytes, *, by: str) -> str:
    """Hand a file to ingest, in parts that the broker takes; returns the id of the import. Raises OwnerDown."""
    import_id = uuid4().hex
    for number, start in enumerate(range(0, len(content), PART_BYTES)):
        part = content[start : start + PART_BYTES]
        await site.bus.ask(
            OfferPart.of(part, import_id=import_id, about=kind.about, filename=filename, number=number, by=by)
        )
    return import_id


async def written(site: Site, kind: Kind, ending: str, *, template: bool) -> Response:
    """A file to download, in one of two formats. Raises OwnerDown."""
    write, sort = WRITERS.get(ending, (None, ""))
    if write is None:
        raise HTTPException(404)
    page: RowsPage = await site.bus.ask(AskRows(about=kind.about, limit=0 if template else ROWS_PAGE))
    rows = list(page.rows)
    while page.after is not None and len(rows) < MOST_ROWS:
        page = await site.bus.ask(AskRows(about=kind.about, after=page.after, limit=ROWS_PAGE))
        rows += page.rows
    content = await asyncio.to_thread(write, page.columns, rows)
    name = f"{kind.filename}-modele.{ending}" if template else f"{kind.filename}.{ending}"
    return Response(content, media_type=sort, headers={"Content-Disposition": f'attachment; filename="{name}"'})


WRITERS: Mapping[str, tuple[Callable[..., bytes], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, XLSX),
}


def _counted(report: ImportReport) -> str:
    if report.summary is None:
        return ""
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(report.summary.counts.items()))
    return f"{report.summary.filename}: {counts}"[:200]
