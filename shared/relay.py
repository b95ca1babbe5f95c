"""What carries a service's outbox to the stream, and its dead letters back to its handlers."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row, desc, select, update

from shared.bus import BROKER_ERRORS, Bus, Rejected
from shared.clock import Clock
from shared.events import Fact, Tick
from shared.outbox import Outbox, Waiting
from shared.requests import AskDeadLetters, DeadLetter, DeadLetters, ReplayDeadLetter, Reply
from shared.retries import PermanentError
from shared.service import FactHandler

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
BATCH = 128


class Relay:
    """Publishes what is told, in order of telling, and marks it told once the stream has it on disk.

    It holds no transaction while it waits for the broker. When the stream was wiped, what the old one had
    acknowledged within the last days is told again: listeners know repeats from news.
    """

    def __init__(self, outbox: Outbox, bus: Bus) -> None:
        self.outbox, self.bus = outbox, bus
        self.stream = ""

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.follow_stream()
                while await self.relay_once():
                    pass
            except BROKER_ERRORS as error:
                log.warning("facts wait for the broker", extra={"error": f"{type(error).__name__}: {error}"})
            except Exception:
                log.exception("the outbox could not be read")
            await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY_S):
                await self.outbox.waiting.wait()
        except TimeoutError:
            return
        self.outbox.waiting.clear()

    async def follow_stream(self) -> None:
        """Make the stream if it is gone; tell again what only an earlier one was told."""
        stream = await self.bus.provision()
        if stream != self.stream:
            if again := await self.outbox.tell_again(other_than=stream):
                log.warning("the stream is new, facts are told again", extra={"facts": again})
            self.stream = stream

    async def relay_once(self) -> int:
        """Publish one batch; returns how many the stream acknowledged."""
        batch = await self.outbox.next_batch(BATCH)
        told = await self.publish(batch)
        if told:
            await self.outbox.mark_told(told, self.stream)
        return len(told)

    async def publish(self, batch: Sequence[Waiting]) -> list[str]:
        """Publish facts at once; returns the ids of those acknowledged. Raises when not one was."""
        sent = (self.bus.publish(fact.subject, fact.payload, event_id=fact.event_id) for fact in batch)
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        told = [fact.event_id for fact, outcome in zip(batch, outcomes, strict=True) if outcome is None]
        if batch and not told:
            raise next(outcome for outcome in outcomes if isinstance(outcome, BaseException))
        return told


class DeadLetterOffice:
    """Facts that failed for good in one service: kept, listed, and handled once more when asked."""

    def __init__(self, outbox: Outbox, handlers: Mapping[type[Fact], FactHandler], clock: Clock) -> None:
        self.outbox, self.clock = outbox, clock
        self.handlers = {fact.subject: (fact, handler) for fact, handler in handlers.items() if fact is not Tick}

    async def set_aside(self, rejected: Rejected) -> None:
        """Keep what failed; a fact that fails again keeps one row, with the latest error."""
        table = self.outbox.tables.dead_letters
        values = {
            "error": rejected.error[:4000],
            "deliveries": rejected.deliveries,
            "failed_at": self.clock(),
            "replay_asked_at": None,
            "replayed_at": None,
        }
        row = {
            "id": rejected.event_id[:64],
            "subject": rejected.subject,
            "payload": rejected.payload.replace("\x00", "\ufffd"),
        }
        insert = self.outbox.database.insert(table).values(**row, **values)
        async with self.outbox.database.writing() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))

    async def list(self, request: AskDeadLetters) -> DeadLetters:
        """The latest facts set aside."""
        table = self.outbox.tables.dead_letters
        async with self.outbox.database.reading() as connection:
            rows = await connection.execute(select(table).order_by(desc(table.c.failed_at)).limit(request.limit))
            return DeadLetters(dead_letters=tuple(self._letter(row) for row in rows))

    def _letter(self, row: Row[Any]) -> DeadLetter:
        return DeadLetter.model_validate({**row._mapping, "service": self.outbox.database.service})

    async def ask_replay(self, request: ReplayDeadLetter) -> Reply:
        """Note that a fact is to be handled once more; the service does it within a second."""
        table = self.outbox.tables.dead_letters
        async with self.outbox.database.writing() as connection:
            asked = update(table).where(table.c.id == request.id).values(replay_asked_at=self.clock(), replayed_at=None)
            found = (await connection.execute(asked)).rowcount
        return Reply() if found else Reply(refused="unknown")

    async def run(self) -> None:
        """Replay what is asked for, until cancelled."""
        while True:
            try:
                await self.replay_asked()
            except Exception:
                log.exception("dead letters could not be read")
            await asyncio.sleep(LOOK_EVERY_S)

    async def replay_asked(self) -> None:
        """Handle each fact whose replay was asked for; a new failure is kept with its error."""
        table = self.outbox.tables.dead_letters
        waiting = select(table).where(table.c.replay_asked_at.is_not(None), table.c.replayed_at.is_(None))
        async with self.outbox.database.reading() as connection:
            letters = list(await connection.execute(waiting))
        for letter in letters:
            await self._replay(letter.id, letter.subject, letter.payload, letter.deliveries)

    def _handling(self, subject: str) -> tuple[type[Fact], FactHandler]:
        """The class and the handler of a subject. Raises PermanentError when this release handles it no more."""
        if subject not in self.handlers:
            raise PermanentError(f"this release does not handle {subject}")
        return self.handlers[subject]

    async def _replay(self, event_id: str, subject: str, payload: str, deliveries: int) -> None:
        try:
            fact, handler = self._handling(subject)
            await handler(fact.model_validate_json(payload))
        except Exception as error:
            level = logging.INFO if isinstance(error, ValidationError) else logging.WARNING
            log.log(level, "a replayed fact failed again", extra={"event_id": event_id}, exc_info=error)
            await self.set_aside(
                Rejected(event_id, subject, payload, f"{type(error).__name__}: {error}", deliveries + 1)
            )
            return
        table = self.outbox.tables.dead_letters
        async with self.outbox.database.writing() as connection:
            await connection.execute(update(table).where(table.c.id == event_id).values(replayed_at=self.clock()))
        log.info("a fact set aside was handled", extra={"event_id": event_id})
