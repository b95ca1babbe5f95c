"""Rows counted by local day, the same way on both databases: neither is asked about time zones."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.days import LocalDay


async def count_by_day(
    connection: AsyncConnection,
    moment: Column[Any],
    days: Sequence[LocalDay],
    split: Column[Any] | None = None,
    *,
    where: Sequence[ColumnElement[bool]] = (),
) -> list[tuple[int, str, int]]:
    """(place of the day in `days`, the value of `split`, how many), for the days that have any."""
    place = case(*((moment < day.end, number) for number, day in enumerate(days))).label("place")
    within = (moment >= days[0].start, moment < days[-1].end)
    value = literal("") if split is None else split
    placed = select(place, value.label("value")).where(*within, *where).subquery()
    query = select(placed.c.place, placed.c.value, func.count()).group_by(placed.c.place, placed.c.value)
    return [(row[0], row[1], row[2]) for row in await connection.execute(query)]
