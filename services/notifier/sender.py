"""The send protocol: claim, hand over, the point of no return, the final dot, sent.

    planned → attempting/pre (committed) → CONNECT, MAIL, RCPT, DATA → attempting/dot (committed, if consent holds)
    → final dot → 250 → sent (committed)

Before `dot` is committed nothing was accepted, so trying again is free. After it, one more copy may arrive: it has
the same Message-ID, Date and bytes. Each step is a method for one mail, so that a test can stop the process between
any two; mails that wait for the same step are committed together.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from services.notifier.domain.kinds import PRE_LEASE, Lane
from services.notifier.domain.leaving import DotOutcome
from services.notifier.domain.pace import Pace, batch_size
from services.notifier.domain.retry import relay_pause_s
from services.notifier.domain.tokens import envelope_sender
from services.notifier.line import Line, Mail
from services.notifier.mail.smtp import LostReply, Refused, SmtpSession, Unreachable
from services.notifier.preparing import Preparing
from services.notifier.refusals import Refusals
from services.notifier.store.dots import Dots
from services.notifier.store.queue import Holder, Queue
from services.notifier.store.records import Due
from services.notifier.together import Together
from shared.clock import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")

PRE_TIMEOUT_S = 50  # below the lease of a claim
GRACE_S = 10
RENEW_AFTER_S = PRE_LEASE.total_seconds() - PRE_TIMEOUT_S


@dataclass
class Sender:
    """Sends the mails of one lane over its connections, which are kept for the next mails."""

    lane: Lane
    queue: Queue
    dots: Dots
    preparing: Preparing
    refusals: Refusals
    sessions: Sequence[SmtpSession]
    pace: Pace
    clock: Clock
    secret: bytes
    returns_to: str
    owner: str
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    look_every_s: float = 1.0
    relay_failures: int = 0
    seconds_each: float = 0.1
    holder: Holder = field(default_factory=lambda: Holder("", 0))
    _in_hand: set[str] = field(default_factory=set)
    _ahead: "asyncio.Task[list[Mail] | None] | None" = None
    _line: Line | None = None
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._claims = Together[tuple[Due, bytes], bool](lambda wanted: self.queue.claim(wanted, self.holder))
        self._dots = Together[Due, DotOutcome](lambda group: self.dots.commit(group, self.holder))
        self._sent = Together[Due, bool](lambda sent: self.queue.commit_sent(sent, self.holder))

    async def open(self) -> None:
        """Start a new epoch: what this sender had claimed before is taken up again at once."""
        self.holder = await self.queue.take_epoch(f"{self.owner}/{self.lane}")

    async def close(self) -> None:
        """Leave the relay politely."""
        for session in self.sessions:
            await session.close()

    def abort(self) -> None:
        for session in self.sessions:
            session.abort()

    async def run(self) -> None:
        """Send until cancelled; what was begun is ended first."""
        self._stopping = False
        while True:
            self.waiting.clear()
            step = asyncio.ensure_future(self._step())
            try:
                sent = await asyncio.shield(step)
            except asyncio.CancelledError:
                await self._stop(step)
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

    async def _step(self) -> bool:
        """Deliver what was prepared ahead, and prepare the next mails meanwhile; False when none is due."""
        ahead, self._ahead = self._ahead, None
        mails = await ahead if ahead is not None else None
        if not mails:
            mails = await self.prepare()
        if not mails or self._stopping:
            return mails is not None
        self._in_hand = {mail.due.id for mail in mails}
        self._ahead = asyncio.create_task(self.prepare())
        try:
            await self.deliver(mails)
        finally:
            self._in_hand = set()
        if self.relay_failures:
            await self._drop_ahead()  # what was written before a pause is written again after it
        return True

    async def _drop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)

    async def _stop(self, step: "asyncio.Future[bool]") -> None:
        self._stopping = True
        if self._line is not None:
            self._line.stop()
        await asyncio.wait({step}, timeout=GRACE_S)
        step.cancel()
        await self._drop_ahead()
        await self.close()

    async def _start_afresh(self) -> None:
        """As after a crash: connections are dropped, and a new epoch takes up the mails that were in hand."""
        await self._drop_ahead()
        self.abort()
        await asyncio.sleep(self.look_every_s)
        with suppress(SQLAlchemyError, OSError):
            await self.open()

    async def send_next(self) -> bool:
        """Take the mails that are due through the protocol, as many as are taken in hand; False when none is."""
        mails = await self.prepare()
        if mails:
            await self.deliver(mails)
        return mails is not None

    async def prepare(self) -> list[Mail] | None:
        """The next mails, written; None when none is due."""
        size = batch_size(len(self.sessions), self.seconds_each)
        return await self.preparing.next_mails(self.lane, self.holder, size=size, besides=frozenset(self._in_hand))

    async def deliver(self, mails: Sequence[Mail]) -> None:
        """Claim them all, then hand each to a connection; what could not be begun is given back."""
        claimed = await all_of([self.claim(mail.due, mail.content) for mail in mails])
        line = self._line = Line([mail for mail, mine in zip(mails, claimed, strict=True) if mine], self.pace)
        line.claimed_at = monotonic()
        if self._stopping:
            line.stop()
        settling: list[asyncio.Task[None]] = []
        try:
            await all_of([self._work(session, line, settling) for session in self.sessions[: len(line.waiting)]])
        finally:
            self._line = None
            if settling:
                await asyncio.wait(settling)
        for settled in settling:
            settled.result()
        if line.relay_failed:
            self.relay_failures += 1
        await self.refusals.give_back(line.waiting, self.holder)

    async def _work(self, session: SmtpSession, line: Line, settling: "list[asyncio.Task[None]]") -> None:
        """One connection: mail after mail. The relay's word is noted while the next mail is on its way."""
        while (mail := await line.next()) is not None:
            try:
                if await self._deliver(mail, session, line):
                    settling.append(asyncio.create_task(self.commit_sent(mail.due)))
            except BaseException:
                line.stop()
                raise
            finally:
                line.done(mail)

    async def claim(self, due: Due, content: bytes) -> bool:
        """Commit that this sender has the mail."""
        return await self._claims((due, content))

    async def _deliver(self, mail: Mail, session: SmtpSession, line: Line) -> bool:
        """True when the relay took it."""
        due, began = mail.due, monotonic()
        if await self.refusals.waits_for_domain(due, self.holder):
            return False
        if began - line.claimed_at > RENEW_AFTER_S and not await self.queue.renew(due, self.holder):
            return False
        try:
            async with asyncio.timeout(PRE_TIMEOUT_S):
                await self.hand_over(due, mail.content, session)
        except (Refused, Unreachable, TimeoutError) as error:
            await self._not_accepted(due, error, session, line)
            return False
        self.relay_failures = 0
        outcome = await self.commit_dot(due)
        if outcome != "dot":
            session.abort()
            log.info("mail held back", extra={"message_id": due.id, "kind": due.kind, "outcome": outcome})
            return False
        try:
            await self.final_dot(session)
        except LostReply:
            await self.refusals.lost_reply(due, self.holder)
            return False
        except (Refused, Unreachable) as error:
            await self._not_accepted(due, error, session, line)
            return False
        self.seconds_each += 0.1 * (monotonic() - began - self.seconds_each)
        return True

    async def hand_over(self, due: Due, content: bytes, session: SmtpSession) -> None:
        """CONNECT, MAIL, RCPT, DATA and the body: all but the dot."""
        await session.connect()
        await session.mail(envelope_sender(self.secret, due.id, self.returns_to))
        await session.rcpt(due.address or "")
        await session.body(content)

    async def commit_dot(self, due: Due) -> DotOutcome:
        """Commit the point of no return, if consent still holds."""
        return await self._dots(due)

    async def final_dot(self, session: SmtpSession) -> str:
        """The dot, and the relay's answer."""
        return await session.final_dot()

    async def commit_sent(self, due: Due) -> None:
        """Commit that the relay took it."""
        if await self._sent(due):
            log.info("mail sent", extra={"message_id": due.id, "kind": due.kind})
            await self.refusals.was_taken(due)

    async def _not_accepted(
        self, due: Due, error: Refused | Unreachable | TimeoutError, session: SmtpSession, line: Line
    ) -> None:
        """The relay said no, or nothing, before it could have accepted."""
        if await self.refusals.is_about_relay(due, error, self.holder):
            session.abort()
            line.relay_failed = True
            line.stop()
        else:
            await session.reset()
            await self.refusals.refused(due, error, self.holder)


async def all_of(steps: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """What each returned, once all have ended; then the first failure is raised."""
    tasks = [asyncio.create_task(step) for step in steps]
    if tasks:
        await asyncio.wait(tasks)
    return [task.result() for task in tasks]
