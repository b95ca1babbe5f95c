"""Partnership requests for staff: what partner territories look for, entered, changed, withdrawn or imported."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain import import_words
from services.portal.domain.labels import N_
from services.portal.domain.partnership_form import LONGEST, as_typed, countries, read_partnership
from services.portal.web import staff_imports
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing, texts
from services.portal.web.forms import page_number, typed_in
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import (
    AskImports,
    AskPartnerships,
    HeldPartnership,
    Imports,
    Partnerships,
    SavePartnership,
    WithdrawPartnership,
)

PAGE_SIZE = 20
INGEST_DOWN = N_("Le service de collecte est momentanément interrompu : les demandes ne peuvent pas être affichées.")
KNOWN = N_("Cette demande existe déjà : même titre, même demandeur, même pays. Modifiez-la plutôt.")
BUSY = N_("Cette demande vient de changer : envoyez à nouveau ce formulaire.")
NOTICES = {
    "saved": N_("La demande est enregistrée. Les rapprochements se mettent à jour."),
    "withdrawn": N_("La demande est retirée : elle n’est plus proposée."),
}


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def draw_list(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        page, found, imports = page_number(request), Partnerships(), Imports()
        try:
            found = await site.bus.ask(AskPartnerships(offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE))
            imports = await site.bus.ask(AskImports(about="partnerships"))
        except OwnerDown:
            status, values = 503, {"down": INGEST_DOWN, **values}
        matched = await site.store.matches.matched_by_opportunity([one.id for one in found.partnerships])
        names = dict(countries(request.state.visitor.language))
        pages = max(1, -(-found.total // PAGE_SIZE))
        shown: dict[str, object] = {"found": found, "imports": imports.imports, "matched": matched, **values}
        more = {"names": names, "page": page, "pages": pages, "kind": staff_imports.PARTNERSHIPS, "words": import_words}
        return drawing.page(request, "staff/partnerships.html", status=status, **more, **shown)

    def draw_form(
        request: Request, held: HeldPartnership | None, *, status: int = 200, **values: object
    ) -> HTMLResponse:
        language = request.state.visitor.language
        typed = as_typed(held.wanted, language) if held else {"language": "fr"}
        shown: dict[str, object] = {"typed": typed, "held": held, "countries": countries(language), **values}
        return drawing.page(request, "staff/partnership.html", status=status, longest=LONGEST, **shown)

    async def held_as(partnership_id: str) -> HeldPartnership:
        """Raises OwnerDown."""
        found: Partnerships = await site.bus.ask(AskPartnerships(id=partnership_id[:200]))
        if not found.partnerships:
            raise HTTPException(404)
        return found.partnerships[0]

    async def save(request: Request, held: HeldPartnership | None) -> Response:
        visitor: Visitor = request.state.visitor
        form = await typed_in(request)
        wanted, problems = read_partnership(form)
        values: dict[str, object] = {"typed": form.fields}
        command = SavePartnership(wanted=wanted, id=held.id if held else None, by=visitor.person_id)
        try:
            answer = await site.bus.ask(command) if not problems else None
        except OwnerDown:
            return draw_form(request, held, status=503, down=ANSWERS_TO_KEEP, **values)
        if answer is not None and answer.refused in ("known", "busy"):
            return draw_form(request, held, status=422, down=KNOWN if answer.refused == "known" else BUSY, **values)
        if answer is not None and answer.refused == "unknown":
            raise HTTPException(404)
        if answer is None or answer.refused is not None:
            speech = texts(visitor.language)
            told = answer.problems if answer else ()
            problems |= {one.field: import_words.why_not_kept(one, speech) for one in told}
            return draw_form(request, held, status=422, problems=problems, **values)
        await site.store.staff.log(visitor.person_id, "saved a partnership", wanted.title[:200], now=site.now())
        return RedirectResponse("/staff/partnerships?done=saved", 303)

    @router.get("/staff/partnerships")
    async def partnerships(request: Request) -> HTMLResponse:
        return await draw_list(request, notice=NOTICES.get(request.query_params.get("done", ""), ""))

    router.include_router(staff_imports.routes(site, drawing, staff_imports.PARTNERSHIPS, draw_list))

    @router.get("/staff/partnerships/new")
    async def show_new(request: Request) -> HTMLResponse:
        return draw_form(request, None)

    @router.post("/staff/partnerships/new")
    async def add(request: Request) -> Response:
        return await save(request, None)

    @router.get("/staff/partnerships/{partnership_id}")
    async def show(request: Request, partnership_id: str) -> HTMLResponse:
        return draw_form(request, await held_as(partnership_id))

    @router.post("/staff/partnerships/{partnership_id}")
    async def change(request: Request, partnership_id: str) -> Response:
        try:
            held = await held_as(partnership_id)
        except OwnerDown:
            form = await typed_in(request)
            return draw_form(request, None, status=503, down=ANSWERS_TO_KEEP, typed=form.fields)
        return await save(request, held)

    @router.post("/staff/partnerships/{partnership_id}/withdraw")
    async def withdraw(request: Request, partnership_id: str) -> Response:
        visitor: Visitor = request.state.visitor
        try:
            answer = await site.bus.ask(WithdrawPartnership(id=partnership_id[:200], by=visitor.person_id))
        except OwnerDown:
            return await draw_list(request, status=503, down=ANSWERS_TO_KEEP)
        if answer.refused == "unknown":
            raise HTTPException(404)
        if answer.refused is not None:
            return await draw_list(request, status=422, down=BUSY)
        await site.store.staff.log(visitor.person_id, "withdrew a partnership", partnership_id[:200], now=site.now())
        return RedirectResponse("/staff/partnerships?done=withdrawn", 303)

    return router
