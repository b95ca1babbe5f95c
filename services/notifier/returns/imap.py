"""Returned mails in a mailbox that speaks IMAP: the unread ones, marked as seen once their effect is committed."""

import imaplib
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from services.notifier.domain.returned_mail import MAX_BYTES

TIMEOUT_S = 30
Ask = Callable[[], tuple[str, list[Any]]]
_UID = re.compile(rb"^\d+$")


class MailboxRefused(OSError):
    """The server answered something other than OK; what it was asked is in the message, never the password."""


@dataclass
class Imap:
    """One connection, over TLS from its first byte. Each method blocks: call it in a thread."""

    url: str = field(repr=False)
    tls: ssl.SSLContext | None = None
    name: str = "imap"
    _server: imaplib.IMAP4_SSL | None = field(default=None, repr=False)

    def open(self) -> None:
        """Connect, sign in, select the folder. Raises OSError."""
        parts = urlsplit(self.url)
        context = self.tls or ssl.create_default_context()
        server = imaplib.IMAP4_SSL(parts.hostname or "", parts.port or 993, ssl_context=context, timeout=TIMEOUT_S)
        self._server = server
        self._asked("LOGIN", lambda: server.login(unquote(parts.username or ""), unquote(parts.password or "")))
        folder = unquote(parts.path.strip("/")) or "INBOX"
        quoted = folder.replace("\\", "\\\\").replace('"', '\\"')
        self._asked("SELECT", lambda: server.select(f'"{quoted}"'))

    def unread(self, most: int) -> list[str]:
        found = self._uid("SEARCH", "UNSEEN")
        ids = [uid for line in found if isinstance(line, bytes) for uid in line.split() if _UID.match(uid)]
        return [uid.decode() for uid in ids[:most]]

    def read(self, key: str) -> bytes | None:
        """Its bytes without marking it, as many as are looked at; None when it is gone."""
        for line in self._uid("FETCH", key, f"(BODY.PEEK[]<0.{MAX_BYTES}>)"):
            if isinstance(line, tuple):
                return bytes(line[1])
        return None

    def mark(self, key: str, *, aside: bool) -> None:
        """Seen; flagged too when it is kept aside for a person to look at."""
        self._uid("STORE", key, "+FLAGS.SILENT", r"(\Seen \Flagged)" if aside else r"(\Seen)")

    def close(self) -> None:
        if self._server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                self._server.logout()
        self._server = None

    def _uid(self, command: str, *words: str) -> list[object]:
        server = self._server
        if server is None:
            raise MailboxRefused("not open")
        return self._asked(command, lambda: server.uid(command, *words))

    def _asked(self, command: str, ask: Ask) -> list[object]:
        try:
            outcome, lines = ask()
        except imaplib.IMAP4.error as error:
            raise MailboxRefused(f"{command} refused") from error
        if outcome != "OK":
            raise MailboxRefused(f"{command}: {outcome}")
        return list(lines)
