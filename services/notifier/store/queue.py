"""The queue of mails: due, claimed, sent; each step a transaction, for as many mails as wait for it.

A claim belongs to an owner (the name of a sender, the same after a restart) and its epoch (which grows at each
start), so that a sender that comes back late changes nothing any more. The point of no return is in `dots.py`, what
is not sent in `unsent.py`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.kinds import FOREIGN_DOT_WAIT, PRE_LEASE, Lane
from services.notifier.store.records import DUE, Due, due_from, packed
from services.notifier.tables import alerts, messages, owners, people
from shared.clock import Clock
from shared.database import Database
from shared.events import AlertSent
from shared.outbox import Outbox


@dataclass(frozen=True)
class Holder:
    """Who holds a claim."""

    owner: str
    epoch: int

    @property
    def holds(self) -> ColumnElement[bool]:
        return and_(messages.c.owner == self.owner, messages.c.epoch == self.epoch)


class Queue:
    """What a sender does with the mails of one lane."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock) -> None:
        self.database = database
        self.outbox = outbox
        self.clock = clock

    async def take_epoch(self, owner: str) -> Holder:
        """Start as this owner: whatever it claimed before this is to be taken up again."""
        row = {"owner": owner, "epoch": 1, "started_at": self.clock()}
        grow = {"epoch": owners.c.epoch + 1, "started_at": self.clock()}
        insert = self.database.insert(owners).values(**row)
        upsert = insert.on_conflict_do_update(index_elements=["owner"], set_=grow).returning(owners.c.epoch)
        async with self.database.writing() as connection:
            return Holder(owner, int((await connection.execute(upsert)).scalar_one()))

    def claimable(self, holder: Holder) -> ColumnElement[bool]:
        """What this sender may take: due, left by its earlier self, or by another whose lease is over."""
        now = self.clock()
        earlier_self = and_(messages.c.owner == holder.owner, messages.c.epoch < holder.epoch)
        attempting = messages.c.state == "attempting"
        return or_(
            and_(messages.c.state == "planned", messages.c.next_attempt_at <= now),
            and_(attempting, messages.c.phase == "pre", or_(earlier_self, messages.c.lease_until <= now)),
            and_(
                attempting,
                messages.c.phase == "dot",
                or_(
                    earlier_self,
                    and_(
                        messages.c.owner != holder.owner, messages.c.lease_until <= now - FOREIGN_DOT_WAIT + PRE_LEASE
                    ),
                ),
            ),
        )

    async def due(self, lane: Lane, holder: Holder, *, limit: int, besides: Collection[str] = ()) -> list[Due]:
        """The mails that wait longest among those that may be taken, without those in hand already."""
        joined = messages.join(people, people.c.id == messages.c.person_id)
        query = select(*DUE).select_from(joined).where(messages.c.lane == lane, self.claimable(holder))
        oldest = query.order_by(messages.c.next_attempt_at, messages.c.id).limit(limit + len(besides))
        async with self.database.reading() as connection:
            rows = (await connection.execute(oldest)).all()
        return [due_from(row) for row in rows if row.id not in besides][:limit]

    async def claim(self, wanted: Sequence[tuple[Due, bytes]], holder: Holder) -> list[bool]:
        """Take mails for one attempt, with the bytes they are going to have; False for those another took."""
        ids = [due.id for due, _ in wanted]
        free = select(messages.c.id).where(messages.c.id.in_(ids), self.claimable(holder)).order_by(messages.c.id)
        common = {
            "state": "attempting",
            "phase": "pre",
            "owner": holder.owner,
            "epoch": holder.epoch,
            "lease_until": self.clock() + PRE_LEASE,
            "reason": None,
        }
        async with self.database.writing() as connection:
            taken: set[str] = set((await connection.execute(free.with_for_update())).scalars())
            rows = [_claimed(due, content) for due, content in wanted if due.id in taken]
            if rows:
                await connection.execute(CLAIM.values(**common), rows)
        return [due.id in taken for due, _ in wanted]

    async def renew(self, due: Due, holder: Holder) -> bool:
        """A lease of full length again; False when the mail is not ours any more."""
        mine = (messages.c.id == due.id, holder.holds, messages.c.phase == "pre")
        renew = update(messages).where(*mine).values(lease_until=self.clock() + PRE_LEASE)
        async with self.database.writing() as connection:
            return (await connection.execute(renew)).rowcount == 1

    async def commit_sent(self, sent: Sequence[Due], holder: Holder) -> list[bool]:
        """The relay took them. False for a mail that is not ours any more."""
        now = self.clock()
        ours = {"ids": sorted(due.id for due in sent), "holder": holder.owner, "holder_epoch": holder.epoch}
        note = NOTE_LOGIN_SENT if any(due.lane == "login" for due in sent) else NOTE_SENT
        async with self.database.writing() as connection:
            noted = set((await connection.execute(note, ours | {"at": now})).scalars())
            news = [due for due in sent if due.id in noted and due.lane == "alert"]
            told = await self._note_told(connection, news, now) if news else {}
            await self.outbox.tell(connection, *(_sent_fact(due, told.get(due.id, ()), now) for due in news))
        return [due.id in noted for due in sent]

    async def _note_told(self, connection: AsyncConnection, sent: Sequence[Due], now: datetime) -> dict[str, set[str]]:
        """Mark exactly what each mail said: an alert whose deadline passed before it was written is not in it."""
        said = {(due.id, each.opportunity_id) for due in sent for each in due.shown}
        carried = {"persons": sorted({due.person_id for due in sent}), "carriers": [due.id for due in sent]}
        told: dict[str, set[str]] = defaultdict(set)
        unsaid = []
        for row in await connection.execute(NOTE_TOLD, carried | {"at": now}):
            if (row.message_id, row.opportunity_id) in said:
                told[row.message_id].add(row.opportunity_id)
            else:
                unsaid.append(row.id)
        if unsaid:
            ended = {"status": "cancelled", "reason": "closed"}
            await connection.execute(update(alerts).where(alerts.c.id.in_(sorted(unsaid))).values(**ended))
        return told


