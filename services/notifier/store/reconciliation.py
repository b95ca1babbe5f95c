"""Whether every match found for somebody is told, on its way, failed, or called off for a reason that still holds."""

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    case,
    func,
    literal,
    not_,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.days import last_days
from services.notifier.store.by_day import count_by_day
from services.notifier.store.knowledge import Knowledge
from services.notifier.store.planning import FIRST_WORD, PLANNED_AGAIN_AFTER
from services.notifier.tables import alerts, messages, mutes, opportunities, pairs, profiles, returns, subscriptions
from shared.clock import Clock
from shared.database import Database
from shared.requests import AskReconciliation, DayOfAlerts, Reconciliation

log = logging.getLogger(__name__)

DAYS = 30
NOTHING = "9"
# What called these off is over, as the pair matches and its recipient is active: they account for nothing.
IS_OVER = (*PLANNED_AGAIN_AFTER, "organisation_removed")


@dataclass
class Balance:
    """(person, opportunity) by what became of them; `open_or_not` are those without any alert, by opportunity."""

    told: int = 0
    pending: int = 0
    failed: int = 0
    cancelled: Counter[str] = field(default_factory=Counter)
    open_or_not: Counter[str] = field(default_factory=Counter)


class Reconciling:
    """Counts for staff, for the command, and for the day's own check."""

    def __init__(self, database: Database, clock: Clock, timezone: str) -> None:
        self.database = database
        self.clock = clock
        self.timezone = timezone

    async def ask(self, request: AskReconciliation) -> Reconciliation:
        async with self.database.reading() as connection:
            return await reconciliation(connection, self.database, self.clock(), self.timezone)

    async def check(self) -> int:
        """Say aloud when the counts do not balance; how many matches are missing."""
        found = await self.ask(AskReconciliation())
        if found.unaccounted:
            log.error("matches became of nothing", extra={"count": found.unaccounted, "found": found.found})
        return found.unaccounted


async def reconciliation(
    connection: AsyncConnection, database: Database, now: datetime, timezone: str
) -> Reconciliation:
    """What became of every match of every active, confirmed recipient."""
    balance = await _balance(connection)
    over = await _closed_among(connection, Knowledge(database), balance.open_or_not, now)
    closed = sum(balance.open_or_not[opportunity_id] for opportunity_id in over)
    if closed:
        balance.cancelled["closed"] += closed
    unaccounted = balance.open_or_not.total() - closed
    cancelled = balance.cancelled
    return Reconciliation(
        found=balance.told + balance.pending + balance.failed + cancelled.total() + unaccounted,
        told=balance.told,
        pending=balance.pending,
        failed=balance.failed,
        cancelled=dict(sorted(cancelled.items())),
        unaccounted=unaccounted,
        days=await _days(connection, now, timezone),
        canary_sent_at=await _latest(connection, messages.c.sent_at, messages.c.kind),
        canary_came_at=await _latest(connection, returns.c.came_at, returns.c.kind),
    )


async def _balance(connection: AsyncConnection) -> Balance:
    """A person hears once of an opportunity, whatever number of their organisations it matches: they are one here.

    Of several alerts the best counts: told before pending, failed, called off.
    """
    best = func.min(
        case(
            (alerts.c.status == "sent", "1"),
            (alerts.c.status == "planned", "2"),
            (alerts.c.status == "failed", "3"),
            (alerts.c.status == "cancelled", literal("4", String).concat(func.coalesce(alerts.c.reason, ""))),
            else_=NOTHING,
        )
    ).label("best")
    key = (subscriptions.c.person_id, pairs.c.opportunity_id)
    each = select(*key, best).select_from(_found()).where(*_is_found()).group_by(*key).subquery()
    named = _without_alert_named(each).subquery()
    columns = (named.c.outcome, named.c.opportunity_id)
    balance = Balance()
    for row in await connection.execute(select(*columns, func.count().label("number")).group_by(*columns)):
        _count(balance, row.outcome, row.opportunity_id, row.number)
    return balance


