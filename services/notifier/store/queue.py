"""The queue of mails: claimed, past the point of no return, sent; each step a transaction of its own.

A claim belongs to an owner (the name of a sender, the same after a restart) and its epoch (which grows at each
start), so that a sender that comes back late changes nothing any more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.kinds import FOREIGN_DOT_WAIT, PRE_LEASE, Lane
from services.notifier.store.knowledge import Knowledge
from services.notifier.store.records import DUE, Due, due_from
from services.notifier.tables import alerts, messages, owners, people, subscriptions, suppressions, tokens
from shared.clock import Clock
from shared.database import Database
from shared.events import AlertFailed, AlertSent
from shared.outbox import Outbox

DotOutcome = Literal["dot", "cancelled", "stale", "lost"]


@dataclass(frozen=True)
class Holder:
    """Who holds a claim."""

    owner: str
    epoch: int


class Queue:
    """What a sender does with the mails of one lane."""

    def __init__(
        self, database: Database, outbox: Outbox, clock: Clock, knowledge: Knowledge, canary: str | None = None
    ) -> None:
        self.canary = canary
        self.database = database
        self.outbox = outbox
        self.clock = clock
        self.knowledge = knowledge

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

    async def next_due(self, lane: Lane, holder: Holder) -> Due | None:
        """The mail that waits longest among those that may be taken."""
        joined = messages.join(people, people.c.id == messages.c.person_id)
        query = select(*DUE).select_from(joined).where(messages.c.lane == lane, self._claimable(holder))
        async with self.database.reading() as connection:
            row = (await connection.execute(query.order_by(messages.c.next_attempt_at, messages.c.id).limit(1))).first()
        if row is None:
            return None
        due = due_from(row)
        was_dotted = row.state == "attempting" and row.phase == "dot"
        return due if not was_dotted else Due(**{**due.__dict__, "frozen": True})

    async def claim(self, due: Due, holder: Holder, content: bytes, rendered: list[list[Any]]) -> bool:
        """Take a mail for one attempt, with the bytes it is going to have; False when another took it."""
        values = {
            "state": "attempting",
            "phase": "pre",
            "owner": holder.owner,
            "epoch": holder.epoch,
            "lease_until": self.clock() + PRE_LEASE,
            "attempts": due.attempts + 1,
            "bytes": content,
            "frozen": due.frozen,
            "reason": None,
        }
        if not due.frozen:
            values["rendered"] = rendered
        take = update(messages).where(messages.c.id == due.id, self._claimable(holder)).values(**values)
        async with self.database.writing() as connection:
            return (await connection.execute(take)).rowcount == 1

    async def commit_dot(self, due: Due, holder: Holder) -> DotOutcome:
        """The point of no return: only if consent still holds, and what the mail says is still so.

        The person and the subscription are held for the length of this transaction; a withdrawal commits either
        before it, and is seen here, or after it.
        """
        async with self.database.writing() as connection:
            reason = await self._objection(connection, due)
            row = await self._held(connection, due, holder, phase="pre")
            if row is None:
                return "lost"
            outcome: DotOutcome = "dot"
            if reason is None:
                reason, outcome = await self._still_true(connection, row)
            if reason is not None:
                await self._end(connection, due, "cancelled", reason)
                return "cancelled"
            if outcome == "stale":
                values: dict[str, object] = {"state": "planned", "phase": None, "bytes": None}
            else:
                values = {"phase": "dot", "lease_until": self.clock() + PRE_LEASE, "frozen": True}
            await connection.execute(update(messages).where(messages.c.id == due.id).values(**values))
            return outcome

    async def _held(self, connection: AsyncConnection, due: Due, holder: Holder, *, phase: str) -> Row[Any] | None:
        mine = (messages.c.owner == holder.owner, messages.c.epoch == holder.epoch)
        held = (messages.c.id == due.id, messages.c.state == "attempting", messages.c.phase == phase)
        return (await connection.execute(select(messages).where(*held, *mine).with_for_update())).first()

    async def _objection(self, connection: AsyncConnection, due: Due) -> str | None:
        """Why this person must not get this mail, None when they may."""
        query = select(people).where(people.c.id == due.person_id).with_for_update(read=True)
        person = (await connection.execute(query)).first()
        if person is None or person.address is None:
            return "erased"
        listed = select(suppressions.c.reason).where(suppressions.c.address_key == person.address_key)
        suppressed = (await connection.execute(listed)).scalar()
        if due.lane == "login":
            return "address_refused" if suppressed == "refused" else await self._login_objection(connection, due)
        if suppressed is not None:
            return "suppressed"
        if due.lane == "office":
            return None if person.is_staff or person.address == self.canary else "not_staff"
        status = select(subscriptions.c.status).where(subscriptions.c.id == due.subscription_id)
        held = (await connection.execute(status.with_for_update(read=True))).scalar()
        return None if held == "active" else "unsubscribed"

    async def _login_objection(self, connection: AsyncConnection, due: Due) -> str | None:
        live = select(tokens.c.token_hash).where(
            tokens.c.person_id == due.person_id, tokens.c.purpose == due.kind, tokens.c.expires_at > self.clock()
        )
        return None if (await connection.execute(live.limit(1))).first() is not None else "expired"

    async def _still_true(self, connection: AsyncConnection, row: Row[Any]) -> tuple[str | None, DotOutcome]:
        shown = {str(opportunity_id): int(version) for opportunity_id, version in row.rendered or ()}
        if not shown:
            return None, "dot"
        known = await self.knowledge.opportunities(connection, shown, shared_lock=True)
        open_now = {key for key in shown if key in known and known[key].is_open_on(self.clock())}
        if not open_now:
            return "closed", "cancelled"
        if row.frozen:
            return None, "dot"
        planned = select(alerts.c.opportunity_id).where(alerts.c.message_id == row.id, alerts.c.status == "planned")
        wanted: set[str] = set((await connection.execute(planned)).scalars())
        same = open_now == set(shown) <= wanted and all(known[key].version == shown[key] for key in shown)
        return None, "dot" if same else "stale"

    async def commit_sent(self, due: Due, holder: Holder) -> bool:
        """The relay took it. False when the mail is not ours any more."""
        async with self.database.writing() as connection:
            row = await self._held(connection, due, holder, phase="dot")
            if row is None:
                return False
            await self._cancel_unsaid(connection, row)
            await self._end(connection, due, "sent", None)
            return True

    async def _cancel_unsaid(self, connection: AsyncConnection, row: Row[Any]) -> None:
        """Mark exactly what this mail said: an alert whose deadline passed before it was written is not in it."""
        said = [str(opportunity_id) for opportunity_id, _version in row.rendered or ()]
        unsaid = (alerts.c.message_id == row.id, alerts.c.status == "planned", alerts.c.opportunity_id.not_in(said))
        values = {"status": "cancelled", "reason": "closed", "ended_at": self.clock()}
        await connection.execute(update(alerts).where(*unsaid).values(**values))

    async def commit_end(self, due: Due, holder: Holder, state: Literal["failed", "cancelled"], reason: str) -> None:
        """It will not be sent, and here is why."""
        async with self.database.writing() as connection:
            mine = and_(messages.c.owner == holder.owner, messages.c.epoch == holder.epoch)
            wanted = (messages.c.id == due.id, or_(mine, self._claimable(holder)))
            if (await connection.execute(select(messages.c.id).where(*wanted).with_for_update())).first() is not None:
                await self._end(connection, due, state, reason)

    async def put_back(
        self, due: Due, holder: Holder, *, at: datetime, reason: str, counts: bool = True, lost_reply: bool = False
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
        mine = (messages.c.owner == holder.owner, messages.c.epoch == holder.epoch, messages.c.state == "attempting")
        async with self.database.writing() as connection:
            await connection.execute(update(messages).where(messages.c.id == due.id, *mine).values(**values))

    async def commit_address_refused(self, due: Due, holder: Holder) -> None:
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
            await self._end(connection, due, "failed", "address_refused")

    async def _end(self, connection: AsyncConnection, due: Due, state: str, reason: str | None) -> None:
        now = self.clock()
        values: dict[str, object] = {"state": state, "reason": reason, "phase": None, "ended_at": now}
        if state == "sent":
            values["sent_at"] = now
        if state != "sent" or due.lane == "login":
            values["bytes"] = None  # a sign-in link must not stay readable, a mail not sent serves nobody
        await connection.execute(update(messages).where(messages.c.id == due.id).values(**values))
        carried = (alerts.c.message_id == due.id, alerts.c.status == "planned")
        ended = update(alerts).where(*carried).values(status=state, reason=reason, ended_at=now)
        told = tuple(sorted((await connection.execute(ended.returning(alerts.c.opportunity_id))).scalars()))
        if due.lane != "alert":
            return
        common = {"happened_at": now, "message_id": due.id, "person_id": due.person_id, "kind": due.kind}
        if state == "sent":
            await self.outbox.tell(connection, AlertSent(**common, opportunity_ids=told))
        else:
            await self.outbox.tell(connection, AlertFailed(**common, reason=reason or "", opportunity_ids=told))
