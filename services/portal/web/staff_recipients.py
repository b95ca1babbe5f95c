"""One recipient's history, for when they call; their address is typed in a form, and is in no address of a page."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain import mail_words
from services.portal.domain.labels import N_
from services.portal.web.drawing import Drawing
from services.portal.web.forms import typed_in
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import AskRecipient, RecipientHistory

DOWN = N_("Le service d’envoi est momentanément interrompu : les destinataires ne peuvent pas être affichés.")
UNKNOWN = N_("Aucun destinataire n’a cette adresse.")
UNKNOWN_ID = N_("Ce destinataire n’est plus là : ses données sont effacées.")
MAX_ADDRESS = 320


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    def draw_search(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        shown = {"suppressed": "", **values}
        return drawing.page(request, "staff/recipients.html", status=status, **shown)

    @router.get("/staff/recipients")
    async def search(request: Request) -> HTMLResponse:
        return draw_search(request)

    @router.post("/staff/recipients")
    async def find(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        typed = await typed_in(request, maximum=MAX_ADDRESS)
        try:
            found: RecipientHistory = await site.bus.ask(AskRecipient(email=typed["email"].strip()))
        except OwnerDown:
            return draw_search(request, status=503, typed=typed.fields, down=DOWN)
        if found.person_id is None:
            suppressed = mail_words.SUPPRESSIONS.get(found.suppressed, "") if found.suppressed else ""
            problems = {"email": UNKNOWN}
            return draw_search(request, status=422, typed=typed.fields, problems=problems, suppressed=suppressed)
        await site.store.staff.log(visitor.person_id, "looked a recipient up", found.person_id, now=site.now())
        return RedirectResponse(f"/staff/recipients/{found.person_id}", 303)

    @router.get("/staff/recipients/{person_id}")
    async def history(request: Request, person_id: str) -> HTMLResponse:
        try:
            found: RecipientHistory = await site.bus.ask(AskRecipient(person_id=person_id[:64]))
        except OwnerDown:
            return draw_search(request, status=503, down=DOWN)
        if found.person_id is None:
            return draw_search(request, status=404, down=UNKNOWN_ID)
        about = {one.organisation_id for one in found.subscriptions} | {one.organisation_id for one in found.consents}
        names = await site.store.matches.profile_names(sorted(about))
        return drawing.page(request, "staff/recipient.html", found=found, names=names, words=mail_words)

    return router
