"""Sessions of signed-in people: the browser holds the id, the table its hash."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.tables import sessions
from shared.database import Database

IDLE = timedelta(days=7)
ABSOLUTE = timedelta(days=30)
STAFF_ABSOLUTE = timedelta(hours=8)
STAFF_IDLE = timedelta(hours=1)
TOUCH_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Session:
    """A signed-in browser. `is_staff` holds after the second factor, for a working day at most."""

    id_hash: str
    person_id: str
    opened_at: datetime
    seen_at: datetime
    is_staff: bool


def hash_of(session_id: str) -> str:
    """How a session id is stored."""
    return hashlib.sha256(session_id.encode()).hexdigest()


class Sessions:
    """The table of sessions."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def open(self, person_id: str, *, now: datetime, staff: bool = False, instead_of: str | None = None) -> str:
        """A new session id; the one it takes the place of is gone, so that an id fixed beforehand is worth nothing."""
        session_id = secrets.token_urlsafe(32)
        async with self.database.writing() as connection:
            if instead_of:
                await connection.execute(delete(sessions).where(sessions.c.id_hash == hash_of(instead_of)))
            await connection.execute(
                self.database.insert(sessions).values(
                    id_hash=hash_of(session_id),
                    person_id=person_id,
                    opened_at=now,
                    seen_at=now,
                    staff_since=now if staff else None,
                )
            )
        return session_id

    async def find(self, session_id: str, *, now: datetime) -> Session | None:
        """The session of an id, unless it is unknown, unused for 7 days or 30 days old."""
        query = select(sessions).where(sessions.c.id_hash == hash_of(session_id))
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None or now - row.seen_at > IDLE or now - row.opened_at > ABSOLUTE:
            return None
        is_staff = (
            row.staff_since is not None and now - row.staff_since < STAFF_ABSOLUTE and now - row.seen_at < STAFF_IDLE
        )
        if now - row.seen_at > TOUCH_EVERY:
            await self._touch(row.id_hash, now)
        return Session(row.id_hash, row.person_id, row.opened_at, row.seen_at, is_staff)

    async def _touch(self, id_hash: str, now: datetime) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(sessions).where(sessions.c.id_hash == id_hash).values(seen_at=now))

    async def close(self, session_id: str) -> None:
        async with self.database.writing() as connection:
            await connection.execute(delete(sessions).where(sessions.c.id_hash == hash_of(session_id)))

    async def close_all(self, connection: AsyncConnection, person_id: str) -> None:
        await connection.execute(delete(sessions).where(sessions.c.person_id == person_id))

    async def forget_expired(self, now: datetime) -> None:
        old = or_(sessions.c.seen_at < now - IDLE, sessions.c.opened_at < now - ABSOLUTE)
        async with self.database.writing() as connection:
            await connection.execute(delete(sessions).where(old))
