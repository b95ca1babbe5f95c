"""What becomes of a mail that the relay did not take, and of the domain it goes to."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.notifier.domain.kinds import MAX_LOST_REPLIES
from services.notifier.domain.replies import judge_reply
from services.notifier.domain.retry import delay_after
from services.notifier.line import Mail
from services.notifier.mail.smtp import Refused, Unreachable
from services.notifier.store.pauses import Pauses, without_addresses
from services.notifier.store.queue import Holder
from services.notifier.store.records import Due
from services.notifier.store.unsent import Unsent
from shared.clock import Clock

log = logging.getLogger(__name__)


@dataclass
class Refusals:
    """Knows the paused domains as last looked at; `wake` is called when staff have mail."""

    unsent: Unsent
    pauses: Pauses
    clock: Clock
    wake: Callable[[], None]
    paused: dict[str, datetime] = field(default_factory=dict)

    async def look(self) -> None:
        """Learn which domains are paused."""
        self.paused = await self.pauses.current()

    def paused_until(self, due: Due) -> datetime | None:
        """When this mail's domain is tried again; None when it may be now. Login mails are always tried."""
        until = self.paused.get(due.domain)
        return until if until is not None and until > self.clock() and due.lane != "login" else None

    async def waits_for_domain(self, due: Due, holder: Holder) -> bool:
        """Put back a claimed mail whose domain was paused meanwhile."""
        until = self.paused_until(due)
        if until is None:
            return False
        await self.unsent.put_off([(due, until, "domain_paused")], holder)
        return True

    async def give_back(self, claimed: Sequence[Mail], holder: Holder) -> None:
        """Claimed and not begun: due at once, to whoever is first."""
        now = self.clock()
        await self.unsent.put_off([(mail.due, now, "released") for mail in claimed], holder)

    async def was_taken(self, due: Due) -> None:
        """A domain that takes our mail again is paused no longer."""
        until = self.paused.get(due.domain)
        if until is not None and until <= self.clock():
            await self.pauses.lift([due.domain])
            self.paused.pop(due.domain, None)

    async def is_about_relay(self, due: Due, error: Refused | Unreachable | TimeoutError, holder: Holder) -> bool:
        """Whether the relay takes no mail at all for now; then this one waits, and its attempt does not count."""
        if isinstance(error, Refused) and judge_reply(error.step, error.code, error.text) != "relay":
            return False
        fields = _fields(due, "relay", error)
        log.error("the relay takes no mail for now", extra=fields)
        await self.unsent.put_back(due, holder, at=self.clock(), reason="relay", counts=False, reply=_reply(error))
        return True

    async def refused(self, due: Due, error: Refused | Unreachable | TimeoutError, holder: Holder) -> None:
        """This mail was refused: for good, for its domain, or for now."""
        reply = _reply(error)
        verdict = judge_reply(error.step, error.code, error.text) if isinstance(error, Refused) else "retry"
        fields = _fields(due, verdict, error)
        if verdict == "address":
            log.warning("address refused for good", extra=fields)
            await self.unsent.commit_address_refused(due, holder, reply=reply)
            return
        if verdict == "policy":
            log.error("a domain refuses our mail", extra=fields)
            until = self.paused[due.domain] = await self.pauses.pause(due.domain, reply or "")
            self.wake()
            if due.lane != "login":
                await self.unsent.put_back(due, holder, at=until, reason="policy", counts=False, reply=reply)
                return
        else:
            log.warning("mail refused for now", extra=fields)
        delay = delay_after(due.attempts + 1, due.lane)
        if delay is None:
            reason = "expired" if verdict == "retry" else verdict
            await self.unsent.commit_end(due, holder, "failed", reason, reply=reply)
        else:
            await self.unsent.put_back(due, holder, at=self.clock() + delay, reason=verdict, reply=reply)

    async def lost_reply(self, due: Due, holder: Holder) -> None:
        """After the dot, no answer: it may have been taken. One more copy, the same to the byte, then no more."""
        fields = {"message_id": due.id, "kind": due.kind}
        if due.lost_replies + 1 >= MAX_LOST_REPLIES:
            await self.unsent.commit_end(due, holder, "failed", "uncertain")
            log.error("reply lost twice after the final dot", extra=fields)
            return
        delay = delay_after(due.attempts + 1, due.lane) or timedelta(hours=1)
        await self.unsent.put_back(due, holder, at=self.clock() + delay, reason="lost_reply", lost_reply=True)
        log.warning("reply lost after the final dot", extra=fields)


def _reply(error: Refused | Unreachable | TimeoutError) -> str | None:
    return without_addresses(f"{error.code} {error.text}") if isinstance(error, Refused) else None


def _fields(due: Due, verdict: str, error: Refused | Unreachable | TimeoutError) -> dict[str, str]:
    fields = {"message_id": due.id, "kind": due.kind, "verdict": verdict}
    if isinstance(error, Refused):
        return fields | {"step": error.step, "code": str(error.code)}
    return fields | {"cause": str(error) or type(error).__name__}
