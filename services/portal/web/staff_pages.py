"""What staff watch: facts set aside."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain.labels import N_
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.events import SERVICES
from shared.requests import AskDeadLetters, DeadLetter, ReplayDeadLetter


@dataclass(frozen=True)
class Shelf:
    """What one service set aside; `down` when it does not answer."""

    service: str
    letters: tuple[DeadLetter, ...]
    down: bool


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def draw_dead_letters(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        shelves = []
        for service in SERVICES:
            try:
                found = await site.bus.ask(AskDeadLetters(), service=service)
                shelves.append(Shelf(service, found.dead_letters, False))
            except OwnerDown:
                shelves.append(Shelf(service, (), True))
        if any(shelf.down for shelf in shelves):
            status = 503
        return drawing.page(
            request, "staff/dead_letters.html", status=status, **{"shelves": shelves, "problem": "", **values}
        )

    @router.get("/staff/dead-letters")
    async def dead_letters(request: Request) -> HTMLResponse:
        notice = N_("Ce fait sera traité à nouveau dans un instant.") if "replayed" in request.query_params else ""
        return await draw_dead_letters(request, notice=notice)

    @router.post("/staff/dead-letters/{service}/{letter_id}/replay")
    async def replay(request: Request, service: str, letter_id: str) -> Response:
        visitor: Visitor = request.state.visitor
        if service not in SERVICES:
            raise HTTPException(404)
        try:
            answer = await site.bus.ask(ReplayDeadLetter(id=letter_id[:64]), service=service)
        except OwnerDown:
            return await draw_dead_letters(request, status=503, down=ANSWERS_TO_KEEP)
        if answer.refused is not None:
            return await draw_dead_letters(request, status=422, problem=N_("Ce fait n’est plus là."))
        await site.store.staff.log(
            visitor.person_id, "replayed a dead letter", f"{service} {letter_id}", now=site.now()
        )
        return RedirectResponse("/staff/dead-letters?replayed=1", 303)

    return router
