"""Carries out the help asked for on the declaration form, and shows how far the reading of a website is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter
from limits import parse
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.portal.domain.declaration import Typed
from services.portal.domain.helps import (
    COMPANY_REFUSED,
    DRAFT_REFUSED,
    NUMBER_ASKED,
    SITE_ASKED,
    Help,
    with_company,
    with_draft,
)
from services.portal.domain.labels import N_
from services.portal.web.drawing import Drawing
from services.portal.web.site import PER_ADDRESS, Site
from shared.bus import OwnerDown
from shared.events import OrganisationKind
from shared.requests import AskDraft, CompanyFound, Draft, LookUpCompany, StartDraft

READINGS_PER_ADDRESS = parse("6/10 minutes")
READINGS_PER_SITE = parse("10/hour")
REFRESH_S = 2
FRAME_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
HELP_AWAY = N_("Cette aide est momentanément interrompue. Remplissez les champs vous-même, ou réessayez plus tard.")
TAKEN = N_("Le brouillon est dans la zone de texte, plus bas. Relisez-le avant d’envoyer.")
_DRAFT_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Helped:
    """The form after a help, with what to say of it; `found` is the directory's answer, `filled` what it filled.

    Status 429: asked too often.
    """

    typed: Typed
    problems: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    down: str = ""
    found: CompanyFound | None = None
    filled: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    notice: str = ""


async def help_with(
    site: Site, help_: Help, typed: Typed, *, kinds: Sequence[OrganisationKind], address: str
) -> Helped:
    """The form as a help leaves it; nothing is stored. An owner that is away is a sentence."""
    try:
        if help_ == "company":
            return await _company(site, typed, kinds, address)
        return await (_start(site, typed, address) if help_ == "website" else _take(site, typed))
    except OwnerDown:
        return Helped(typed, status=503, down=HELP_AWAY)


async def _company(site: Site, typed: Typed, kinds: Sequence[OrganisationKind], address: str) -> Helped:
    number = typed["siren"].strip()
    if not number:
        return Helped(typed, {"siren": NUMBER_ASKED}, 422)
    if not site.limits.allow(PER_ADDRESS, "company", address):
        return Helped(typed, status=429)
    found: CompanyFound = await site.bus.ask(LookUpCompany(number=number[:100]))
    if found.refused is not None:
        return Helped(typed, {"siren": COMPANY_REFUSED.get(found.refused, HELP_AWAY)}, 422)
    filled = with_company(typed, found, kinds)
    return Helped(filled.typed, found=found, filled=filled.names, remarks=filled.remarks)


async def _start(site: Site, typed: Typed, address: str) -> Helped:
    url = typed["website"].strip()
    if not url:
        return Helped(typed, {"website": SITE_ASKED}, 422)
    host = url.split("://")[-1].split("/")[0].casefold()[:300]
    if not (
        site.limits.allow(READINGS_PER_ADDRESS, "website", address)
        and site.limits.allow(READINGS_PER_SITE, "website", host)
    ):
        return Helped(typed, status=429)
    started = await site.bus.ask(StartDraft(url=url[:3000]))
    if started.refused is not None:
        return Helped(typed, {"website": DRAFT_REFUSED.get(started.refused, HELP_AWAY)}, 422)
    return Helped(Typed({**typed.fields, "draft": started.id}, typed.themes))


async def _take(site: Site, typed: Typed) -> Helped:
    draft = await draft_of(site, typed["draft"])
    code = draft.refused or draft.problem or (None if draft.state == "ready" else draft.state)
    if code is None:
        return Helped(with_draft(typed, draft), notice=TAKEN)
    if code == "pending":
        return Helped(typed, {"website": DRAFT_REFUSED[code]}, 409)
    gone = Typed({**typed.fields, "draft": ""}, typed.themes)
    return Helped(gone, {"website": DRAFT_REFUSED.get(code, HELP_AWAY)}, 422)


async def draft_of(site: Site, draft_id: str) -> Draft:
    """A draft as it stands. Raises OwnerDown."""
    if not _DRAFT_ID.fullmatch(draft_id):
        return Draft(refused="unknown")
    draft: Draft = await site.bus.ask(AskDraft(id=draft_id))
    return draft


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    @router.get("/declare/draft/{draft_id}")
    async def show_progress(request: Request, draft_id: str) -> HTMLResponse:
        """A frame inside the form: it asks for itself again until the reading has ended."""
        down = ""
        draft = Draft()
        try:
            draft = await draft_of(site, draft_id)
        except OwnerDown:
            down = HELP_AWAY
        code = draft.refused or draft.problem
        sentence = DRAFT_REFUSED.get(code, HELP_AWAY) if code else ""
        page = drawing.page(request, "draft_frame.html", draft=draft, sentence=sentence, down=down)
        page.headers["Content-Security-Policy"] = FRAME_POLICY
        if draft.state == "pending" and not code:
            page.headers["Refresh"] = str(REFRESH_S)
        return page

    return router
