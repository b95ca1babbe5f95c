"""The next mails of a lane: read together, those that must not leave now set aside, the others written."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.notifier.domain.addresses import is_allowed
from services.notifier.domain.kinds import Lane
from services.notifier.domain.pace import Pace
from services.notifier.domain.retry import delay_after, is_expired
from services.notifier.line import Mail
from services.notifier.refusals import Refusals
from services.notifier.store.queue import Holder, Queue
from services.notifier.store.records import Due
from services.notifier.store.unsent import Unsent
from services.notifier.writing import Draft, Unwritable, Writer
from shared.clock import Clock

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Preparing:
    """Everything up to the claim."""

    queue: Queue
    unsent: Unsent
    writer: Writer
    refusals: Refusals
    pace: Pace
    clock: Clock
    allow: str | None

    async def next_mails(self, lane: Lane, holder: Holder, *, size: int, besides: Collection[str]) -> list[Mail] | None:
        """Mails that are written and may leave; None when none is due."""
        due = await self.queue.due(lane, holder, limit=size, besides=besides)
        if not due:
            return None
        await self.refusals.look()
        wanted = await self._sifted(due, holder)
        mails = []
        for each, draft in zip(wanted, await self.writer.write(wanted), strict=True):
            if isinstance(draft, Draft):
                mails.append(Mail(replace(each, shown=draft.shown), draft.content))
            else:
                await self._not_written(each, draft, holder)
        return mails

    async def _sifted(self, due: Sequence[Due], holder: Holder) -> list[Due]:
        """End what is not to be sent at all, put off what must wait."""
        wanted, waiting = [], []
        for each in due:
            if (reason := self._refusal(each)) is not None:
                await self.unsent.commit_end(each, holder, "failed", reason)
                log.warning("mail not sent", extra={"message_id": each.id, "kind": each.kind, "reason": reason})
            elif (wait := self._wait(each)) is not None:
                waiting.append((each, *wait))
            else:
                wanted.append(each)
        await self.unsent.put_off(waiting, holder)
        return wanted

    def _refusal(self, due: Due) -> str | None:
        now = self.clock()
        if is_expired(now, planned_at=due.late_since(now), expires_at=due.expires_at):
            return "expired"
        if due.address is None:
            return "erased"
        if self.allow is not None and not is_allowed(due.address, self.allow):
            return "not_allowed"
        return None

    def _wait(self, due: Due) -> tuple[datetime, str] | None:
        """Until when a mail waits, and why. Login mails are few and somebody waits for each: they never do."""
        if due.lane == "login":
            return None
        now = self.clock()
        if due.lane == "alert" and due.paused_until is not None and due.paused_until > now:
            return due.paused_until, "paused"
        if (until := self.refusals.paused_until(due)) is not None:
            return until, "domain_paused"
        if (at := self.pace.comes_back_at(due.domain, now)) is not None:
            return at, "pace"
        return None

    async def _not_written(self, due: Due, draft: Unwritable | None, holder: Holder) -> None:
        if draft is None:
            await self.unsent.commit_end(due, holder, "cancelled", "nothing_to_say")
            return
        fields = {"message_id": due.id, "kind": due.kind}
        log.error("a mail could not be written", extra=fields, exc_info=draft.error)
        delay = delay_after(due.attempts + 1, due.lane) or timedelta(days=1)
        counted = replace(due, attempts=due.attempts + 1)
        await self.unsent.put_off([(counted, self.clock() + delay, "unwritable")], holder)