# Built once: building a statement takes longer than running it.
CLAIM = update(messages).where(messages.c.id == bindparam("of"))
OURS = and_(
    messages.c.id.in_(bindparam("ids", expanding=True)),
    messages.c.owner == bindparam("holder"),
    messages.c.epoch == bindparam("holder_epoch"),
    messages.c.state == "attempting",
)
_NOTE = update(messages).where(OURS, messages.c.phase == "dot").returning(messages.c.id)
_SENT: dict[str, object] = {
    "state": "sent",
    "reason": None,
    "phase": None,
    "ended_at": bindparam("at"),
    "sent_at": bindparam("at"),
}
NOTE_SENT = _NOTE.values(_SENT)
NOTE_LOGIN_SENT = _NOTE.values(_SENT | {"bytes": None})  # a sign-in link must not stay readable
CARRIED = and_(
    alerts.c.person_id.in_(bindparam("persons", expanding=True)),
    alerts.c.message_id.in_(bindparam("carriers", expanding=True)),
    alerts.c.status == "planned",
)
NOTE_TOLD = (
    update(alerts)
    .where(CARRIED)
    .values(status="sent", reason=None, ended_at=bindparam("at"))
    .returning(alerts.c.id, alerts.c.message_id, alerts.c.opportunity_id)
)


def _sent_fact(due: Due, told: Collection[str], now: datetime) -> AlertSent:
    return AlertSent(
        happened_at=now,
        message_id=due.id,
        person_id=due.person_id,
        kind=due.kind,
        opportunity_ids=tuple(sorted(told)),
    )


def _claimed(due: Due, content: bytes) -> dict[str, object]:
    return {
        "of": due.id,
        "attempts": due.attempts + 1,
        "bytes": packed(content),
        "rendered": [each.as_row() for each in due.shown],
        "frozen": due.frozen,
        "domain": due.domain,
    }
