"""Proving an address: confirming a declaration, signing in by link or code, signing out."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain.declaration import read_email
from services.portal.domain.labels import N_
from services.portal.web.declare import ANSWERS_TO_KEEP, TOO_OFTEN
from services.portal.web.drawing import Drawing
from services.portal.web.forms import safe_next, token_in, typed_in
from services.portal.web.site import PER_ADDRESS, PER_MAIL, Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.events import OrganisationDeclared
from shared.requests import Confirm, Confirmed, SendSignInLink, SignedIn, SignIn

SESSION_S = 30 * 24 * 3600
NOT_AN_ADDRESS = N_("Indiquez une adresse électronique complète, comme nom@exemple.fr.")
REFUSALS = {
    "unknown": N_("Ce lien ou ce code n’est pas reconnu. Demandez-en un nouveau."),
    "expired": N_("Ce lien ou ce code n’est plus valable : il l’est dix minutes. Demandez-en un nouveau."),
    "used": N_("Ce lien ou ce code a déjà servi. Demandez-en un nouveau."),
    "other_browser": N_(
        "Ce lien a été demandé depuis un autre navigateur. Retournez-y, et tapez le code à six chiffres du message."
    ),
    "too_many_tries": N_("Trop d’essais ont été faits avec ce code. Demandez-en un nouveau."),
}
CONFIRM_REFUSALS = {
    "unknown": N_("Ce lien de confirmation n’est pas reconnu. Vérifiez que vous l’avez copié en entier."),
    "expired": N_("Ce lien de confirmation n’est plus valable. Déclarez à nouveau votre organisation."),
}


async def open_session(site: Site, visitor: Visitor, person_id: str, *, staff: bool = False) -> None:
    """Sign a browser in under a new session id."""
    session_id = await site.store.sessions.open(person_id, now=site.now(), staff=staff, instead_of=visitor.session_id)
    visitor.jar.put("session", session_id, max_age_s=SESSION_S)


async def confirm_organisation(site: Site, confirmed: Confirmed) -> None:
    """Let the person speak for the organisation and tell it, in one transaction; done again, nothing happens."""
    if confirmed.person_id is None or confirmed.organisation_id is None:
        return
    now = site.now()
    async with site.store.database.writing() as connection:
        state = await site.store.organisations.confirm(
            connection, confirmed.organisation_id, confirmed.person_id, now=now
        )
        if state is not None:
            await site.store.outbox.tell(connection, OrganisationDeclared(happened_at=now, organisation=state))


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    @router.get("/confirm")
    async def show_confirm(request: Request) -> HTMLResponse:
        return drawing.page(request, "confirm.html", token=token_in(request), problem="")

    @router.post("/confirm")
    async def confirm(request: Request) -> HTMLResponse:
        visitor: Visitor = request.state.visitor
        token = (await typed_in(request))["token"][:2000]
        try:
            confirmed = await site.bus.ask(Confirm(token=token, browser=visitor.browser()))
        except OwnerDown:
            return drawing.page(request, "confirm.html", status=503, token=token, problem="", down=ANSWERS_TO_KEEP)
        if confirmed.refused is not None:
            problem = CONFIRM_REFUSALS.get(confirmed.refused, CONFIRM_REFUSALS["unknown"])
            return drawing.page(request, "confirm.html", status=422, token="", problem=problem)
        await confirm_organisation(site, confirmed)
        signed_in = confirmed.same_browser and not confirmed.again and confirmed.person_id is not None
        if signed_in:
            await open_session(site, visitor, confirmed.person_id)
        return drawing.page(request, "confirmed.html", signed_in=signed_in)

    def draw_sign_in(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        values = {"next": safe_next(request.query_params.get("next", "/preferences")), **values}
        return drawing.page(request, "sign_in.html", status=status, **values)

    @router.get("/sign-in")
    async def show_sign_in(request: Request) -> HTMLResponse:
        return draw_sign_in(request)

    @router.post("/sign-in")
    async def send_link(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        typed = await typed_in(request)
        kept = {"typed": typed.fields, "next": safe_next(typed["next"])}
        email = read_email(typed["email"])
        if email is None:
            return draw_sign_in(request, status=422, problems={"email": NOT_AN_ADDRESS}, **kept)
        allowed = site.limits.allow(PER_ADDRESS, "sign-in", visitor.address)
        if not allowed or not site.limits.allow(PER_MAIL, "sign-in", email.casefold()):
            return draw_sign_in(request, status=429, down=TOO_OFTEN, **kept)
        try:
            await site.bus.ask(SendSignInLink(email=email, language=_language(visitor), browser=visitor.browser()))
        except OwnerDown:
            return draw_sign_in(request, status=503, down=ANSWERS_TO_KEEP, **kept)
        visitor.jar.put("next", kept["next"] if isinstance(kept["next"], str) else "/", max_age_s=1200)
        return RedirectResponse("/sign-in/code", 303)

    @router.get("/sign-in/code")
    async def show_code(request: Request) -> HTMLResponse:
        return drawing.page(request, "sign_in_code.html")

    @router.post("/sign-in/code")
    async def take_code(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        code = "".join((await typed_in(request))["code"].split())[:12]
        if not site.limits.allow(PER_ADDRESS, "code", visitor.address):
            return drawing.page(request, "sign_in_code.html", status=429, down=TOO_OFTEN)
        if len(code) != 6 or not code.isdecimal():
            problems = {"code": N_("Tapez les six chiffres du code reçu par message.")}
            return drawing.page(request, "sign_in_code.html", status=422, problems=problems)
        try:
            signed_in = await site.bus.ask(SignIn(browser=visitor.browser(), code=code))
        except OwnerDown:
            return drawing.page(request, "sign_in_code.html", status=503, down=ANSWERS_TO_KEEP)
        if signed_in.person_id is None:
            problems = {"code": REFUSALS.get(signed_in.refused or "unknown", REFUSALS["unknown"])}
            return drawing.page(request, "sign_in_code.html", status=422, problems=problems)
        return await enter(visitor, signed_in)

    @router.get("/sign-in/link")
    async def show_link(request: Request) -> HTMLResponse:
        return drawing.page(request, "sign_in_link.html", token=token_in(request), problem="")

    @router.post("/sign-in/link")
    async def take_link(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        token = (await typed_in(request))["token"][:2000]
        try:
            signed_in = await site.bus.ask(SignIn(browser=visitor.browser(), token=token))
        except OwnerDown:
            return drawing.page(request, "sign_in_link.html", status=503, token=token, problem="", down=ANSWERS_TO_KEEP)
        if signed_in.person_id is None:
            problem = REFUSALS.get(signed_in.refused or "unknown", REFUSALS["unknown"])
            return drawing.page(request, "sign_in_link.html", status=422, token="", problem=problem)
        return await enter(visitor, signed_in)

    async def enter(visitor: Visitor, signed_in: SignedIn) -> Response:
        assert signed_in.person_id is not None  # noqa: S101 - looked at by the callers
        await open_session(site, visitor, signed_in.person_id)
        following = safe_next(visitor.jar.get("next") or "/preferences")
        visitor.jar.drop("next")
        if await site.store.staff.includes(signed_in.person_id):
            following = "/staff/second-factor"
        return RedirectResponse(following, 303)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        if visitor.session_id:
            await site.store.sessions.close(visitor.session_id)
        visitor.jar.drop("session")
        return RedirectResponse("/", 303)

    return router


def _language(visitor: Visitor) -> str:
    return visitor.language
