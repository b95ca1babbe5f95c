"""One returned mail taken in: read, acted upon, told in the log; wherever it came from."""

import asyncio
import base64
import binascii
import hashlib
import logging
from dataclasses import dataclass

from services.notifier.desk import Desk
from services.notifier.domain.returned_mail import MAX_BYTES
from services.notifier.domain.returns import Returned, read_return, seen_of
from services.notifier.store.returns import Noted, Returns
from shared.requests import Reply, TakeReturn

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Taking:
    """Takes returned mails."""

    desk: Desk
    returns: Returns

    @classmethod
    def of(cls, desk: Desk) -> "Taking":
        return cls(desk, Returns(desk.database, desk.clock, desk.people, desk.calling_off))

    async def take(self, content: bytes) -> Noted:
        """Read one and carry out its effect; the same one again does nothing more."""
        returned, canary = await asyncio.to_thread(self._read, content)
        if canary is not None:
            noted = await self.returns.take_canary(canary, _id_of("canary", canary))
        elif returned.kind == "unreadable":
            await self.set_aside(content, returned.detail)
            return Noted("aside")
        else:
            noted = await self.returns.take(returned, _return_id(returned, content))
        _tell(noted, returned)
        return noted

    def _read(self, content: bytes) -> tuple[Returned, str | None]:
        settings = self.desk.settings
        canary = seen_of(content, mail_from=settings.mail_from, canary=settings.mail_canary or "")
        returned = read_return(
            content, secret=self.desk.secret, returns_to=settings.mail_returns_to, mail_from=settings.mail_from
        )
        return returned, canary if settings.mail_canary else None

    async def set_aside(self, content: bytes, detail: str) -> None:
        """Keep a trace of one that nobody here can read."""
        if await self.returns.set_aside(_id_of("bytes", hashlib.sha256(content).hexdigest()), detail):
            log.error("a returned mail cannot be read", extra={"cause": detail})

    async def take_return(self, request: TakeReturn) -> Reply:
        """The command of the HTTP hook."""
        try:
            content = base64.b64decode(request.content, validate=True)
        except (binascii.Error, ValueError):
            return Reply(refused="unknown")
        if len(content) > MAX_BYTES:
            return Reply(refused="too_large")
        noted = await self.take(content)
        return Reply(refused="unknown") if noted.outcome == "unknown" else Reply()


def _return_id(returned: Returned, content: bytes) -> str:
    """The same for one return handed over twice, even when a host on the way added a header."""
    about = returned.message_id or returned.claimed_id or ""
    own = returned.own_id or hashlib.sha256(content).hexdigest()
    return _id_of(about, returned.kind, own)


def _id_of(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()


def _tell(noted: Noted, returned: Returned) -> None:
    fields = {"message_id": noted.message_id, "outcome": noted.outcome, "status": returned.status}
    if noted.outcome in {"bounced", "complaint", "delayed"}:
        log.warning("a mail came back", extra=fields)
    elif noted.outcome == "canary":
        log.info("the canary arrived", extra=fields)
    elif noted.outcome == "unknown":
        log.info("a mail at the address of returns is about none of ours")
    if noted.keeps_coming_back:
        log.warning("mails to one recipient keep coming back", extra=fields)
