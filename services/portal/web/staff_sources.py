"""Staff watch the sources: how each stands, its figures by day; they read one now, and decide what needs a person."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain.labels import N_
from services.portal.web import plots
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing, texts
from services.portal.web.forms import typed_in
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import AskHarvests, HarvestNow, Harvests, ReleaseRecord, Reply, SplitCopy
from shared.requests import Request as Asked

INGEST_DOWN = N_("Le service de collecte est momentanément interrompu : les sources ne peuvent pas être affichées.")
REFUSED = {
    "unknown_source": N_("Cette source n’existe pas."),
    "running": N_("Cette source est déjà en cours de lecture."),
    "unknown": N_("Cette ligne n’est plus mise de côté."),
    "unreadable": N_("Cette ligne n’est pas lisible : elle ne peut pas être acceptée telle quelle."),
    "not_merged": N_("Ces deux opportunités sont déjà séparées."),
}
NOTICES = {
    "asked": N_("La lecture est demandée. Elle commence dans un instant."),
    "released": N_("La ligne est acceptée. Elle est traitée comme les autres."),
    "split": N_("Les deux opportunités sont séparées, et le resteront."),
}


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def draw(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        harvests = Harvests()
        try:
            harvests = await site.bus.ask(AskHarvests())
        except OwnerDown:
            status, values = 503, {"down": INGEST_DOWN, **values}
        return drawing.page(
            request, "staff/sources.html", status=status, **{"harvests": harvests, "problem": "", **values}
        )

    async def carry_out(request: Request, command: Asked, *, deed: str, about: str, done: str) -> Response:
        """Ask ingest, keep a trace of who did, and show the page again."""
        visitor: Visitor = request.state.visitor
        try:
            answer: Reply = await site.bus.ask(command)
        except OwnerDown:
            return await draw(request, status=503, down=ANSWERS_TO_KEEP)
        if answer.refused is not None:
            return await draw(request, status=422, problem=REFUSED.get(answer.refused, REFUSED["unknown_source"]))
        await site.store.staff.log(visitor.person_id, deed, about, now=site.now())
        return RedirectResponse(f"/staff/sources?done={done}", 303)

    @router.get("/staff/sources")
    async def sources(request: Request) -> HTMLResponse:
        return await draw(request, notice=NOTICES.get(request.query_params.get("done", ""), ""))

    @router.get("/staff/sources/{source}/volumes.svg")
    async def volumes(request: Request, source: str) -> Response:
        visitor: Visitor = request.state.visitor
        try:
            harvests = await site.bus.ask(AskHarvests(limit=1))
        except OwnerDown:
            raise HTTPException(503) from None
        found = next((one for one in harvests.sources if one.name == source), None)
        if found is None:
            raise HTTPException(404)
        say = {name: texts(visitor.language).gettext(label) for name, label in plots.SERIES}
        drawn = await run_in_threadpool(plots.volumes, found.days, say)
        return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})

    @router.post("/staff/sources/{source}/harvest")
    async def harvest(request: Request, source: str) -> Response:
        command = HarvestNow(source=source[:100])
        return await carry_out(request, command, deed="asked for a harvest", about=source[:100], done="asked")

    @router.post("/staff/sources/{source}/believe")
    async def believe(request: Request, source: str) -> Response:
        command = HarvestNow(source=source[:100], believe_vanished=True)
        return await carry_out(request, command, deed="believed a harvest", about=source[:100], done="asked")

    @router.post("/staff/sources/{source}/release")
    async def release(request: Request, source: str) -> Response:
        typed = await typed_in(request)
        key, reason = typed["key"][:200], typed["reason"][:60]
        command = ReleaseRecord(source=source[:100], key=key, reason=reason)
        about = f"{source[:100]} {key} {reason}"
        return await carry_out(request, command, deed="released a record", about=about, done="released")

    @router.post("/staff/sources/split")
    async def split(request: Request) -> Response:
        id_ = (await typed_in(request))["id"][:200]
        return await carry_out(request, SplitCopy(opportunity_id=id_), deed="split a copy", about=id_, done="split")

    return router
