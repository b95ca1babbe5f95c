"""What cannot be done, in words: one page for each kind of refusal."""

import logging

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.portal.domain.labels import N_
from services.portal.web.drawing import Drawing
from services.portal.web.envelope import TooLarge
from services.portal.web.guard import Guard, SeeOther
from shared.bus import OwnerDown

log = logging.getLogger(__name__)

SENTENCES = {
    400: (N_("Demande incomplète"), N_("Votre navigateur a envoyé une demande que nous ne comprenons pas.")),
    403: (N_("Accès refusé"), N_("Cette page n’est pas pour vous, ou votre connexion a pris fin.")),
    404: (N_("Page introuvable"), N_("Cette page n’existe pas, ou n’existe plus. Vérifiez l’adresse.")),
    405: (N_("Demande impossible"), N_("Cette page ne s’ouvre pas de cette manière.")),
    413: (N_("Envoi trop grand"), N_("Ce que vous avez envoyé est trop grand. Raccourcissez vos textes.")),
    500: (N_("Erreur de notre part"), N_("Une erreur est survenue. Elle est notée ; réessayez dans un instant.")),
    503: (
        N_("Service interrompu"),
        N_("Une partie du service ne répond pas en ce moment. Rien n’est perdu : réessayez dans un instant."),
    ),
}
FORM_REFUSED = N_(
    "Ce formulaire n’a pas pu être vérifié : il est resté ouvert trop longtemps, ou vos cookies sont bloqués. "
    "Revenez en arrière, rechargez la page et renvoyez-le."
)


def install(app: FastAPI, guard: Guard, drawing: Drawing) -> None:
    """Answer what pages raise."""

    async def draw(request: Request, status: int, sentence: str = "") -> Response:
        if not hasattr(request.state, "visitor"):
            await guard.recognise(request)
        title, words = SENTENCES.get(status, SENTENCES[400])
        return drawing.page(request, "error.html", status=status, title=title, sentence=sentence or words)

    async def on_refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        return await draw(request, error.status_code, FORM_REFUSED if error.detail == "form" else "")

    async def on_invalid(request: Request, _error: Exception) -> Response:
        return await draw(request, 400)

    async def on_too_large(request: Request, _error: Exception) -> Response:
        return await draw(request, 413)

    async def on_owner_down(request: Request, _error: Exception) -> Response:
        return await draw(request, 503)

    async def on_elsewhere(_request: Request, error: Exception) -> Response:
        assert isinstance(error, SeeOther)  # noqa: S101 - registered for it
        return RedirectResponse(error.location, 303)

    async def on_mistake(request: Request, _error: Exception) -> Response:
        log.error("a page failed", extra={"path": request.scope["route"].path if "route" in request.scope else ""})
        return await draw(request, 500)

    app.add_exception_handler(HTTPException, on_refused)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(TooLarge, on_too_large)
    app.add_exception_handler(OwnerDown, on_owner_down)
    app.add_exception_handler(SeeOther, on_elsewhere)
    app.add_exception_handler(Exception, on_mistake)
