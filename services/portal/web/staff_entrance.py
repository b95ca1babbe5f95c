"""The second factor of staff, and the overview it opens."""

from datetime import timedelta

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain.labels import N_
from services.portal.store.opportunities import Wanted
from services.portal.web.declare import TOO_OFTEN
from services.portal.web.drawing import Drawing
from services.portal.web.forms import typed_in
from services.portal.web.signing_in import open_session
from services.portal.web.site import SECOND_FACTOR, Site
from services.portal.web.visitor import Visitor

WRONG_CODE = N_("Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, ou prenez un code de secours.")


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    @router.get("/staff/second-factor")
    async def show(request: Request) -> HTMLResponse:
        if not request.state.visitor.belongs_to_staff:
            raise HTTPException(403, "staff")
        return drawing.page(request, "staff/second_factor.html")

    @router.post("/staff/second-factor")
    async def check(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        if not visitor.belongs_to_staff:
            raise HTTPException(403, "staff")
        if not site.limits.allow(SECOND_FACTOR, "totp", visitor.person_id):
            return drawing.page(request, "staff/second_factor.html", status=429, down=TOO_OFTEN)
        code = "".join((await typed_in(request))["code"].split())[:40]
        if not await _accepts(site, visitor.person_id, code):
            return drawing.page(request, "staff/second_factor.html", status=422, problems={"code": WRONG_CODE})
        await open_session(site, visitor, visitor.person_id, staff=True)
        await site.store.staff.log(visitor.person_id, "signed in", "", now=site.now())
        return RedirectResponse("/staff", 303)

    @router.get("/staff")
    async def overview(request: Request) -> HTMLResponse:
        now = site.now()
        open_now = await site.store.opportunities.search(Wanted(limit=1), now=now)
        return drawing.page(
            request,
            "staff/overview.html",
            open_opportunities=open_now.total,
            organisations=await site.store.organisations.count_by_kind(),
            matched=await site.store.matches.matched_pairs(),
            mails=await site.store.alerts.count_since(now - timedelta(days=7)),
            wishes=await site.store.wishes.count(),
            rules_version=await site.store.rule_sets.version_in_force(),
            alarms=await site.store.sources.alarms(),
            deeds=await site.store.staff.latest_deeds(),
        )

    return router


async def _accepts(site: Site, person_id: str, code: str) -> bool:
    """A time-based code, or else a recovery code."""
    if len(code) == 6 and code.isdecimal():
        return await site.store.staff.accept_totp(person_id, code, now=site.now())
    return await site.store.staff.accept_recovery_code(person_id, code, now=site.now())
