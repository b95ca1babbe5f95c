"""The queue of mails: claimed, put back, ended, sent; each step a transaction, for as many mails as wait for it.

A claim belongs to an owner (the name of a sender, the same after a restart) and its epoch (which grows at each
start), so that a sender that comes back late changes nothing any more. The point of no return is in `dots.py`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.kinds import FOREIGN_DOT_WAIT, PRE_LEASE, Lane
from services.notifier.store.records import DUE, Due, due_from, packed
from services.notifier.tables import alerts, messages, owners, people, subscriptions, suppressions
from shared.clock import Clock
from shared.database import Database
from shared.events import AlertFailed, AlertSent
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

    def _claimable(self, holder: Holder) -> ColumnElement[bool]:
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
        query = select(*DUE).select_from(joined).where(messages.c.lane == lane, self._claimable(holder))
        oldest = query.order_by(messages.c.next_attempt_at, messages.c.id).limit(limit + len(besides))
        async with self.database.reading() as connection:
            rows = (await connection.execute(oldest)).all()
        return [due_from(row) for row in rows if row.id not in besides][:limit]

    async def claim(self, wanted: Sequence[tuple[Due, bytes]], holder: Holder) -> list[bool]:
        """Take mails for one attempt, with the bytes they are going to have; False for those another took."""
        ids = [due.id for due, _ in wanted]
        free = select(messages.c.id).where(messages.c.id.in_(ids), self._claimable(holder)).order_by(messages.c.id)
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
        ids = [due.id for due in sent]
        held = select(messages.c.id).where(
            messages.c.id.in_(ids), messages.c.state == "attempting", messages.c.phase == "dot", holder.holds
        )
        async with self.database.writing() as connection:
            mine: set[str] = set((await connection.execute(held.order_by(messages.c.id).with_for_update())).scalars())
            await self._note_sent(connection, [due for due in sent if due.id in mine])
        return [due.id in mine for due in sent]

    async def _note_sent(self, connection: AsyncConnection, sent: Sequence[Due]) -> None:
        now = self.clock()
        values: dict[str, object] = {"state": "sent", "reason": None, "phase": None, "ended_at": now, "sent_at": now}
        if any(due.lane == "login" for due in sent):
            values["bytes"] = None  # a sign-in link must not stay readable
        if sent:
            await connection.execute(update(messages).where(messages.c.id.in_([due.id for due in sent])).values(values))
        news = [due for due in sent if due.lane == "alert"]
        told = await self._note_told(connection, news)
        facts = [
            AlertSent(
                happened_at=now,
                message_id=due.id,
                person_id=due.person_id,
                kind=due.kind,
                opportunity_ids=tuple(sorted(told[due.id])),
            )
            for due in news
        ]
        await self.outbox.tell(connection, *facts)

    async def _note_told(self, connection: AsyncConnection, sent: Sequence[Due]) -> dict[str, set[str]]:
        """Mark exactly what each mail said: an alert whose deadline passed before it was written is not in it."""
        said = {(due.id, each.opportunity_id) for due in sent for each in due.shown}
        told: dict[str, set[str]] = defaultdict(set)
        if not sent:
            return told
        persons, ids = sorted({due.person_id for due in sent}), [due.id for due in sent]
        carried = select(alerts.c.id, alerts.c.message_id, alerts.c.opportunity_id).where(
            alerts.c.person_id.in_(persons), alerts.c.message_id.in_(ids), alerts.c.status == "planned"
        )
        kept, unsaid = [], []
        for row in await connection.execute(carried):
            if (row.message_id, row.opportunity_id) in said:
                kept.append(row.id)
                told[row.message_id].add(row.opportunity_id)
            else:
                unsaid.append(row.id)
        await self._end_alerts(connection, kept, "sent", None)
        await self._end_alerts(connection, unsaid, "cancelled", "closed")
        return told

    async def _end_alerts(self, connection: AsyncConnection, ids: list[str], status: str, reason: str | None) -> None:
        if ids:
            ended = {"status": status, "reason": reason, "ended_at": self.clock()}
            await connection.execute(update(alerts).where(alerts.c.id.in_(sorted(ids))).values(**ended))

    async def commit_end(
        self, due: Due, holder: Holder, state: Literal["failed", "cancelled"], reason: str, *, reply: str | None = None
    ) -> None:
        """It will not be sent, and here is why."""
        async with self.database.writing() as connection:
            wanted = (messages.c.id == due.id, or_(holder.holds, self._claimable(holder)))
            if (await connection.execute(select(messages.c.id).where(*wanted).with_for_update())).first() is not None:
                await self.end(connection, due, state, reason, reply=reply)

    async def put_back(
        self,
        due: Due,
        holder: Holder,
        *,
        at: datetime,
        reason: str,
        counts: bool = True,
        lost_reply: bool = False,
        reply: str | None = None,
    ) -> None:
        """Try again later; after a lost reply with the same bytes, else written anew."""
        values: dict[str, object] = {
            "state": "planned",
            "phase": None,
            "next_attempt_at": at,
            "reason": reason,
            "frozen": due.frozen or lost_reply,
            "lost_replies": due.lost_replies + lost_reply,
            "attempts": due.attempts + counts,
        }
        if not values["frozen"]:
            values["bytes"] = None
        if reply is not None:
            values["reply"] = reply
        mine = (messages.c.id == due.id, holder.holds, messages.c.state == "attempting")
        async with self.database.writing() as connection:
            await connection.execute(update(messages).where(*mine).values(**values))

    async def put_off(self, wanted: Sequence[tuple[Due, datetime, str]], holder: Holder) -> None:
        """Mails that nobody has begun wait until a moment, and why; no attempt is counted."""
        if not wanted:
            return
        claimed = and_(holder.holds, messages.c.state == "attempting", messages.c.phase == "pre")
        later = update(messages).where(messages.c.id == bindparam("of"), or_(self._claimable(holder), claimed))
        bound = {"next_attempt_at": "at", "reason": "why", "domain": "to", "attempts": "tries"}
        values: dict[str, Any] = {name: bindparam(parameter) for name, parameter in bound.items()}
        rows = [
            {"of": due.id, "at": at, "why": why, "to": due.domain, "tries": due.attempts} for due, at, why in wanted
        ]
        async with self.database.writing() as connection:
            sorted_rows = sorted(rows, key=lambda row: str(row["of"]))
            await connection.execute(later.values(state="planned", phase=None, **values), sorted_rows)

    async def commit_address_refused(self, due: Due, holder: Holder, *, reply: str | None = None) -> None:
        """The address does not exist: it is suppressed, all its subscriptions end."""
        async with self.database.writing() as connection:
            query = select(people).where(people.c.id == due.person_id).with_for_update()
            person = (await connection.execute(query)).first()
            if person is None:
                return
            row = {"address_key": person.address_key, "reason": "refused", "suppressed_at": self.clock()}
            insert = self.database.insert(suppressions).values(**row)
            await connection.execute(insert.on_conflict_do_update(index_elements=["address_key"], set_=row))
            ended = {"status": "ended", "ended_at": self.clock()}
            mine = (subscriptions.c.person_id == due.person_id, subscriptions.c.status != "ended")
            await connection.execute(update(subscriptions).where(*mine).values(**ended))
            await self.end(connection, due, "failed", "address_refused", reply=reply)

    async def end(
        self, connection: AsyncConnection, due: Due, state: str, reason: str, *, reply: str | None = None
    ) -> None:
        """End a mail that was not sent, with the alerts it carries."""
        now = self.clock()
        values: dict[str, object] = {"state": state, "reason": reason, "phase": None, "ended_at": now, "bytes": None}
        if state == "failed" and due.lane != "login":
            # It may have been accepted once: tried again by staff, it goes with the same bytes.
            values["bytes"] = case((messages.c.frozen.is_(True), messages.c.bytes))
        if reply is not None:
            values["reply"] = reply
        await connection.execute(update(messages).where(messages.c.id == due.id).values(**values))
        if due.lane != "alert":
            return
        mine = (alerts.c.person_id == due.person_id, alerts.c.message_id == due.id, alerts.c.status == "planned")
        ended = update(alerts).where(*mine).values(status=state, reason=reason, ended_at=now)
        told = tuple(sorted((await connection.execute(ended.returning(alerts.c.opportunity_id))).scalars()))
        fact = AlertFailed(
            happened_at=now,
            message_id=due.id,
            person_id=due.person_id,
            kind=due.kind,
            reason=reason,
            opportunity_ids=told,
        )
        await self.outbox.tell(connection, fact)


CLAIM = update(messages).where(messages.c.id == bindparam("of"))


def _claimed(due: Due, content: bytes) -> dict[str, object]:
    return {
        "of": due.id,
        "attempts": due.attempts + 1,
        "bytes": packed(content),
        "rendered": [each.as_row() for each in due.shown],
        "frozen": due.frozen,
        "domain": due.domain,
    }
