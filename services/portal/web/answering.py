"""Answering an opportunity, from a mail or signed in: "not for us", or "interested" and the office calls back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.portal.domain.answer_form import MAX_NOTE, MAX_REACH, Said, read_answer
from services.portal.domain.labels import N_, VERDICTS
from services.portal.store.answers import Answer, Verdict
from services.portal.web.drawing import Drawing
from services.portal.web.forms import typed_in
from services.portal.web.guard import SeeOther
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.events import MatchJudged, OpportunityState
from shared.requests import ReadLink

NOT_OURS = N_("Ce lien n’est pas reconnu. Vérifiez que vous l’avez copié en entier.")
COME_BACK = N_(
    "Le service d’envoi est momentanément interrompu : nous ne pouvons pas lire ce lien. "
    "Il reste valable : ouvrez-le à nouveau dans un instant."
)
SEND_AGAIN = N_(
    "Le service d’envoi est momentanément interrompu : votre réponse n’est pas encore enregistrée. "
    "Ce que vous avez écrit est toujours là : envoyez-le à nouveau dans un instant."
)


@dataclass(frozen=True)
class About:
    """Who answers for whom, on what."""

    person_id: str
    organisation_id: str
    organisation: str
    opportunity: OpportunityState


@dataclass(frozen=True)
class Link:
    """What tells it: the token of a mail, or the two ids for somebody who is signed in."""

    token: str
    organisation_id: str
    opportunity_id: str

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Link":
        return cls(
            values.get("token", "")[:2000],
            values.get("organisation", "")[:200],
            values.get("opportunity", "")[:200],
        )

    @property
    def fields(self) -> dict[str, str]:
        """What a form or an address repeats of it."""
        if self.token:
            return {"token": self.token}
        return {"organisation": self.organisation_id, "opportunity": self.opportunity_id}

    def to(self, verdict: str) -> str:
        return f"/answer?{urlencode({**self.fields, 'verdict': verdict})}"


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    def draw(
        request: Request, link: Link, about: About | None, *, first: str, status: int = 200, **values: object
    ) -> HTMLResponse:
        order = sorted(VERDICTS, key=lambda verdict: verdict != first)
        shown = {"link": link, "about": about, "order": order, "problem": "", "MAX_NOTE": MAX_NOTE}
        return drawing.page(request, "answer.html", status=status, **{**shown, "MAX_REACH": MAX_REACH, **values})

    @router.get("/answer")
    async def show(request: Request) -> HTMLResponse:
        link, first = Link.read(request.query_params), request.query_params.get("verdict", "")
        try:
            about = await _about(site, request.state.visitor, link, first)
        except OwnerDown:
            return draw(request, link, None, first=first, status=503, down=COME_BACK)
        if about is None:
            return draw(request, link, None, first=first, status=422, problem=NOT_OURS)
        return draw(request, link, about, first=first)

    @router.post("/answer")
    async def answer(request: Request) -> HTMLResponse:
        typed = await typed_in(request)
        link, first = Link.read(typed.fields), typed["verdict"]
        try:
            about = await _about(site, request.state.visitor, link, first)
        except OwnerDown:
            return draw(request, link, None, first=first, status=503, down=SEND_AGAIN, typed=typed.fields)
        if about is None:
            return draw(request, link, None, first=first, status=422, problem=NOT_OURS)
        said, problems = read_answer(typed)
        if said is None:
            return draw(request, link, about, first=first, status=422, problems=problems, typed=typed.fields)
        await keep_and_tell(site, about, said)
        return drawing.page(request, "answered.html", link=link, about=about, verdict=said.verdict)

    return router


async def keep_and_tell(site: Site, about: About, said: Said) -> None:
    """One transaction; the same answer again is kept and told once."""
    verdict, now = cast(Verdict, said.verdict), site.now()
    opportunity_id = about.opportunity.id
    answer = Answer(about.organisation_id, opportunity_id, about.person_id, verdict, said.reason, said.note, said.reach)
    judged = MatchJudged.model_validate(
        {
            "happened_at": now,
            "opportunity_id": opportunity_id,
            "profile_id": about.organisation_id,
            "person_id": about.person_id,
            "verdict": verdict,
            "reason": said.reason,
        }
    )
    async with site.store.database.writing() as connection:
        if await site.store.answers.keep(connection, answer, now=now):
            await site.store.outbox.tell(connection, judged)


async def _about(site: Site, visitor: Visitor, link: Link, verdict: str) -> About | None:
    """Whom a link speaks for; None when it is not ours. Raises OwnerDown, and SeeOther for who must sign in first."""
    if link.token:
        meaning = await site.bus.ask(ReadLink(token=link.token))
        if meaning.refused is not None or meaning.purpose != "answer" or not meaning.person_id:
            return None
        known = (meaning.person_id, meaning.organisation_id or "", meaning.organisation_name)
        opportunity_id = meaning.opportunity_id or ""
    else:
        if not link.organisation_id or not link.opportunity_id:
            return None
        if not visitor.is_signed_in:
            raise SeeOther(f"/sign-in?next={quote(link.to(verdict))}")
        mine = {one.state.id: one.state.name for one in await site.store.organisations.of_person(visitor.person_id)}
        if link.organisation_id not in mine:
            return None
        known = (visitor.person_id, link.organisation_id, mine[link.organisation_id])
        opportunity_id = link.opportunity_id
    opportunity = await site.store.opportunities.one(opportunity_id)
    return About(*known, opportunity) if opportunity is not None else None
