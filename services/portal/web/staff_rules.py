"""Staff tune the rules: a form, what a draft would gain and lose, publishing with a note, rolling back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain.labels import N_
from services.portal.domain.rules_form import RuleGroup, groups, read_rules, tied_to_fields, with_typed
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing
from services.portal.web.forms import typed_in
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import (
    AskRules,
    PreviewedPair,
    PreviewRules,
    PublishRules,
    RollBackRules,
    RulesInForce,
    RulesPreview,
)

MATCHER_DOWN = N_(
    "Le service de rapprochement est momentanément interrompu : les règles ne peuvent pas être affichées."
)
CHANGED_MEANWHILE = N_("D’autres règles ont été publiées entre-temps. Relisez celles-ci avant de publier.")
NOTE_MISSING = N_("Dites en quelques mots ce que vous changez et pourquoi.")
MAX_NOTE = 500


@dataclass(frozen=True)
class Example:
    """A pair that a draft gains or loses, in words."""

    opportunity_id: str
    title: str
    profile_id: str
    organisation: str
    score: float
    refused_by: str | None


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def draw(
        request: Request,
        in_force: RulesInForce,
        form: Sequence[RuleGroup],
        *,
        status: int = 200,
        **values: object,
    ) -> HTMLResponse:
        nothing = {"preview": None, "gained": (), "lost": (), "errors": (), "note": "", "base": in_force.version}
        page = {**nothing, **values}
        return drawing.page(request, "staff/rules.html", status=status, in_force=in_force, form=form, **page)

    async def draw_refused(
        request: Request, in_force: RulesInForce, form: Sequence[RuleGroup], sentences: Sequence[str], note: str
    ) -> HTMLResponse:
        problems, errors = tied_to_fields(sentences, form)
        return await draw(request, in_force, form, status=422, problems=problems, errors=errors, note=note)

    @router.get("/staff/rules")
    async def show(request: Request) -> HTMLResponse:
        try:
            in_force = await site.bus.ask(AskRules())
        except OwnerDown:
            return await draw(request, RulesInForce(), (), status=503, down=MATCHER_DOWN)
        notice = N_("Les règles sont publiées.") if "published" in request.query_params else ""
        return await draw(request, in_force, groups(in_force.rules), notice=notice)

    @router.post("/staff/rules/preview")
    async def preview(request: Request) -> HTMLResponse:
        typed = (await typed_in(request)).fields
        note = typed.get("note", "")
        try:
            in_force = await site.bus.ask(AskRules())
        except OwnerDown:
            return await draw(request, RulesInForce(), typed_only(typed), status=503, down=ANSWERS_TO_KEEP, note=note)
        form = with_typed(groups(in_force.rules), typed)
        draft, problems = read_rules(in_force.rules, typed)
        if problems:
            return await draw(request, in_force, form, status=422, problems=problems, note=note)
        try:
            effect: RulesPreview = await site.bus.ask(PreviewRules(rules=draft))
        except OwnerDown:
            return await draw(request, in_force, form, status=503, down=ANSWERS_TO_KEEP, note=note)
        if effect.refused or effect.errors:
            return await draw_refused(request, in_force, form, effect.errors, note)
        gained, lost = await examples(site, effect.gained_examples), await examples(site, effect.lost_examples)
        return await draw(request, in_force, form, preview=effect, gained=gained, lost=lost, note=note)

    @router.post("/staff/rules/publish")
    async def publish(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        typed = (await typed_in(request)).fields
        note = typed.get("note", "").strip()[:MAX_NOTE]
        try:
            in_force = await site.bus.ask(AskRules())
        except OwnerDown:
            return await draw(request, RulesInForce(), typed_only(typed), status=503, down=ANSWERS_TO_KEEP, note=note)
        form = with_typed(groups(in_force.rules), typed)
        draft, problems = read_rules(in_force.rules, typed)
        if not note:
            problems["note"] = NOTE_MISSING
        if typed.get("base") != str(in_force.version):
            problems["base"] = CHANGED_MEANWHILE
        if problems:
            return await draw(request, in_force, form, status=422, problems=problems, note=note)
        try:
            answer = await site.bus.ask(PublishRules(rules=draft, note=note, by=visitor.person_id))
        except OwnerDown:
            return await draw(request, in_force, form, status=503, down=ANSWERS_TO_KEEP, note=note)
        if answer.refused is not None:
            return await draw_refused(request, in_force, form, answer.errors, note)
        await site.store.staff.log(visitor.person_id, "published rules", f"{answer.version}: {note}", now=site.now())
        return RedirectResponse("/staff/rules?published=1", 303)

    @router.post("/staff/rules/roll-back")
    async def roll_back(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        version = (await typed_in(request))["version"]
        number = int(version) if version.isdecimal() and len(version) < 9 else 0
        try:
            answer = await site.bus.ask(RollBackRules(to_version=number, by=visitor.person_id))
            if answer.refused is not None:
                in_force = await site.bus.ask(AskRules())
                problems = {"version": N_("Cette version n’existe pas.")}
                return await draw(request, in_force, groups(in_force.rules), status=422, problems=problems)
        except OwnerDown:
            return await draw(request, RulesInForce(), (), status=503, down=ANSWERS_TO_KEEP)
        await site.store.staff.log(visitor.person_id, "rolled rules back", f"to {number}", now=site.now())
        return RedirectResponse("/staff/rules?published=1", 303)

    return router


def typed_only(typed: Mapping[str, str]) -> tuple[RuleGroup, ...]:
    """The form as far as it can be drawn without the rules in force, so that nothing typed is lost."""
    kept = {name: value for name, value in typed.items() if name not in ("note", "base")}
    return groups(kept)


async def examples(site: Site, pairs: Sequence[PreviewedPair]) -> tuple[Example, ...]:
    """Pairs with the titles and names the portal knows."""
    opportunities = await site.store.opportunities.several([pair.opportunity_id for pair in pairs])
    names = await site.store.matches.profile_names([pair.profile_id for pair in pairs])
    return tuple(
        Example(
            pair.opportunity_id,
            opportunities[pair.opportunity_id].title if pair.opportunity_id in opportunities else pair.opportunity_id,
            pair.profile_id,
            names.get(pair.profile_id, pair.profile_id),
            pair.score,
            pair.refused_by,
        )
        for pair in pairs
    )
