"""Unsubscribing by the link of a mail: a page with a button, and the one-click request of RFC 8058."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse

from services.portal.domain.labels import N_
from services.portal.web import leaving
from services.portal.web.drawing import Drawing
from services.portal.web.forms import token_in, typed_in
from services.portal.web.site import Site
from shared.bus import OwnerDown
from shared.requests import LinkMeaning, ReadLink, Unsubscribe

NOT_OURS = N_("Ce lien de désinscription n’est pas reconnu. Vérifiez que vous l’avez copié en entier.")


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def meaning_of(token: str) -> LinkMeaning | None:
        """What the button will stop, when it can be told: it works without the notifier, and after erasure."""
        try:
            meaning = await site.bus.ask(ReadLink(token=token)) if token else None
        except OwnerDown:
            return None
        return meaning if meaning and meaning.refused is None and meaning.purpose == "unsubscribe" else None

    @router.get("/unsubscribe")
    async def show(request: Request) -> HTMLResponse:
        token = token_in(request)
        meaning = await meaning_of(token)
        return drawing.page(request, "unsubscribe.html", token=token, meaning=meaning, problem="")

    @router.post("/unsubscribe")
    async def unsubscribe(request: Request) -> HTMLResponse:
        token = (await typed_in(request))["token"][:2000]
        answer = await leaving.unsubscribe(site, Unsubscribe(token=token))
        if answer is not None and answer.refused is not None:
            return drawing.page(request, "unsubscribe.html", status=422, token="", meaning=None, problem=NOT_OURS)
        if answer is not None:
            await leaving.follow(site, answer)
        whole = answer is not None and answer.person_id is not None and answer.organisation_id is None
        return drawing.page(request, "unsubscribed.html", later=answer is None, whole=whole)

    @router.post("/unsubscribe/one-click")
    async def one_click(request: Request) -> PlainTextResponse:
        token = token_in(request)
        answer = await leaving.unsubscribe(site, Unsubscribe(token=token)) if token else None
        if not token or (answer is not None and answer.refused is not None):
            return PlainTextResponse("unknown\n", 400)
        if answer is not None:
            await leaving.follow(site, answer)
        return PlainTextResponse("unsubscribed\n")

    return router
