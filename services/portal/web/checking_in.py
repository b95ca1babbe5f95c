"""The quarterly question: one page, three answers; opening it answers nothing."""

from typing import cast, get_args

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.portal.domain.labels import CHECK_IN_ANSWERS
from services.portal.web import leaving
from services.portal.web.answering import COME_BACK, NOT_OURS, SEND_AGAIN
from services.portal.web.drawing import Drawing
from services.portal.web.forms import token_in, typed_in
from services.portal.web.site import Site
from shared.bus import OwnerDown
from shared.requests import AnswerCheckIn, CheckInAnswer, ReadLink


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    def draw(request: Request, token: str, *, first: str = "", status: int = 200, **values: object) -> HTMLResponse:
        order = sorted(CHECK_IN_ANSWERS, key=lambda answer: answer != first)
        shown = {"token": token, "order": order, "problem": "", **values}
        return drawing.page(request, "check_in.html", status=status, **shown)

    async def owner(token: str) -> str | None:
        """Whose link it is; None when it is not ours. Raises OwnerDown."""
        meaning = await site.bus.ask(ReadLink(token=token))
        is_ours = meaning.refused is None and meaning.purpose == "check_in"
        return meaning.person_id if is_ours else None

    @router.get("/check-in")
    async def show(request: Request) -> HTMLResponse:
        token, first = token_in(request), request.query_params.get("answer", "")
        try:
            is_ours = bool(token) and await owner(token) is not None
        except OwnerDown:
            return draw(request, "", status=503, down=COME_BACK)
        if not is_ours:
            return draw(request, "", status=422, problem=NOT_OURS)
        return draw(request, token, first=first)

    @router.post("/check-in")
    async def answer(request: Request) -> HTMLResponse:
        typed = await typed_in(request, maximum=2000)
        token, given = typed["token"], typed["answer"]
        if not token or given not in get_args(CheckInAnswer):
            return draw(request, token, status=422, problem=NOT_OURS if not token else "")
        try:
            if given == "stop" and typed["sure"] == "yes":
                return await stop(request, token)
            kept = await site.bus.ask(AnswerCheckIn(token=token, answer=cast(CheckInAnswer, given)))
        except OwnerDown:
            return draw(request, token, first=given, status=503, down=SEND_AGAIN)
        if kept.refused is not None:
            return draw(request, "", status=422, problem=NOT_OURS)
        return drawing.page(request, "checked_in.html", token=token, answer=given)

    async def stop(request: Request, token: str) -> HTMLResponse:
        """Every mail stops, by the button of the page that follows « stop »."""
        person_id = await owner(token)
        if person_id is None:
            return draw(request, "", status=422, problem=NOT_OURS)
        done = await leaving.leave_all(site, person_id)
        return drawing.page(request, "unsubscribed.html", later=not done, whole=True)

    return router
