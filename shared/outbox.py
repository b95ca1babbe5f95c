"""The tables through which facts leave and enter a service, in the same transaction as its effect.

A service calls `tell` inside its transaction; a relay publishes the rows and marks them told, never while it holds
a transaction. What comes in is recorded once by `is_new`, in the transaction of its effect.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.clock import Clock
from shared.database import Database, UtcDateTime
from shared.events import MAX_FACT_BYTES, Fact

KEEP_TOLD = timedelta(days=7)
KEEP_HEARD = timedelta(days=30)


class FactTooLarge(ValueError):
    """A fact over the 256 kB a stream takes from us; its teller must cut its texts or split it."""


@dataclass(frozen=True)
class MessageTables:
    """The three tables every service has."""

    outbox: Table
    inbox: Table
    dead_letters: Table

    @classmethod
    def within(cls, metadata: MetaData) -> "MessageTables":
        """Declare the tables in a service's metadata."""
        number = BigInteger().with_variant(Integer, "sqlite")
        return cls(
            outbox=Table(
                "outbox",
                metadata,
                Column("number", number, primary_key=True, autoincrement=True),
                Column("event_id", String(200), nullable=False, unique=True),
                Column("subject", String(100), nullable=False),
                Column("payload", Text, nullable=False),
                Column("created_at", UtcDateTime, nullable=False),
                Column("told_at", UtcDateTime),
                Column("stream", String(64)),
                Index("ix_outbox_told_at", "told_at"),
            ),
            inbox=Table(
                "inbox",
                metadata,
                Column("event_id", String(200), primary_key=True),
                Column("subject", String(100), nullable=False),
                Column("heard_at", UtcDateTime, nullable=False, index=True),
            ),
            dead_letters=Table(
                "dead_letters",
                metadata,
                Column("id", String(64), primary_key=True),
                Column("subject", String(100), nullable=False),
                Column("payload", Text, nullable=False),
                Column("error", Text, nullable=False),
                Column("deliveries", Integer, nullable=False),
                Column("failed_at", UtcDateTime, nullable=False),
                Column("replay_asked_at", UtcDateTime),
                Column("replayed_at", UtcDateTime),
            ),
        )


@dataclass(frozen=True)
class Waiting:
    """A fact that is still to be published."""

    number: int
    event_id: str
    subject: str
    payload: str


@dataclass(frozen=True)
class OutboxCounts:
    """How many facts wait to be told, and how many were set aside and not replayed."""

    untold: int
    dead_letters: int


@dataclass
class Outbox:
    """Facts told and heard by one service.

    `waiting` is set after a commit that told something, so that the relay need not wait for its next look.
    """

    database: Database
    tables: MessageTables
    clock: Clock
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, connection: AsyncConnection, *facts: Fact) -> None:
        """Tell facts with the caller's transaction: published if and only if it commits.

        Raises FactTooLarge. A fact told twice under one id is told once.
        """
        if not facts:
            return
        rows = [self._row(fact) for fact in facts]
        insert = self.database.insert(self.tables.outbox).on_conflict_do_nothing(index_elements=["event_id"])
        await connection.execute(insert, rows)
        asyncio.get_running_loop().call_later(0.02, self.waiting.set)

    def _row(self, fact: Fact) -> dict[str, object]:
        payload = fact.model_dump_json()
        if (size := len(payload.encode())) > MAX_FACT_BYTES:
            raise FactTooLarge(f"{fact.subject} {fact.event_id}: {size} bytes, over {MAX_FACT_BYTES}")
        return {"event_id": fact.event_id, "subject": fact.subject, "payload": payload, "created_at": self.clock()}

    async def is_new(self, connection: AsyncConnection, fact: Fact) -> bool:
        """Record a heard fact with its effect; False when this service has handled it before."""
        insert = self.database.insert(self.tables.inbox).on_conflict_do_nothing(index_elements=["event_id"])
        heard = insert.values(event_id=fact.event_id, subject=fact.subject, heard_at=self.clock())
        return (await connection.execute(heard)).rowcount == 1

    async def next_batch(self, limit: int = 256) -> Sequence[Waiting]:
        """The oldest facts not told yet."""
        outbox = self.tables.outbox
        columns = (outbox.c.number, outbox.c.event_id, outbox.c.subject, outbox.c.payload)
        async with self.database.reading() as connection:
            rows = await connection.execute(
                select(*columns).where(outbox.c.told_at.is_(None)).order_by(outbox.c.number).limit(limit)
            )
            return [Waiting(row.number, row.event_id, row.subject, row.payload) for row in rows]

    async def mark_told(self, event_ids: Sequence[str], stream: str) -> None:
        """Note what the stream acknowledged, and which stream it was."""
        outbox = self.tables.outbox
        async with self.database.writing() as connection:
            await connection.execute(
                update(outbox).where(outbox.c.event_id.in_(event_ids)).values(told_at=self.clock(), stream=stream)
            )

    async def tell_again(self, *, other_than: str) -> int:
        """Put back what was told to another stream than this one: the stream was wiped. Returns how many."""
        outbox = self.tables.outbox
        lost = (outbox.c.told_at.is_not(None), outbox.c.stream != other_than)
        async with self.database.writing() as connection:
            return (await connection.execute(update(outbox).where(*lost).values(told_at=None))).rowcount

    async def counts(self) -> OutboxCounts:
        """What waits, and what failed."""
        outbox, letters = self.tables.outbox, self.tables.dead_letters
        untold = select(func.count()).select_from(outbox).where(outbox.c.told_at.is_(None))
        dead = select(func.count()).select_from(letters).where(letters.c.replayed_at.is_(None))
        async with self.database.reading() as connection:
            return OutboxCounts(
                untold=(await connection.execute(untold)).scalar_one(),
                dead_letters=(await connection.execute(dead)).scalar_one(),
            )

    async def forget_old(self) -> None:
        """Drop what is kept no longer: told facts after 7 days, inbox rows after 30."""
        now: datetime = self.clock()
        async with self.database.writing() as connection:
            await connection.execute(delete(self.tables.outbox).where(self.tables.outbox.c.told_at < now - KEEP_TOLD))
            await connection.execute(delete(self.tables.inbox).where(self.tables.inbox.c.heard_at < now - KEEP_HEARD))
