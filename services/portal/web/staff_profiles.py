"""Profiles for staff: who is there, what each says and said, and the spreadsheets they come from."""

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.portal.domain import import_words
from services.portal.domain.completeness import completeness
from services.portal.domain.labels import N_
from services.portal.domain.words import clean_line
from services.portal.web import staff_imports
from services.portal.web.drawing import Drawing
from services.portal.web.forms import page_number
from services.portal.web.site import Site
from shared.bus import OwnerDown
from shared.requests import AskImports, AskProfile, AskProfiles, Imports, ProfilesPage

PAGE_SIZE = 50
INGEST_DOWN = N_("Le service de collecte est momentanément interrompu : les profils ne peuvent pas être affichés.")


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def draw_list(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        text, page = clean_line(request.query_params.get("text", "")[:200]), page_number(request)
        found, imports = ProfilesPage(), Imports()
        try:
            found = await site.bus.ask(AskProfiles(text=text, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE))
            imports = await site.bus.ask(AskImports(about="profiles"))
        except OwnerDown:
            status, values = 503, {"down": INGEST_DOWN, **values}
        pages = max(1, -(-found.total // PAGE_SIZE))
        said = {one.id: completeness(one.text) for one in found.profiles}
        shown: dict[str, object] = {"found": found, "imports": imports.imports, "text": text, "page": page, **values}
        more = {"pages": pages, "said": said, "kind": staff_imports.PROFILES, "words": import_words}
        return drawing.page(request, "staff/profiles.html", status=status, **more, **shown)

    @router.get("/staff/profiles")
    async def profiles(request: Request) -> HTMLResponse:
        return await draw_list(request)

    router.include_router(staff_imports.routes(site, drawing, staff_imports.PROFILES, draw_list))

    @router.get("/staff/profiles/{profile_id}")
    async def profile(request: Request, profile_id: str) -> HTMLResponse:
        history = await site.bus.ask(AskProfile(profile_id=profile_id[:200]))
        if history.profile is None:
            raise HTTPException(404)
        said = completeness(history.profile.text)
        return drawing.page(request, "staff/profile.html", history=history, said=said, words=import_words)

    return router
