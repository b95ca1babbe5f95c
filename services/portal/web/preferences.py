"""What a signed-in person sees and sets: their organisations, their matches, their data."""

import asyncio
from collections.abc import Sequence
from functools import partial

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from services.portal.domain.completeness import completeness
from services.portal.domain.declaration import Typed, read_description, read_mailing
from services.portal.domain.labels import N_
from services.portal.domain.reasons import MetWord, words_met
from services.portal.domain.rhythm_form import shown_rhythm
from services.portal.store.matches import Match
from services.portal.store.organisations import Organisation
from services.portal.web import leaving
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing
from services.portal.web.forms import page_number, typed_in
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.events import OrganisationDeclared
from shared.requests import AskPreferences, ChangePreferences, ExplainPair, Preferences

MATCHES_SHOWN = 20
NOTICES = {
    "edited": N_("Votre description est enregistrée. Les rapprochements se mettent à jour."),
    "rhythm": N_("Vos réglages sont enregistrés."),
    "resumed": N_("La pause est finie : nous vous écrivons à nouveau."),
    "changed": N_("Vos réglages sont enregistrés."),
    "left": N_("Vous ne recevrez plus de message pour cette organisation."),
    "left-all": N_("Vous ne recevrez plus aucun message."),
    "noted": N_("Votre désinscription est enregistrée. Elle sera effective dès que le service d’envoi répondra."),
}
MAILING_DOWN = N_(
    "Le service d’envoi est momentanément interrompu : "
    "le rythme et la langue de vos messages ne peuvent pas être affichés."
)


