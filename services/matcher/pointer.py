"""The one pointer to what decides now, the number of the last change, and the lease of the one who fits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.tables import in_force
from shared.database import Database
from shared.outbox import Outbox


class Stale(Exception):
    """Something was written since the decision was prepared: prepare it again."""


@dataclass(frozen=True)
class InForce:
    """The one pointer: what decides now, and the number of the last change of any state, model or rule set."""

    change: int
    model_version: int
    rules_version: int
    opportunities_fitted: int


class Pointer:
    """Reads and moves the pointer."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self.database = database
        self.outbox = outbox

    async def in_force(self) -> InForce | None:
        async with self.database.reading() as connection:
            return await self.read_in_force(connection)

    async def read_in_force(self, connection: AsyncConnection) -> InForce | None:
        row = (await connection.execute(select(*_POINTER))).one_or_none()
        return _in_force(row) if row else None

    async def begin_change(self, connection: AsyncConnection, *, expected: int | None = None) -> InForce:
        """Number this change. All writers of the matcher pass here one after the other.

        Raises Stale when the change before is not the one expected.
        """
        bump = update(in_force).values(change=in_force.c.change + 1).returning(*_POINTER)
        pointer = _in_force((await connection.execute(bump)).one())
        if expected is not None and pointer.change != expected + 1:
            raise Stale(f"change {pointer.change - 1} came after {expected}")
        return pointer

    async def take_lease(self, owner: str, now: datetime, duration: timedelta) -> bool:
        """Become, or remain, the one replica that fits; False when another one is."""
        is_free = or_(in_force.c.lease_until.is_(None), in_force.c.lease_until < now, in_force.c.lease_owner == owner)
        take = update(in_force).where(is_free).values(lease_owner=owner, lease_until=now + duration)
        async with self.database.writing() as connection:
            return (await connection.execute(take)).rowcount == 1

    async def give_lease_back(self, owner: str) -> None:
        async with self.database.writing() as connection:
            mine = update(in_force).where(in_force.c.lease_owner == owner)
            await connection.execute(mine.values(lease_owner=None, lease_until=None))


_POINTER = (
    in_force.c.change,
    in_force.c.model_version,
    in_force.c.rules_version,
    in_force.c.opportunities_fitted,
)


def _in_force(row: Row[Any]) -> InForce:
    return InForce(row.change, row.model_version, row.rules_version, row.opportunities_fitted)
