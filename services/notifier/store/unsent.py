"""Mails that are not sent: put back or put off for later, ended with their alerts, each in a transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.store.queue import Holder, Queue
from services.notifier.store.records import Due
from services.notifier.tables import alerts, messages, people, subscriptions, suppressions
from shared.events import AlertFailed


class Unsent:
    """What a sender does with the mails of its queue that the relay did not take, or must not."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.database = queue.database
        self.outbox = queue.outbox
        self.clock = queue.clock

    async def commit_end(
        self, due: Due, holder: Holder, state: Literal["failed", "cancelled"], reason: str, *, reply: str | None = None
    ) -> None:
        """It will not be sent, and here is why."""
        async with self.database.writing() as connection:
            wanted = (messages.c.id == due.id, or_(holder.holds, self.queue.claimable(holder)))
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
        later = update(messages).where(messages.c.id == bindparam("of"), or_(self.queue.claimable(holder), claimed))
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
