"""The two doors: declare a business, an association or a school; subscribe a commune."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain import communes
from services.portal.domain.declaration import CONSENT_TEXT_VERSION, Declaration, Problems, Typed, read_declaration
from services.portal.domain.helps import help_asked
from services.portal.domain.labels import N_
from services.portal.web.drawing import Drawing
from services.portal.web.forms import typed_in
from services.portal.web.helping import Helped, help_with
from services.portal.web.site import PER_ADDRESS, PER_MAIL, Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.events import OrganisationKind
from shared.requests import Commune, FindCommunes, Subscribe


@dataclass(frozen=True)
class Door:
    """One of the two forms."""

    path: str
    kinds: tuple[OrganisationKind, ...]


DOORS = (
    Door("/declare", ("business", "association", "school")),
    Door("/subscribe-commune", ("commune",)),
)
TOO_OFTEN = N_("Trop de demandes ont été faites. Réessayez dans une heure.")
ANSWERS_TO_KEEP = N_(
    "Ce service est momentanément interrompu. Rien n’est perdu : renvoyez ce formulaire dans un instant."
)


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()
    known = _KnownCommunes(site)

    async def draw(
        request: Request,
        door: Door,
        typed: Typed,
        problems: Problems,
        *,
        status: int = 200,
        down: str = "",
        choices: Sequence[Commune] = (),
        helped: Helped | None = None,
    ) -> HTMLResponse:
        return drawing.page(
            request,
            "declare.html",
            status=status,
            door=door,
            typed=typed.fields,
            themes=typed.themes,
            problems=problems,
            down=down,
            choices=[communes.label(commune) for commune in choices],
            offered=[communes.label(commune) for commune in await known.all()],
            consent_version=CONSENT_TEXT_VERSION,
            notice=helped.notice if helped else "",
            found=helped.found if helped else None,
            filled=helped.filled if helped else (),
            remarks=helped.remarks if helped else (),
        )

    async def show(request: Request, door: Door) -> HTMLResponse:
        visitor: Visitor = request.state.visitor
        return await draw(request, door, Typed({"cadence": "weekly", "language": visitor.language}), {})

    async def receive(request: Request, door: Door) -> Response:
        visitor: Visitor = request.state.visitor
        typed = await typed_in(request)
        if not site.limits.allow(PER_ADDRESS, "declare", visitor.address):
            return await draw(request, door, typed, {}, status=429, down=TOO_OFTEN)
        if (asked := help_asked(typed)) is not None:
            helped = await help_with(site, asked, typed, kinds=door.kinds, address=visitor.address)
            down = TOO_OFTEN if helped.status == 429 else helped.down
            problems = dict(helped.problems)
            return await draw(request, door, helped.typed, problems, status=helped.status, down=down, helped=helped)
        declaration, problems = read_declaration(typed, door.kinds)
        try:
            commune, choices = await resolve(site, typed["commune"]) if "commune" not in problems else (None, ())
        except OwnerDown:
            return await draw(request, door, typed, problems, status=503, down=ANSWERS_TO_KEEP)
        if commune is None and "commune" not in problems:
            problems = {**problems, "commune": CHOOSE if choices else UNKNOWN_COMMUNE}
        if declaration is None or commune is None:
            return await draw(request, door, typed, problems, status=422, choices=() if commune else choices)
        if not site.limits.allow(PER_MAIL, "declare", declaration.email.casefold()):
            return await draw(request, door, typed, {}, status=429, down=TOO_OFTEN)
        try:
            refused = await declare(site, visitor, declaration, commune)
        except OwnerDown:
            return await draw(request, door, typed, {}, status=503, down=ANSWERS_TO_KEEP)
        if refused is not None:
            return await draw(request, door, typed, {"email": REFUSED_ADDRESS}, status=422)
        return RedirectResponse("/check-mail", 303)

    for door in DOORS:

        def of(door: Door = door) -> None:
            @router.get(door.path)
            async def show_door(request: Request) -> HTMLResponse:
                return await show(request, door)

            @router.post(door.path)
            async def receive_door(request: Request) -> Response:
                return await receive(request, door)

        of()

    @router.get("/check-mail")
    async def check_mail(request: Request) -> HTMLResponse:
        return drawing.page(request, "check_mail.html")

    return router


CHOOSE = N_("Plusieurs communes répondent à ce que vous avez écrit : choisissez la vôtre.")
UNKNOWN_COMMUNE = N_("Cette commune n’est pas dans le département. Vérifiez son nom ou écrivez son code postal.")
REFUSED_ADDRESS = N_("Nous ne pouvons pas écrire à cette adresse. Vérifiez-la, ou donnez-en une autre.")


async def resolve(site: Site, typed: str) -> tuple[Commune | None, tuple[Commune, ...]]:
    """The commune somebody means, or those they may choose from. Raises OwnerDown."""
    text = communes.asked_text(typed)
    found = (await site.bus.ask(FindCommunes(text=text, limit=12))).communes
    return communes.choose(typed, found), found


async def declare(site: Site, visitor: Visitor, declaration: Declaration, commune: Commune) -> str | None:
    """Keep the declaration as pending and have its address confirmed; the notifier's refusal, or None.

    Raises OwnerDown, and then keeps nothing.
    """
    organisation_id = uuid4().hex
    await site.store.organisations.add_pending(
        organisation_id,
        declaration.description,
        number=declaration.number,
        language=declaration.mailing.language,
        insee=commune.insee,
        place=commune.name,
        now=site.now(),
    )
    subscribe = Subscribe(
        email=declaration.email,
        organisation_id=organisation_id,
        organisation_name=declaration.description.name,
        cadence=declaration.mailing.cadence,
        language=declaration.mailing.language,
        consent_text_version=CONSENT_TEXT_VERSION,
        browser=visitor.browser(),
    )
    try:
        refused: str | None = (await site.bus.ask(subscribe)).refused
    except OwnerDown:
        await site.store.organisations.drop_pending(organisation_id)
        raise
    if refused is not None:
        await site.store.organisations.drop_pending(organisation_id)
    return refused


class _KnownCommunes:
    """Every commune, offered as a list; asked once, and gone without while ingest is away."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._communes: tuple[Commune, ...] = ()

    async def all(self) -> tuple[Commune, ...]:
        if not self._communes:
            try:
                self._communes = (await self.site.bus.ask(FindCommunes(limit=400))).communes
            except OwnerDown:
                return ()
        return self._communes
