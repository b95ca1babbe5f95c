"""Pages for anyone: home, the open opportunities, one opportunity, accessibility, privacy, and the style sheet."""

from datetime import datetime, time
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse

from services.portal.domain.labels import OPPORTUNITY_KINDS
from services.portal.domain.refusals import Speech
from services.portal.store.opportunities import Wanted
from services.portal.web.drawing import Drawing, parse_day
from services.portal.web.forms import page_number
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from services.portal.web.why import Why, explained
from shared.bus import OwnerDown
from shared.events import OpportunityState, OrganisationState
from shared.requests import ExplainPair

STATIC = Path(__file__).parent.parent / "static"
STATIC_FILES = {file.name: file for file in STATIC.iterdir()}
PAGE_SIZE = 20


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    async def home(request: Request) -> HTMLResponse:
        latest = await site.store.opportunities.search(Wanted(order="latest", limit=4), now=site.now())
        return drawing.page(request, "home.html", latest=latest.opportunities, total=latest.total)

    @router.get("/opportunities")
    async def opportunities(request: Request) -> HTMLResponse:
        asked = {
            name: request.query_params.get(name, "")[:300] for name in ("q", "kind", "programme", "theme", "before")
        }
        page = page_number(request)
        problems = {}
        day = parse_day(asked["before"])
        if asked["before"] and day is None:
            problems["before"] = True
        wanted = Wanted(
            text=asked["q"],
            kind=asked["kind"] if asked["kind"] in OPPORTUNITY_KINDS else "",
            programme=asked["programme"],
            theme=asked["theme"],
            before=datetime.combine(day, time.max, ZoneInfo(site.common.timezone)) if day else None,
            limit=PAGE_SIZE,
            offset=(page - 1) * PAGE_SIZE,
        )
        found = await site.store.opportunities.search(wanted, now=site.now())
        programmes, themes = await site.store.opportunities.choices(site.now())
        query = urlencode({name: value for name, value in asked.items() if value})
        return drawing.page(
            request,
            "opportunities.html",
            status=422 if problems else 200,
            found=found,
            asked=asked,
            is_filtered=bool(query),
            problems=problems,
            programmes=programmes,
            themes=themes,
            page=page,
            pages=max(1, -(-found.total // PAGE_SIZE)),
            link=f"/opportunities?{query}&" if query else "/opportunities?",
        )

    @router.get("/opportunities/{opportunity_id}")
    async def opportunity(request: Request, opportunity_id: str) -> HTMLResponse:
        found = await site.store.opportunities.one(opportunity_id[:200])
        if found is None:
            raise HTTPException(404)
        visitor: Visitor = request.state.visitor
        mine = await _mine(site, visitor)
        reasons, reasons_down = await _reasons(site, mine, found, drawing.speech(visitor.language))
        is_over = found.status == "closed" or (found.deadline is not None and found.deadline <= site.now())
        if is_over:
            reasons = [(organisation, why) for organisation, why in reasons if why.is_known]
        return drawing.page(
            request,
            "opportunity.html",
            opportunity=found,
            reasons=reasons,
            reasons_down=reasons_down,
            is_over=is_over,
            mine=mine,
            verdicts=await site.store.answers.verdicts([one.id for one in mine]),
            changes=await site.store.opportunities.changes(found.id, visitor.language),
        )

    @router.get("/accessibility")
    async def accessibility(request: Request) -> HTMLResponse:
        return drawing.page(request, "accessibility.html")

    @router.get("/legal")
    async def legal(request: Request) -> HTMLResponse:
        return drawing.page(request, "legal.html")

    @router.get("/static/{name}")
    async def static(name: str) -> FileResponse:
        if name not in STATIC_FILES:
            raise HTTPException(404)
        return FileResponse(STATIC_FILES[name])

    return router


async def _mine(site: Site, visitor: Visitor) -> list[OrganisationState]:
    """The visitor's organisations."""
    if not visitor.is_signed_in:
        return []
    return [one.state for one in await site.store.organisations.of_person(visitor.person_id)]


async def _reasons(
    site: Site, mine: list[OrganisationState], opportunity: OpportunityState, say: Speech
) -> tuple[list[tuple[OrganisationState, Why]], bool]:
    """Each of some organisations with its reasons, and whether some could not be had."""
    reasons: list[tuple[OrganisationState, Why]] = []
    rules, now = await site.store.rule_sets.in_force(), site.now()
    for state in mine:
        try:
            answer = await site.bus.ask(ExplainPair(opportunity_id=opportunity.id, profile_id=state.id))
        except OwnerDown:
            return reasons, True
        why = explained(answer, opportunity, name=state.name, kind=state.kind, rules=rules, now=now, say=say)
        reasons.append((state, why))
    return reasons, False
