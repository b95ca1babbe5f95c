"""Wishes to unsubscribe made while the notifier was away: kept until it has carried them out."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from services.portal.tables import wishes
from shared.database import Database
from shared.requests import Unsubscribe


@dataclass(frozen=True)
class Wish:
    """One wish that waits."""

    number: int
    request: Unsubscribe


class Wishes:
    """The table of wishes."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def keep(self, request: Unsubscribe, *, at: datetime) -> None:
        """Commit a wish; the same one made twice is kept once."""
        parts = (request.token, request.person_id, request.organisation_id)
        key = hashlib.sha256("\n".join(part or "" for part in parts).encode()).hexdigest()
        insert = self.database.insert(wishes).values(key=key, wished_at=at, tries=0, **request.model_dump())
        async with self.database.writing() as connection:
            await connection.execute(insert.on_conflict_do_nothing(index_elements=["key"]))

    async def waiting(self, limit: int = 100) -> tuple[Wish, ...]:
        """The oldest wishes."""
        columns = (wishes.c.number, wishes.c.token, wishes.c.person_id, wishes.c.organisation_id)
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(*columns).order_by(wishes.c.number).limit(limit))).all()
        return tuple(Wish(row[0], Unsubscribe(token=row[1], person_id=row[2], organisation_id=row[3])) for row in rows)

    async def count(self) -> int:
        async with self.database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(wishes))).scalar_one()

    async def carried_out(self, wish: Wish) -> None:
        """Forget a wish that is done."""
        async with self.database.writing() as connection:
            await connection.execute(delete(wishes).where(wishes.c.number == wish.number))

    async def tried(self, wish: Wish) -> None:
        """Note a vain try."""
        async with self.database.writing() as connection:
            await connection.execute(
                update(wishes).where(wishes.c.number == wish.number).values(tries=wishes.c.tries + 1)
            )
