"""The built-in mailbox at /boite: every mail, as it was sent. On loopback only, never beside a real relay."""

import asyncio
import mailbox
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import DateHeader
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.portal.web.drawing import Drawing
from services.portal.web.site import Site
from services.portal.web.visitor import is_loopback

MAX_SHOWN = 200
HTML_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


@dataclass(frozen=True)
class Mail:
    """One mail of the mailbox."""

    key: str
    subject: str
    sender: str
    recipient: str
    written_at: datetime | None
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()
    folder = site.common.home / "mailbox"

    def must_be_allowed(request: Request) -> None:
        """To anybody elsewhere there is no such page."""
        if not site.common.uses_built_in_mailbox or not is_loopback(request.state.visitor.address):
            raise HTTPException(404)

    async def one(key: str) -> Mail:
        found = await asyncio.to_thread(read_mail, folder, key)
        if found is None:
            raise HTTPException(404)
        return found

    @router.get("/boite")
    async def show_all(request: Request) -> HTMLResponse:
        must_be_allowed(request)
        mails = await asyncio.to_thread(read_mails, folder)
        return drawing.page(request, "mailbox.html", mails=mails)

    @router.get("/boite/{key}")
    async def show(request: Request, key: str) -> HTMLResponse:
        must_be_allowed(request)
        return drawing.page(request, "mail.html", mail=await one(key))

    @router.get("/boite/{key}/html")
    async def show_html(request: Request, key: str) -> HTMLResponse:
        must_be_allowed(request)
        html = '<base target="_top">' + (await one(key)).html
        return HTMLResponse(html, headers={"Content-Security-Policy": HTML_POLICY})

    return router


def read_mails(folder: Path) -> list[Mail]:
    """The latest mails, newest first."""
    if not folder.is_dir():
        return []
    box = mailbox.Maildir(folder, create=True)
    newest = sorted(box.iterkeys(), key=lambda key: float(box.get_message(key).get_date()), reverse=True)
    mails = [read_mail(folder, key) for key in newest[:MAX_SHOWN]]
    return [mail for mail in mails if mail is not None]


def read_mail(folder: Path, key: str) -> Mail | None:
    """One mail, or None when there is none of that key."""
    if not folder.is_dir():
        return None
    box = mailbox.Maildir(folder, create=True)
    if key not in box:
        return None
    message = BytesParser(policy=policy.default).parsebytes(box.get_bytes(key))
    return Mail(
        key=key,
        subject=str(message["Subject"] or ""),
        sender=str(message["From"] or ""),
        recipient=str(message["X-Envelope-To"] or message["To"] or ""),
        written_at=_written_at(message),
        headers=tuple((name, str(value)) for name, value in message.items()),
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _written_at(message: EmailMessage) -> datetime | None:
    header = message["Date"]
    written = header.datetime if isinstance(header, DateHeader) else None
    return written if written is not None and written.tzinfo is not None else None


def _part(message: EmailMessage, kind: str) -> str:
    body = message.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body is not None else ""