def _found() -> FromClause:
    """Matched pairs with those who are to hear of them, and the alerts that say what became of each.

    A `no_longer_matches` of an earlier match is left out, so that a match lost after it is found missing.
    """
    counts = or_(alerts.c.status != "cancelled", alerts.c.reason.is_(None), not_(alerts.c.reason.in_(IS_OVER)))
    of_person = and_(
        alerts.c.person_id == subscriptions.c.person_id,
        alerts.c.opportunity_id == pairs.c.opportunity_id,
        alerts.c.kind.in_(FIRST_WORD),
        counts,
    )
    return (
        subscriptions.join(pairs, pairs.c.profile_id == subscriptions.c.organisation_id)
        .outerjoin(profiles, profiles.c.id == pairs.c.profile_id)
        .outerjoin(alerts, of_person)
    )


def _without_alert_named(each: Subquery) -> Select[Any]:
    """What became of each; those without any alert with what explains it, else with the opportunity."""
    has_none = each.c.best == NOTHING
    muted = and_(has_none, mutes.c.person_id == each.c.person_id, mutes.c.opportunity_id == each.c.opportunity_id)
    outcome = case(
        (and_(has_none, mutes.c.person_id.is_not(None)), "4muted"),
        (and_(has_none, opportunities.c.is_open.is_(False)), "4closed"),
        else_=each.c.best,
    )
    joined = each.outerjoin(mutes, muted).outerjoin(
        opportunities, and_(has_none, opportunities.c.id == each.c.opportunity_id)
    )
    opportunity_id = case((outcome == NOTHING, each.c.opportunity_id), else_="")
    return select(outcome.label("outcome"), opportunity_id.label("opportunity_id")).select_from(joined)


def _is_found() -> tuple[ColumnElement[bool], ...]:
    active = (subscriptions.c.status == "active", subscriptions.c.confirmed_at.is_not(None))
    return (*active, pairs.c.matched.is_(True), func.coalesce(profiles.c.is_removed, False).is_(False))


def _count(balance: Balance, code: str, missing: str, number: int) -> None:
    kind, reason = code[0], code[1:]
    if kind == "1":
        balance.told += number
    elif kind == "2":
        balance.pending += number
    elif kind == "3":
        balance.failed += number
    elif code == NOTHING:
        balance.open_or_not[missing] += number
    else:
        balance.cancelled[reason or "unknown"] += number


async def _closed_among(
    connection: AsyncConnection, knowledge: Knowledge, ids: Collection[str], now: datetime
) -> set[str]:
    """Those of these opportunities whose last deadline is over: nothing more is planned for them."""
    standings = await knowledge.standings(connection, ids)
    return {standing.id for standing in standings.values() if not standing.is_open_on(now)}


async def _days(connection: AsyncConnection, now: datetime, timezone: str) -> tuple[DayOfAlerts, ...]:
    days = last_days(now, timezone, DAYS)
    published, planned, sent = Counter[int](), Counter[int](), Counter[int]()
    for place, _, number in await count_by_day(connection, opportunities.c.heard_at, days):
        published[place] += number
    first_word = (alerts.c.kind.in_(FIRST_WORD),)
    for place, status, number in await count_by_day(
        connection, alerts.c.planned_at, days, alerts.c.status, where=first_word
    ):
        planned[place] += number
        sent[place] += number if status == "sent" else 0
    return tuple(
        DayOfAlerts(day=day.day, published=published[place], planned=planned[place], sent=sent[place])
        for place, day in enumerate(days)
    )


async def _latest(connection: AsyncConnection, moment: Column[datetime], kind: Column[str]) -> datetime | None:
    found: datetime | None = (await connection.execute(select(func.max(moment)).where(kind == "canary"))).scalar()
    return found
