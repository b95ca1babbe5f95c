"""Every minute: the unread mails at the address of returns, one after the other, each marked after its commit."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import InterfaceError, OperationalError

from services.notifier.returns.imap import Imap
from services.notifier.returns.maildir import Maildir
from services.notifier.returns.taking import Taking
from services.notifier.settings import NotifierSettings
from shared.events import Tick

log = logging.getLogger(__name__)
MOST_A_MINUTE = 500


class Mailbox(Protocol):
    """Where returned mails arrive. Its methods block, and raise OSError when the place cannot be used."""

    name: str

    def open(self) -> None: ...
    def unread(self, most: int) -> list[str]: ...
    def read(self, key: str) -> bytes | None: ...
    def mark(self, key: str, *, aside: bool) -> None: ...
    def close(self) -> None: ...


def mailboxes_of(settings: NotifierSettings) -> tuple[Callable[[], Mailbox], ...]:
    """How to open each place that the settings name."""
    found: list[Callable[[], Mailbox]] = []
    if (folder := settings.returns_maildir) is not None:
        found.append(lambda: Maildir(folder))
    if (url := settings.returns_imap) is not None:
        found.append(lambda: Imap(url.get_secret_value()))
    return tuple(found)


@dataclass(frozen=True)
class Reading:
    """Reads the places one after the other; trouble with one is told and leaves the others alone."""

    taking: Taking
    places: tuple[Callable[[], Mailbox], ...]

    async def read_returns(self, tick: Tick) -> None:
        for place in self.places:
            mailbox = place()
            try:
                await asyncio.to_thread(mailbox.open)
                await self._read_all(mailbox)
            except OSError as error:
                cause = str(error) if type(error).__module__.startswith("services.") else type(error).__name__
                log.error("the mailbox of returns cannot be read", extra={"place": mailbox.name, "cause": cause})
            finally:
                await asyncio.to_thread(mailbox.close)

    async def _read_all(self, mailbox: Mailbox) -> None:
        for key in await asyncio.to_thread(mailbox.unread, MOST_A_MINUTE):
            content = await asyncio.to_thread(mailbox.read, key)
            if content is not None:
                aside = await self._is_set_aside(content)
                await asyncio.to_thread(mailbox.mark, key, aside=aside)

    async def _is_set_aside(self, content: bytes) -> bool:
        """Whether it is kept for a person to look at. A database that is away is not the mail's fault: it rises."""
        try:
            return (await self.taking.take(content)).outcome == "aside"
        except (OperationalError, InterfaceError, OSError):
            raise
        except Exception as error:
            log.exception("a returned mail could not be taken in")
            await self.taking.set_aside(content, type(error).__name__)
            return True
