"""The built-in mailbox: an SMTP server on loopback that keeps every mail in a Maildir and sends none outside."""

import asyncio
import mailbox
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

MAX_MAIL_BYTES = 5_000_000


class _Keeper:
    """Keeps each mail on disk before it says 250."""

    def __init__(self, folder: Path) -> None:
        self.maildir = mailbox.Maildir(folder, create=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        mail = mailbox.MaildirMessage(envelope.content)
        mail["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        await asyncio.to_thread(self.maildir.add, mail)
        return "250 2.0.0 kept in the built-in mailbox"


@asynccontextmanager
async def built_in_mailbox(folder: Path, *, port: int = 0) -> AsyncIterator[str]:
    """Serve the mailbox on loopback, on a free port when none is named; yields its smtp:// URL."""
    keeper = _Keeper(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, data_size_limit=MAX_MAIL_BYTES, loop=loop), "127.0.0.1", port
    )
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
