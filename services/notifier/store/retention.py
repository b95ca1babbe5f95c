"""What is kept no longer: unconfirmed requests, bodies of mails, spent tokens, addresses of those who left."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, or_, select, update

from services.notifier.store.people import People
from services.notifier.tables import alerts, consents, messages, people, returns, subscriptions, tokens
from shared.clock import Clock
from shared.database import Database

UNCONFIRMED = timedelta(days=7)
BODIES = timedelta(days=30)
ADDRESS_AFTER_LEAVING = timedelta(days=28)
SIGN_IN_TOKENS = timedelta(days=1)
STUCK = timedelta(hours=1)
CHUNK = 200


class Retention:
    """Deletes what the privacy page says is deleted."""

    def __init__(self, database: Database, clock: Clock, people: People) -> None:
        self.database = database
        self.clock = clock
        self.people = people

    async def forget_unconfirmed(self) -> int:
        """Subscriptions asked for and never confirmed, then the people who have nothing else here."""
        now = self.clock()
        pending = (subscriptions.c.status == "pending", subscriptions.c.created_at < now - UNCONFIRMED)
        fresh = exists().where(tokens.c.person_id == people.c.id, tokens.c.expires_at > now)
        async with self.database.writing() as connection:
            await connection.execute(
                delete(subscriptions).where(
                    *pending,
                    ~exists().where(tokens.c.person_id == subscriptions.c.person_id, tokens.c.expires_at > now),
                )
            )
            idle = ~exists().where(subscriptions.c.person_id == people.c.id)
            kept = exists().where(consents.c.person_id == people.c.id, consents.c.event.in_(("confirmed", "sample")))
            old = people.c.created_at < now - UNCONFIRMED
            gone = delete(people).where(old, people.c.is_staff.is_(False), idle, ~kept, ~fresh)
            return (await connection.execute(gone)).rowcount

    async def forget_those_who_left(self) -> int:
        """Addresses 28 days after the last subscription ended; a keyed hash stays in the suppression list."""
        async with self.database.writing() as connection:
            rows = (await connection.execute(_left_before(self.clock() - ADDRESS_AFTER_LEAVING).limit(CHUNK))).all()
            for row in rows:
                await self.people.suppress(connection, row.address_key, "unsubscribed")
                await self.people.erase(connection, row.id)
        return len(rows)

    async def forget_bodies(self) -> None:
        """Texts of mails after 30 days, spent or ended tokens after a day more than they lasted."""
        now = self.clock()
        old = (messages.c.state.in_(("sent", "failed", "cancelled")), messages.c.ended_at < now - BODIES)
        # A confirmation link clicked twice must answer the same for as long as it would have lasted.
        ended = tokens.c.expires_at < now - SIGN_IN_TOKENS
        async with self.database.writing() as connection:
            await connection.execute(update(messages).where(*old, messages.c.bytes.is_not(None)).values(bytes=None))
            await connection.execute(delete(tokens).where(ended))
            unread = (returns.c.kind == "unreadable", returns.c.came_at < now - BODIES)
            await connection.execute(delete(returns).where(*unread))

    async def count_stuck(self) -> int:
        """Mails that are due for more than an hour: somebody must look."""
        late = self.clock() - STUCK
        due = or_(
            and_(messages.c.state == "planned", messages.c.next_attempt_at < late),
            and_(messages.c.state == "attempting", messages.c.lease_until < late),
        )
        async with self.database.reading() as connection:
            return int((await connection.execute(select(func.count()).select_from(messages).where(due))).scalar_one())

    async def unbalanced(self) -> int:
        """Alerts still planned though the mail that carries them has ended: none, if all is well."""
        joined = alerts.join(messages, messages.c.id == alerts.c.message_id)
        query = select(func.count()).select_from(joined)
        wrong = (alerts.c.status == "planned", messages.c.state.in_(("sent", "failed", "cancelled")))
        async with self.database.reading() as connection:
            return int((await connection.execute(query.where(*wrong))).scalar_one())


def _left_before(moment: datetime) -> Select[Any]:
    mine = subscriptions.c.person_id == people.c.id
    stayed = exists().where(mine, or_(subscriptions.c.status != "ended", subscriptions.c.ended_at > moment))
    ended = exists().where(mine, subscriptions.c.status == "ended")
    return select(people.c.id, people.c.address_key).where(people.c.is_staff.is_(False), ended, ~stayed)
