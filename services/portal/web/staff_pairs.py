"""Staff choose an organisation and an opportunity, and see the whole of why one is proposed to the other or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.portal.domain.labels import N_
from services.portal.store.matches import KnownProfile
from services.portal.web.drawing import Drawing
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from services.portal.web.why import Why, explained
from shared.bus import OwnerDown
from shared.events import OpportunityState
from shared.requests import ExplainPair

MATCHER_DOWN = N_(
    "Le service de rapprochement est momentanément interrompu : les raisons ne peuvent pas être affichées."
)
MAX_TYPED = 300
CHOICES_SHOWN = 10

T = TypeVar("T", KnownProfile, OpportunityState)


@dataclass(frozen=True)
class Choice(Generic[T]):
    """One side of the pair: what was typed, the one meant, or those to choose from (one more than shown)."""

    typed: str
    chosen: T | None
    among: tuple[T, ...]

    @property
    def shown(self) -> tuple[T, ...]:
        return self.among[:CHOICES_SHOWN]

    @property
    def has_more(self) -> bool:
        return len(self.among) > CHOICES_SHOWN

    @property
    def found_nothing(self) -> bool:
        return bool(self.typed) and self.chosen is None and not self.among


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def explain(profile: KnownProfile, opportunity: OpportunityState, visitor: Visitor) -> Why:
        """Raises OwnerDown."""
        answer = await site.bus.ask(ExplainPair(opportunity_id=opportunity.id, profile_id=profile.id))
        return explained(
            answer,
            opportunity,
            name=profile.name,
            kind=profile.kind,
            rules=await site.store.rule_sets.in_force(),
            now=site.now(),
            say=drawing.speech(visitor.language),
        )

    @router.get("/staff/pairs")
    async def pairs(request: Request) -> HTMLResponse:
        organisation = await _organisation(site, _typed(request, "organisation"))
        opportunity = await _opportunity(site, _typed(request, "opportunity"))
        why, status, down = None, 200, ""
        if organisation.chosen is not None and opportunity.chosen is not None:
            try:
                why = await explain(organisation.chosen, opportunity.chosen, request.state.visitor)
            except OwnerDown:
                status, down = 503, MATCHER_DOWN
        values = {"organisation": organisation, "opportunity": opportunity, "why": why, "down": down}
        return drawing.page(request, "staff/pairs.html", status=status, **values)

    return router


def _typed(request: Request, name: str) -> str:
    return request.query_params.get(name, "").strip()[:MAX_TYPED]


async def _organisation(site: Site, typed: str) -> Choice[KnownProfile]:
    """The organisation of that id, or those whose name holds every word."""
    one = await site.store.matches.profile(typed) if typed else None
    return _choice(typed, one, await site.store.matches.profiles_named(typed, limit=CHOICES_SHOWN + 1))


async def _opportunity(site: Site, typed: str) -> Choice[OpportunityState]:
    """The opportunity of that id, or those that hold every word, open ones first."""
    one = await site.store.opportunities.one(typed) if typed else None
    return _choice(typed, one, await site.store.opportunities.holding(typed, limit=CHOICES_SHOWN + 1))


def _choice(typed: str, one: T | None, found: Sequence[T]) -> Choice[T]:
    if one is None and len(found) == 1:
        one = found[0]
    return Choice(typed, one, () if one is not None else tuple(found))
