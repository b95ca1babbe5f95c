"""The send protocol: claim, hand over, the point of no return, the final dot, sent.

    planned → attempting/pre (committed) → CONNECT, MAIL, RCPT, DATA → attempting/dot (committed, if consent holds)
    → final dot → 250 → sent (committed)

Before `dot` is committed nothing was accepted, so trying again is free. After it, one more copy may arrive: it has
the same Message-ID, Date and bytes. Each step is a method, so that a test can stop the process between any two.
"""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from services.notifier.domain.addresses import is_allowed
from services.notifier.domain.kinds import MAX_LOST_REPLIES, Lane
from services.notifier.domain.replies import judge_reply
from services.notifier.domain.retry import delay_after, is_expired, relay_pause_s
from services.notifier.domain.tokens import envelope_sender
from services.notifier.mail.smtp import LostReply, Refused, SmtpSession, Unreachable
from services.notifier.store.queue import DotOutcome, Holder, Queue
from services.notifier.store.records import Due
from services.notifier.writing import Draft, Writer
from shared.clock import Clock

log = logging.getLogger(__name__)

PRE_TIMEOUT_S = 50  # below the lease of a claim
GRACE_S = 10


@dataclass
class Sender:
    """Sends the mails of one lane, one after the other, over a connection that it keeps."""

    lane: Lane
    queue: Queue
    writer: Writer
    session: SmtpSession
    clock: Clock
    secret: bytes
    returns_to: str
    allow: str | None
    owner: str
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    look_every_s: float = 1.0
    relay_failures: int = 0
    holder: Holder = field(default_factory=lambda: Holder("", 0))

    async def open(self) -> None:
        """Start a new epoch: what this sender had claimed before is taken up again at once."""
        self.holder = await self.queue.take_epoch(f"{self.owner}/{self.lane}")

    async def run(self) -> None:
        """Send until cancelled; what was begun is ended first."""
        while True:
            self.waiting.clear()
            step = asyncio.ensure_future(self.send_next())
            try:
                sent = await asyncio.shield(step)
            except asyncio.CancelledError:
                await asyncio.wait({step}, timeout=GRACE_S)
                step.cancel()
                await self.session.close()
                raise
            except Exception:
                log.exception("sending failed")
                await self._start_afresh()
                continue
            if self.relay_failures:
                await asyncio.sleep(relay_pause_s(self.relay_failures))
            elif not sent:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.look_every_s):
                        await self.waiting.wait()

    async def _start_afresh(self) -> None:
        """As after a crash: the connection is dropped, and a new epoch takes up the mail that was in hand."""
        self.session.abort()
        await asyncio.sleep(self.look_every_s)
        with suppress(SQLAlchemyError, OSError):
            await self.open()

    async def send_next(self) -> bool:
        """Take one mail through the protocol; False when none is due."""
        due = await self.queue.next_due(self.lane, self.holder)
        if due is None:
            return False
        if (reason := self._refusal(due)) is not None:
            await self.queue.commit_end(due, self.holder, "failed", reason)
            log.warning("mail not sent", extra={"message_id": due.id, "kind": due.kind, "reason": reason})
            return True
        draft = await self.writer.write(due)
        if draft is None:
            await self.queue.commit_end(due, self.holder, "cancelled", "nothing_to_say")
            return True
        if await self.claim(due, draft):
            await self._deliver(due, draft)
        return True

    def _refusal(self, due: Due) -> str | None:
        if is_expired(self.clock(), planned_at=due.planned_at, expires_at=due.expires_at):
            return "expired"
        if due.address is None:
            return "erased"
        if self.allow is not None and not is_allowed(due.address, self.allow):
            return "not_allowed"
        return None

    async def claim(self, due: Due, draft: Draft) -> bool:
        """Commit that this sender has the mail."""
        return await self.queue.claim(due, self.holder, draft.content, [list(pair) for pair in draft.shown])

    async def _deliver(self, due: Due, draft: Draft) -> None:
        try:
            async with asyncio.timeout(PRE_TIMEOUT_S):
                await self.hand_over(due, draft.content)
        except (Refused, Unreachable, TimeoutError) as error:
            await self._not_accepted(due, error)
            return
        self.relay_failures = 0
        outcome = await self.commit_dot(due)
        if outcome != "dot":
            self.session.abort()
            log.info("mail held back", extra={"message_id": due.id, "kind": due.kind, "outcome": outcome})
            return
        try:
            await self.final_dot()
        except LostReply:
            await self._lost_reply(due)
            return
        except (Refused, Unreachable) as error:
            await self._not_accepted(due, error)
            return
        await self.commit_sent(due)

    async def hand_over(self, due: Due, content: bytes) -> None:
        """CONNECT, MAIL, RCPT, DATA and the body: all but the dot."""
        await self.session.connect()
        await self.session.mail(envelope_sender(self.secret, due.id, self.returns_to))
        await self.session.rcpt(due.address or "")
        await self.session.body(content)

    async def commit_dot(self, due: Due) -> DotOutcome:
        """Commit the point of no return, if consent still holds."""
        return await self.queue.commit_dot(due, self.holder)

    async def final_dot(self) -> str:
        """The dot, and the relay's answer."""
        return await self.session.final_dot()

    async def commit_sent(self, due: Due) -> None:
        """Commit that the relay took it."""
        if await self.queue.commit_sent(due, self.holder):
            log.info("mail sent", extra={"message_id": due.id, "kind": due.kind})

    async def _not_accepted(self, due: Due, error: Refused | Unreachable | TimeoutError) -> None:
        """The relay said no, or nothing, before it could have accepted."""
        verdict = judge_reply(error.step, error.code, error.text) if isinstance(error, Refused) else "relay"
        fields = {"message_id": due.id, "kind": due.kind, "verdict": verdict}
        if isinstance(error, Refused):
            fields |= {"step": error.step, "code": str(error.code)}
        else:
            fields["cause"] = str(error) or type(error).__name__
        if verdict == "relay":
            self.session.abort()
            self.relay_failures += 1
            log.error("the relay takes no mail for now", extra=fields)
            await self.queue.put_back(due, self.holder, at=self.clock(), reason="relay", counts=False)
            return
        await self.session.reset()
        if verdict == "address":
            log.warning("address refused for good", extra=fields)
            await self.queue.commit_address_refused(due, self.holder)
            return
        delay = delay_after(due.attempts + 1, due.lane)
        if delay is None:
            await self.queue.commit_end(due, self.holder, "failed", "expired" if verdict == "retry" else verdict)
        else:
            await self.queue.put_back(due, self.holder, at=self.clock() + delay, reason=verdict)
        log.log(logging.ERROR if verdict == "policy" else logging.WARNING, "mail refused for now", extra=fields)

    async def _lost_reply(self, due: Due) -> None:
        """After the dot, no answer: it may have been taken. One more copy, the same to the byte, then no more."""
        fields = {"message_id": due.id, "kind": due.kind}
        if due.lost_replies + 1 >= MAX_LOST_REPLIES:
            await self.queue.commit_end(due, self.holder, "failed", "uncertain")
            log.error("reply lost twice after the final dot", extra=fields)
            return
        delay = delay_after(due.attempts + 1, due.lane) or timedelta(hours=1)
        await self.queue.put_back(due, self.holder, at=self.clock() + delay, reason="lost_reply", lost_reply=True)
        log.warning("reply lost after the final dot", extra=fields)
