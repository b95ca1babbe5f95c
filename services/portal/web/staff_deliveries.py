"""Staff watch the mails: by day and state, what is paused, whether the counts balance; and what became of one."""

import re
from base64 import b64decode
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.portal.domain import mail_words
from services.portal.domain.labels import DELIVERY_STATUSES, N_
from services.portal.web import plots
from services.portal.web.declare import ANSWERS_TO_KEEP
from services.portal.web.drawing import Drawing, parse_day, texts
from services.portal.web.forms import page_number, typed_in
from services.portal.web.site import Site
from services.portal.web.visitor import Visitor
from shared.bus import OwnerDown
from shared.requests import (
    AskDeliveries,
    AskMailBytes,
    AskReconciliation,
    Deliveries,
    Delivery,
    Reconciliation,
    ReleaseDomain,
    ReplayMail,
)

PAGE_SIZE = 50
DOWN = N_("Le service d’envoi est momentanément interrompu : les envois ne peuvent pas être affichés.")
BALANCE_DOWN = N_("Le rapprochement des comptes n’a pas répondu à temps : rechargez la page dans un instant.")
NOT_PAUSED = N_("Ce domaine n’est pas en pause.")
NOTICES = {
    "released": N_("Les messages qui attendaient ce domaine partent maintenant."),
    "replayed": N_("Le message est prévu de nouveau. Il part dans un instant, si la personne le veut encore."),
}


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed to, as the address of the page says it."""

    status: str
    kind: str
    day: str

    @classmethod
    def of(cls, request: Request) -> "Wanted":
        query = request.query_params
        status, kind, day = query.get("status", ""), query.get("kind", ""), parse_day(query.get("day", ""))
        return cls(
            status=status if status in DELIVERY_STATUSES else "",
            kind=kind if kind in mail_words.KINDS else "",
            day=day.isoformat() if day else "",
        )

    @property
    def is_everything(self) -> bool:
        return not (self.status or self.kind or self.day)

    def query(self, page: int) -> AskDeliveries:
        asked = {"status": self.status or None, "kind": self.kind or None, "day": self.day or None}
        return AskDeliveries.model_validate({**asked, "limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE})

    def link(self, **changes: str) -> str:
        """This list with something changed; ready for more to be added."""
        kept = {"status": self.status, "kind": self.kind, "day": self.day, **changes}
        named = {name: value for name, value in kept.items() if value}
        return f"/staff/deliveries?{urlencode(named)}" + ("&" if named else "")


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    async def draw_list(request: Request, *, status: int = 200, **values: object) -> HTMLResponse:
        wanted, page = Wanted.of(request), page_number(request)
        found, balance = Deliveries(), None
        try:
            found = await site.bus.ask(wanted.query(page))
        except OwnerDown:
            status, values = 503, {"down": DOWN, **values}
        else:
            if wanted.is_everything and page == 1:
                balance = await ask_balance()
        total = found.by_status.get(wanted.status, 0) if wanted.status else sum(found.by_status.values())
        shown = {"found": found, "balance": balance, "wanted": wanted, "page": page, "problem": "", **values}
        more = {"pages": max(1, -(-total // PAGE_SIZE)), "words": mail_words, "in_state": plots.mails_in}
        return drawing.page(request, "staff/deliveries.html", status=status, **more, **shown)

    async def ask_balance() -> Reconciliation | str:
        """The counts, or a sentence: they take longer than a page when there are millions."""
        try:
            counted: Reconciliation = await site.bus.ask(AskReconciliation())
        except OwnerDown:
            return BALANCE_DOWN
        return counted

    async def one(message_id: str) -> Delivery:
        """Raises OwnerDown, and HTTPException when there is none of that id."""
        found: Deliveries = await site.bus.ask(AskDeliveries(message_id=message_id[:64], limit=1))
        if not found.deliveries:
            raise HTTPException(404)
        return found.deliveries[0]

    async def draw_one(request: Request, message_id: str, *, status: int = 200, **values: object) -> HTMLResponse:
        shown = {"mail": await one(message_id), "words": mail_words, "problem": "", "text": None, **values}
        return drawing.page(request, "staff/delivery.html", status=status, **shown)

    async def content_of(request: Request, message_id: str) -> bytes | str:
        """The bytes, or why they cannot be had; each look is written down."""
        visitor: Visitor = request.state.visitor
        answer = await site.bus.ask(AskMailBytes(message_id=message_id[:64]))
        if answer.refused is not None:
            return mail_words.REFUSED.get(answer.refused, mail_words.REFUSED["unknown"])
        await site.store.staff.log(visitor.person_id, "read a mail", message_id[:64], now=site.now())
        return b64decode(answer.content)

    @router.get("/staff/deliveries")
    async def deliveries(request: Request) -> HTMLResponse:
        return await draw_list(request, notice=NOTICES.get(request.query_params.get("done", ""), ""))

    @router.get("/staff/deliveries/days.svg")
    async def days(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        found = await site.bus.ask(AskDeliveries(limit=1))
        say = {state: texts(visitor.language).gettext(label) for state, label in mail_words.PLOTTED.items()}
        drawn = await run_in_threadpool(plots.mails, found.days, say)
        return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=60"})

    @router.post("/staff/deliveries/release")
    async def release(request: Request) -> Response:
        visitor: Visitor = request.state.visitor
        domain = (await typed_in(request))["domain"][:255]
        try:
            answer = await site.bus.ask(ReleaseDomain(domain=domain))
        except OwnerDown:
            return await draw_list(request, status=503, down=ANSWERS_TO_KEEP)
        if answer.refused is not None:
            return await draw_list(request, status=422, problem=NOT_PAUSED)
        await site.store.staff.log(visitor.person_id, "released a domain", domain, now=site.now())
        return RedirectResponse("/staff/deliveries?done=released", 303)

    @router.get("/staff/deliveries/{message_id}")
    async def delivery(request: Request, message_id: str) -> HTMLResponse:
        notice = NOTICES.get(request.query_params.get("done", ""), "")
        return await draw_one(request, message_id, notice=notice)

    @router.get("/staff/deliveries/{message_id}/text")
    async def text(request: Request, message_id: str) -> HTMLResponse:
        content = await content_of(request, message_id)
        if isinstance(content, str):
            return await draw_one(request, message_id, status=404, problem=content)
        return await draw_one(request, message_id, text=read_text(content))

    @router.get("/staff/deliveries/{message_id}/mail.eml")
    async def mail_file(request: Request, message_id: str) -> Response:
        content = await content_of(request, message_id)
        if isinstance(content, str):
            return await draw_one(request, message_id, status=404, problem=content)
        name = re.sub(r"[^0-9a-zA-Z-]", "", message_id)[:64]
        headers = {"Content-Disposition": f'attachment; filename="{name}.eml"', "Cache-Control": "no-store"}
        return Response(content, media_type="message/rfc822", headers=headers)

    @router.post("/staff/deliveries/{message_id}/replay")
    async def replay(request: Request, message_id: str) -> Response:
        visitor: Visitor = request.state.visitor
        answer = await site.bus.ask(ReplayMail(message_id=message_id[:64]))
        if answer.refused is not None:
            problem = mail_words.REFUSED.get(answer.refused, mail_words.REFUSED["unknown"])
            return await draw_one(request, message_id, status=422, problem=problem)
        await site.store.staff.log(visitor.person_id, "replayed a mail", message_id[:64], now=site.now())
        return RedirectResponse(f"/staff/deliveries/{message_id}?done=replayed", 303)

    return router


@dataclass(frozen=True)
class ReadMail:
    """A mail's subject and text part."""

    subject: str
    text: str


def read_text(content: bytes) -> ReadMail:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    body = message.get_body(preferencelist=("plain",))
    return ReadMail(str(message["Subject"] or ""), str(body.get_content()) if body is not None else "")
