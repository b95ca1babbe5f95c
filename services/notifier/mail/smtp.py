"""One connection to the relay, driven command by command, so that the final dot is a step of its own."""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib.protocol import normalize_message_line_endings

from services.notifier.domain.replies import Step

COMMAND_TIMEOUT_S = 12
DOT_TIMEOUT_S = 600  # RFC 5321, 4.5.3.2.6


class Refused(Exception):
    """The relay answered a step with something other than success."""

    def __init__(self, step: Step, code: int, text: str) -> None:
        super().__init__(f"{step}: {code} {text}")
        self.step = step
        self.code = code
        self.text = text


class Unreachable(Exception):
    """No relay there, or it hung up before the final dot: nothing was accepted."""


class LostReply(Exception):
    """The connection broke after the final dot: the relay may or may not have taken the mail."""


@dataclass(frozen=True)
class Relay:
    """Where mails are handed over: `smtp://host:port`, `smtps://`, with `user:password@` if need be."""

    host: str
    port: int
    uses_tls: bool
    username: str | None = None
    password: str | None = None

    @classmethod
    def parse(cls, url: str) -> "Relay":
        """Read a URL. Raises ValueError when it is not one of a relay; the message does not repeat its password."""
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("a relay's URL begins with smtp:// or smtps:// and names a host")
        uses_tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if uses_tls else 25),
            uses_tls=uses_tls,
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    @property
    def must_start_tls(self) -> bool:
        """A password never travels in clear, even when somebody hides that the relay can do better."""
        return self.username is not None and not self.uses_tls


class SmtpSession:
    """A connection that is opened when needed and kept for the next mail."""

    def __init__(self, relay: Relay, *, hostname: str) -> None:
        self.relay = relay
        self.hostname = hostname
        self._smtp: aiosmtplib.SMTP | None = None

    async def connect(self) -> None:
        """CONNECT, EHLO, STARTTLS where offered, LOGIN; nothing when the connection still stands."""
        if self._smtp is not None and self._smtp.is_connected:
            return
        smtp = aiosmtplib.SMTP(
            hostname=self.relay.host,
            port=self.relay.port,
            use_tls=self.relay.uses_tls,
            start_tls=self.relay.must_start_tls or None,
            username=self.relay.username,
            password=self.relay.password,
            local_hostname=self.hostname,
            timeout=COMMAND_TIMEOUT_S,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
        except aiosmtplib.SMTPResponseException as error:
            smtp.close()
            raise Refused("connect", error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            smtp.close()
            raise Unreachable(type(error.__cause__ or error).__name__) from error
        self._smtp = smtp

    async def mail(self, sender: str) -> None:
        """MAIL FROM. A connection the relay had closed meanwhile is opened again once."""
        try:
            await self._command("mail", b"MAIL", b"FROM:<" + sender.encode("ascii") + b">")
        except Unreachable:
            await self.connect()
            await self._command("mail", b"MAIL", b"FROM:<" + sender.encode("ascii") + b">")

    async def rcpt(self, recipient: str) -> None:
        """RCPT TO, always one."""
        await self._command("rcpt", b"RCPT", b"TO:<" + recipient.encode("utf-8") + b">")

    async def body(self, content: bytes) -> None:
        """DATA and the whole mail, without the dot that ends it."""
        await self._command("data", b"DATA", accepts=354)
        smtp = self._connected()
        wire = _with_dots(content)
        if smtp.protocol is None:
            raise Unreachable("closed")
        try:
            smtp.protocol.write(wire)
        except aiosmtplib.SMTPException as error:
            self.abort()
            raise Unreachable(type(error).__name__) from error

    async def final_dot(self) -> str:
        """The dot. Returns the relay's word of acceptance.

        Raises Unreachable when the dot could not leave, Refused when the relay said no, LostReply when it said nothing.
        """
        smtp = self._connected()
        try:
            reply = await smtp.execute_command(b".", timeout=DOT_TIMEOUT_S)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.abort()
            raise LostReply(type(error).__name__) from error
        if reply.code != 250:
            raise Refused("dot", reply.code, reply.message)
        return reply.message

    async def reset(self) -> None:
        """Forget a mail that was refused before its body; a connection that does not obey is dropped."""
        try:
            await self._command("mail", b"RSET")
        except (Refused, Unreachable):
            self.abort()

    def abort(self) -> None:
        """Drop the connection: a body without its dot is never taken by the relay."""
        if self._smtp is not None:
            transport = self._smtp.transport
            if isinstance(transport, asyncio.Transport):
                transport.abort()
            self._smtp.close()
        self._smtp = None

    async def close(self) -> None:
        """Leave politely."""
        if self._smtp is not None and self._smtp.is_connected:
            try:
                await self._smtp.quit(timeout=2)
            except (aiosmtplib.SMTPException, OSError):
                self.abort()
        self._smtp = None

    def _connected(self) -> aiosmtplib.SMTP:
        if self._smtp is None or not self._smtp.is_connected:
            self._smtp = None
            raise Unreachable("closed")
        return self._smtp

    async def _command(self, step: Step, *words: bytes, accepts: int = 250) -> None:
        smtp = self._connected()
        try:
            reply = await smtp.execute_command(*words)
        except aiosmtplib.SMTPResponseException as error:
            self.abort()
            raise Unreachable(str(error.code)) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self.abort()
            raise Unreachable(type(error).__name__) from error
        if reply.code != accepts and not (step == "rcpt" and reply.code == 251):
            raise Refused(step, reply.code, reply.message)


def _with_dots(content: bytes) -> bytes:
    """The mail as DATA takes it: lines end in CRLF, those that begin with a dot have one more."""
    if content.count(b"\n") != content.count(b"\r\n") or not content.endswith(b"\r\n"):
        content = normalize_message_line_endings(content)
    stuffed = content.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
