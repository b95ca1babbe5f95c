"""When a person is written to: hour, time zone, reminders, a pause and its end."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.portal.domain.declaration import Problems
from services.portal.domain.rhythm_form import REFUSED, Rhythm, read_rhythm
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing
from services.portal.web.forms import typed_in
from services.portal.web.preferences import draw_preferences
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import AskPreferences, ChangeRhythm


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def change(request: Request, rhythm: Rhythm, *, done: str, typed: Mapping[str, str]) -> Response:
        visitor: Visitor = request.state.visitor
        answer = await site.bus.ask(ChangeRhythm(person_id=visitor.person_id, **vars(rhythm)))
        if answer.refused is None:
            return RedirectResponse(f"/preferences?done={done}", 303)
        problems: Problems = dict([REFUSED.get(answer.refused, REFUSED["invalid_timezone"])])
        return await draw_preferences(site, drawing, request, status=422, problems=problems, typed=typed)

    @router.post("/preferences/rhythm")
    async def set_rhythm(request: Request) -> Response:
        typed = await typed_in(request, maximum=200)
        rhythm, problems = read_rhythm(typed, now=site.now())
        if rhythm is None:
            return await draw_preferences(site, drawing, request, status=422, problems=problems, typed=typed.fields)
        try:
            return await change(request, rhythm, done="rhythm", typed=typed.fields)
        except OwnerDown:
            return await draw_preferences(site, drawing, request, status=503, down=ANSWERS_TO_KEEP, typed=typed.fields)

    @router.post("/preferences/resume")
    async def resume(request: Request) -> Response:
        """The pause ends; the rest stays as it was."""
        try:
            held = await site.bus.ask(AskPreferences(person_id=request.state.visitor.person_id))
            if held.refused is not None:
                return RedirectResponse("/preferences", 303)
            zone = held.timezone or site.common.timezone
            rhythm = Rhythm(held.digest_at, zone, held.reminder_days, None)
            return await change(request, rhythm, done="resumed", typed={})
        except OwnerDown:
            return await draw_preferences(site, drawing, request, status=503, down=ANSWERS_TO_KEEP)

    return router
