"""The mails as staff look at them: a page of them, how many a day, and what one said to the byte."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.days import last_days, local_day
from services.notifier.store.by_day import count_by_day
from services.notifier.store.records import unpacked
from services.notifier.tables import alerts, messages, paused_domains
from shared.clock import Clock
from shared.database import Database
from shared.requests import (
    AskDeliveries,
    AskMailBytes,
    DayOfMails,
    Deliveries,
    Delivery,
    MailBytes,
    PausedDomain,
)

DAYS = 30
WAITING = ("planned", "attempting")
# Login mails keep none, and what was never handed over was never sent.
HAS_BYTES = and_(
    messages.c.bytes.is_not(None), messages.c.lane != "login", or_(messages.c.state == "sent", messages.c.frozen)
)
SHOWN = (*(column for column in messages.c if column.name != "bytes"), HAS_BYTES.label("has_bytes"))


class MailsAsked:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock, timezone: str) -> None:
        self.database = database
        self.clock = clock
        self.timezone = timezone

    async def deliveries(self, request: AskDeliveries) -> Deliveries:
        asked = self._asked(request)
        of_state = () if request.status is None else (messages.c.state == request.status,)
        is_list = request.message_id is None and request.person_id is None
        async with self.database.reading() as connection:
            found = await deliveries_where(connection, *asked, *of_state, limit=request.limit, offset=request.offset)
            counts = select(messages.c.state, func.count().label("number")).where(*asked).group_by(messages.c.state)
            states = {row.state: row.number for row in await connection.execute(counts)}
            days = await self._days(connection) if is_list else ()
            paused = await _paused(connection) if is_list else ()
        return Deliveries(by_status=states, deliveries=found, days=days, paused=paused)

    async def mail_bytes(self, request: AskMailBytes) -> MailBytes:
        query = select(messages.c.bytes, HAS_BYTES.label("has_bytes")).where(messages.c.id == request.message_id)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None:
            return MailBytes(refused="unknown")
        if not row.has_bytes:
            return MailBytes(refused="forgotten")
        return MailBytes(content=b64encode(unpacked(row.bytes)).decode())

    def _asked(self, request: AskDeliveries) -> tuple[ColumnElement[bool], ...]:
        """What the question narrows the mails to, but for their state."""
        table = messages.c
        wanted: list[ColumnElement[bool]] = []
        if request.message_id is not None:
            wanted.append(table.id == request.message_id)
        if request.kind is not None:
            wanted.append(table.kind == request.kind)
        if request.person_id is not None:
            wanted.append(table.person_id == request.person_id)
        if request.day is not None:
            day = local_day(request.day, self.timezone)
            wanted += [table.planned_at >= day.start, table.planned_at < day.end]
        return tuple(wanted)

    async def _days(self, connection: AsyncConnection) -> tuple[DayOfMails, ...]:
        days = last_days(self.clock(), self.timezone, DAYS)
        states: dict[int, dict[str, int]] = defaultdict(dict)
        for place, state, number in await count_by_day(connection, messages.c.planned_at, days, messages.c.state):
            states[place][state] = number
        return tuple(DayOfMails(day=day.day, by_status=states[place]) for place, day in enumerate(days))


async def deliveries_where(
    connection: AsyncConnection, *wanted: ColumnElement[bool], limit: int, offset: int = 0
) -> tuple[Delivery, ...]:
    """Some mails, newest first."""
    newest = select(*SHOWN).where(*wanted).order_by(messages.c.planned_at.desc(), messages.c.id)
    rows = (await connection.execute(newest.limit(limit).offset(offset))).all()
    told = await _told(connection, rows)
    return tuple(_delivery(row, told.get(row.id, 0)) for row in rows)


async def _told(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[str, int]:
    """Of how many opportunities each of these mails tells. Alerts are found by their person, who is indexed."""
    mine = (alerts.c.person_id.in_({row.person_id for row in rows}), alerts.c.message_id.in_([row.id for row in rows]))
    query = select(alerts.c.message_id, func.count().label("number")).where(*mine).group_by(alerts.c.message_id)
    return {row.message_id: row.number for row in await connection.execute(query)}


def _delivery(row: Row[Any], told: int) -> Delivery:
    return Delivery(
        message_id=row.id,
        person_id=row.person_id,
        kind=row.kind,
        status=row.state,
        reason=row.reason,
        attempts=row.attempts,
        opportunities=told,
        planned_at=row.planned_at,
        sent_at=row.sent_at,
        returned_as=row.returned_as,
        returned_at=row.returned_at,
        next_attempt_at=row.next_attempt_at if row.state in WAITING else None,
        reply=row.reply,
        has_bytes=row.has_bytes,
    )


async def _paused(connection: AsyncConnection) -> tuple[PausedDomain, ...]:
    waits = and_(messages.c.domain == paused_domains.c.domain, messages.c.state.in_(WAITING))
    waiting = select(func.count()).where(waits).scalar_subquery()
    query = select(paused_domains, waiting.label("waiting")).order_by(paused_domains.c.paused_at.desc())
    return tuple(
        PausedDomain(
            domain=row.domain,
            paused_at=row.paused_at,
            until=row.until,
            times=row.times,
            reply=row.reply,
            waiting=row.waiting,
        )
        for row in await connection.execute(query)
    )
