"""A small relay on loopback that notes what it is told, and answers as a test wishes."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

DISCONNECT = "disconnect"


@dataclass(frozen=True)
class Taken:
    """A mail the relay accepted."""

    sender: str
    recipient: str
    content: bytes

    @property
    def mail(self) -> EmailMessage:
        found = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def opportunities(self) -> set[str]:
        """Ids of the opportunities that the text part links to."""
        return set(re.findall(r"/opportunities/([\w.-]+)", self.text))

    @property
    def text(self) -> str:
        """The text part, its no-break spaces made plain."""
        part = self.mail.get_body(("plain",))
        assert part is not None
        return str(part.get_content()).translate({0x202F: " ", 0xA0: " "})


@dataclass
class Sink:
    """`answers` holds replies to come, by step; each is used once. `at_dot` runs when the dot has arrived."""

    url: str = ""
    taken: list[Taken] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    at_rcpt: Callable[[], Any] | None = None

    def _answer(self, step: str) -> str | None:
        self.phases.append(step)
        waiting = self.answers.get(step)
        return waiting.pop(0) if waiting else None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._answer("mail")
        if answer is None:
            envelope.mail_from = address
        return answer or "250 ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_rcpt is not None:
            await self.at_rcpt()
        answer = self._answer("rcpt")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self._answer("dot")
        if answer == "lost":  # taken, but the sender never hears of it
            self._take(envelope)
            server.transport.abort()
            return "250 unheard"
        if answer == DISCONNECT:
            server.transport.abort()
            return "451 unheard"
        if answer is not None:
            return answer
        self._take(envelope)
        return "250 taken"

    def _take(self, envelope: Envelope) -> None:
        assert isinstance(envelope.original_content, bytes)
        self.taken.append(Taken(str(envelope.mail_from), envelope.rcpt_tos[0], envelope.original_content))


@asynccontextmanager
async def running_sink(tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Sink]:
    """A relay in this loop; with `tls`, one that speaks nothing else. `options` are aiosmtpd's."""
    sink = Sink()
    loop = asyncio.get_running_loop()
    protocols: list[SMTP] = []

    def connected() -> SMTP:
        protocols.append(SMTP(sink, enable_SMTPUTF8=False, hostname="relay.example", loop=loop, **options))
        return protocols[-1]

    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=tls)
    sink.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield sink
    finally:
        server.close()
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.abort()
        await asyncio.sleep(0)
