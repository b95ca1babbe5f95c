"""The deadlines of an opportunity, to add to one's own calendar."""

from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.portal.domain.agenda import Said, agenda, deadlines_of
from services.portal.domain.labels import N_
from services.portal.domain.words import clean_line
from services.portal.web.drawing import Drawing, texts
from services.portal.web.site import Site
from shared.events import OpportunityState

DEADLINE, STAGE, CANCELLED = N_("Date limite"), N_("étape"), N_("Annulé")
KEPT_S = 300


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    @router.get("/opportunities/{opportunity_id}/deadline.ics")
    async def deadline(request: Request, opportunity_id: str) -> Response:
        found = await site.store.opportunities.one_with_version(opportunity_id[:200])
        if found is None or not deadlines_of(found[0]):
            raise HTTPException(404)
        opportunity, version = found
        content = agenda(
            opportunity,
            version=version,
            url=f"{site.common.public_url.rstrip('/')}/opportunities/{quote(opportunity.id, safe='')}",
            host=urlsplit(site.common.public_url).hostname or "passerelle",
            said=_said(opportunity, request.state.visitor.language),
            now=site.now(),
        )
        headers = {
            "Content-Disposition": 'attachment; filename="passerelle.ics"',
            "Cache-Control": f"private, max-age={KEPT_S}",
        }
        return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)

    return router


def _said(opportunity: OpportunityState, language: str) -> Said:
    _ = texts(language).gettext
    title = (opportunity.title_fr if language == "fr" else None) or opportunity.title
    return Said(clean_line(title), _(DEADLINE), _(STAGE), _(CANCELLED))