async def draw_preferences(
    site: Site, drawing: Drawing, request: Request, *, status: int = 200, down: str = "", **values: object
) -> HTMLResponse:
    """The page, with what the notifier holds while it answers; `typed` is a form of rhythm to be mended."""
    visitor: Visitor = request.state.visitor
    organisations = await site.store.organisations.of_person(visitor.person_id)
    held = Preferences()
    try:
        held = await site.bus.ask(AskPreferences(person_id=visitor.person_id))
    except OwnerDown:
        status, down = 503, down or MAILING_DOWN
    return drawing.page(
        request,
        "preferences.html",
        status=status,
        down=down,
        organisations=organisations,
        said={one.state.id: completeness(one.state.text) for one in organisations},
        masked_email=held.masked_email,
        subscriptions={subscription.organisation_id: subscription for subscription in held.subscriptions},
        rhythm=shown_rhythm(held, site.common.timezone, site.now()),
        **{"notice": NOTICES.get(request.query_params.get("done", ""), ""), **values},
    )


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def mine(request: Request, organisation_id: str) -> Organisation:
        """One of the visitor's organisations; to anybody else there is none."""
        for organisation in await site.store.organisations.of_person(request.state.visitor.person_id):
            if organisation.state.id == organisation_id:
                return organisation
        raise HTTPException(404)

    draw = partial(draw_preferences, site, drawing)

    @router.get("/preferences")
    async def preferences(request: Request) -> HTMLResponse:
        return await draw(request)

    @router.get("/matches")
    async def matches(request: Request) -> HTMLResponse:
        organisations = await site.store.organisations.of_person(request.state.visitor.person_id)
        names = {organisation.state.id: organisation.state.name for organisation in organisations}
        found = await site.store.matches.of_profiles(list(names), now=site.now())
        page = page_number(request)
        shown = found[(page - 1) * MATCHES_SHOWN : page * MATCHES_SHOWN]
        pages = max(1, -(-len(found) // MATCHES_SHOWN))
        reasons, verdicts = await reasons_of(site, shown), await site.store.answers.verdicts(list(names))
        return drawing.page(
            request,
            "matches.html",
            names=names,
            found=shown,
            reasons=reasons,
            verdicts=verdicts,
            page=page,
            pages=pages,
        )

    @router.get("/organisations/{organisation_id}")
    async def show_edit(request: Request, organisation_id: str) -> HTMLResponse:
        state = (await mine(request, organisation_id)).state
        typed = {"name": state.name, "text": state.text, "size": state.size or ""}
        said = completeness(state.text)
        return drawing.page(
            request, "organisation.html", organisation=state, typed=typed, themes=state.themes, said=said
        )

    @router.post("/organisations/{organisation_id}")
    async def edit(request: Request, organisation_id: str) -> Response:
        state = (await mine(request, organisation_id)).state
        typed = await typed_in(request)
        description, problems = read_description(Typed(typed.fields, typed.themes), (state.kind,))
        if description is None:
            said = completeness(typed["text"])
            values = {"organisation": state, "typed": typed.fields, "themes": typed.themes, "said": said}
            return drawing.page(request, "organisation.html", status=422, problems=problems, **values)
        async with site.store.database.writing() as connection:
            edited = await site.store.organisations.edit(connection, state.id, description, now=site.now())
            await site.store.outbox.tell(connection, OrganisationDeclared(happened_at=site.now(), organisation=edited))
        return RedirectResponse("/preferences?done=edited", 303)

    @router.post("/organisations/{organisation_id}/mailing")
    async def change(request: Request, organisation_id: str) -> Response:
        state = (await mine(request, organisation_id)).state
        mailing, problems = read_mailing(await typed_in(request))
        if mailing is None:
            return await draw(request, status=422, problems=problems, of=organisation_id)
        command = ChangePreferences(
            person_id=request.state.visitor.person_id,
            organisation_id=state.id,
            cadence=mailing.cadence,
            language=mailing.language,
        )
        try:
            await site.bus.ask(command)
        except OwnerDown:
            return await draw(request, status=503, down=ANSWERS_TO_KEEP)
        return RedirectResponse("/preferences?done=changed", 303)

    @router.post("/organisations/{organisation_id}/unsubscribe")
    async def unsubscribe(request: Request, organisation_id: str) -> Response:
        state = (await mine(request, organisation_id)).state
        done = await leaving.leave(site, request.state.visitor.person_id, [state.id])
        return RedirectResponse(f"/preferences?done={'left' if done else 'noted'}", 303)

    @router.post("/preferences/unsubscribe-all")
    async def unsubscribe_all(request: Request) -> Response:
        done = await leaving.leave_all(site, request.state.visitor.person_id)
        return RedirectResponse(f"/preferences?done={'left-all' if done else 'noted'}", 303)

    @router.get("/preferences/export")
    async def export(request: Request) -> Response:
        try:
            held = await site.bus.ask(AskPreferences(person_id=request.state.visitor.person_id))
        except OwnerDown:
            return await draw(request, status=503, down=ANSWERS_TO_KEEP)
        exported = await leaving.export(site, request.state.visitor, held)
        return JSONResponse(exported, headers={"Content-Disposition": 'attachment; filename="passerelle.json"'})

    @router.get("/preferences/erase")
    async def show_erase(request: Request) -> HTMLResponse:
        return drawing.page(request, "erase.html")

    @router.post("/preferences/erase")
    async def erase(request: Request) -> HTMLResponse:
        visitor: Visitor = request.state.visitor
        if (await typed_in(request))["sure"] != "yes":
            problems = {"sure": N_("Cochez la case pour confirmer que vous voulez tout effacer.")}
            return drawing.page(request, "erase.html", status=422, problems=problems)
        try:
            await leaving.erase(site, visitor.person_id)
        except OwnerDown:
            return drawing.page(request, "erase.html", status=503, down=ANSWERS_TO_KEEP)
        visitor.session = None
        visitor.jar.drop("session")
        return drawing.page(request, "erased.html")

    return router


async def reasons_of(site: Site, shown: Sequence[Match]) -> dict[tuple[str, str], tuple[MetWord, ...]]:
    """The words behind each match; without the matcher the list is shown all the same."""
    asked = [ExplainPair(opportunity_id=match.opportunity.id, profile_id=match.profile_id) for match in shown]
    answers = await asyncio.gather(*(site.bus.ask(pair) for pair in asked), return_exceptions=True)
    words = {}
    for pair, answer in zip(asked, answers, strict=True):
        if isinstance(answer, OwnerDown):
            continue
        if isinstance(answer, BaseException):
            raise answer
        words[pair.profile_id, pair.opportunity_id] = words_met(answer.terms)
    return words
