"""What ingest keeps of partnership requests: what staff entered; the opportunities that they are stand beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.store import chunks
from services.ingest.tables import opportunities, partnerships
from shared.database import Database
from shared.requests import WantedPartnership

Standing = Literal["open", "withdrawn", "past"]


@dataclass(frozen=True)
class Held:
    """A partnership request as it stands."""

    id: str
    wanted: WantedPartnership
    version: int
    state: Standing
    changed_at: datetime


class PartnershipStore:
    """The table of partnership requests, read beside that of opportunities."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def put(self, connection: AsyncConnection, id_: str, wanted: WantedPartnership, now: datetime) -> None:
        row = {"wanted": wanted.model_dump(mode="json"), "changed_at": now}
        insert = self.database.insert(partnerships).values(id=id_, **row)
        await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=row))

    async def several(self, ids: Sequence[str]) -> dict[str, Held]:
        found: dict[str, Held] = {}
        for some in chunks(ids):
            found |= {held.id: held for held in await self._read(_query().where(partnerships.c.id.in_(some)))}
        return found

    async def latest(self, *, offset: int, limit: int) -> tuple[int, list[Held]]:
        """The latest changed first, and how many there are."""
        page = _query().order_by(partnerships.c.changed_at.desc(), partnerships.c.id).offset(offset).limit(limit)
        async with self.database.reading() as connection:
            total = (await connection.execute(select(func.count()).select_from(partnerships))).scalar_one()
        return total, await self._read(page)

    async def open_after(self, id_: str, *, limit: int) -> list[Held]:
        """Some of those that can be answered, in the order of their ids."""
        wanted = _query().where(partnerships.c.id > id_, opportunities.c.live.is_(True))
        return await self._read(wanted.order_by(partnerships.c.id).limit(limit))

    async def _read(self, query: Select[tuple[object, ...]]) -> list[Held]:
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Held(
                row.id,
                WantedPartnership.model_validate(row.wanted),
                row.version,
                "open" if row.live else "withdrawn" if row.closed_reason == "withdrawn" else "past",
                row.changed_at,
            )
            for row in rows
        ]


def _query() -> Select[tuple[object, ...]]:
    told = opportunities.c
    columns = (partnerships, told.version, told.live, told.closed_reason)
    return select(*columns).join(opportunities, told.id == partnerships.c.id)
