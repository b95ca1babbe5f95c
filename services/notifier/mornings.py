"""The mail of local mornings: digests that are due and deadlines to be reminded of, one mail a person."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.domain.cadence import Window, last_morning, next_morning, window_due
from services.notifier.domain.digest import Candidate, compose_digest, is_reminder_only
from services.notifier.domain.kinds import FARTHEST_REMINDER, MailKind
from services.notifier.domain.reminders import next_of, reminder_due
from services.notifier.store.knowledge import Standing
from services.notifier.store.mornings import Mornings, Reminded
from services.notifier.store.planning import digest_row, message_row
from services.notifier.store.records import Recipient
from shared.events import Language

log = logging.getLogger(__name__)


@dataclass
class Plan:
    """What one transaction is going to store for many people."""

    mails: list[dict[str, object]] = field(default_factory=list)
    runs: list[dict[str, object]] = field(default_factory=list)
    new_alerts: list[dict[str, object]] = field(default_factory=list)
    carried: list[dict[str, object]] = field(default_factory=list)
    over_cap: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)
    windows: dict[datetime, list[str]] = field(default_factory=lambda: defaultdict(list))
    next_mornings: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """Somebody whose morning it is; of several organisations, the first speaks for their language."""

    recipients: tuple[Recipient, ...]
    windows: Mapping[str, Window]
    morning: Window

    @property
    def id(self) -> str:
        return self.recipients[0].person_id

    @property
    def day(self) -> str:
        return self.morning.local_day.isoformat()

    @property
    def language(self) -> Language:
        return self.recipients[0].language


async def plan_mornings(desk: Desk) -> int:
    """Plan the mail of everybody whose local morning has passed; how many mails were queued."""
    mornings, planned, soon = Mornings(desk.database), 0, None
    while True:
        async with desk.database.reading() as connection:
            due = await mornings.due(connection, desk.clock())
            if not due:
                return planned
            if soon is None:
                soon = _ending_soon(await desk.knowledge.open_with_deadlines(connection), desk.clock())
        async with desk.database.writing() as connection:
            planned += await _plan_some(desk, mornings, connection, due, soon)


def _ending_soon(known: Mapping[str, Standing], now: datetime) -> dict[str, tuple[Standing, datetime]]:
    """The open opportunities of which somebody may want a reminder, with the deadline it is about."""
    horizon = now + timedelta(days=FARTHEST_REMINDER + 1)
    ahead = {id_: (standing, next_of(standing.deadlines, now)) for id_, standing in known.items()}
    return {id_: (standing, end) for id_, (standing, end) in ahead.items() if end is not None and end < horizon}


async def _plan_some(
    desk: Desk,
    mornings: Mornings,
    connection: AsyncConnection,
    due: Sequence[str],
    soon: Mapping[str, tuple[Standing, datetime]],
) -> int:
    now, plan = desk.clock(), Plan()
    found = await mornings.recipients(connection, due, now)
    persons = [_person(desk, recipients, plan, now) for recipients in found.values()]
    awake = [person for person in persons if person is not None]
    ids = [person.id for person in awake]
    done = await mornings.planned_on(connection, ids, [one.day for one in awake])
    waiting = await mornings.waiting(connection, ids)
    reminders = await _reminders(mornings, connection, awake, soon, now)
    cap = await desk.knowledge.digest_cap(connection)
    for person in awake:
        if (person.id, person.day) not in done:
            _plan_one(plan, person, waiting.get(person.id, ()), reminders.get(person.id, ()), cap=cap, now=now)
    await mornings.end(connection, plan.over_cap, "over_cap", now)
    await mornings.end(connection, plan.doubles, "together", now)
    await mornings.plan(connection, mails=plan.mails, runs=plan.runs, new_alerts=plan.new_alerts)
    await mornings.carry(connection, plan.carried)
    await mornings.note_windows(connection, plan.windows)
    await mornings.note_next(connection, plan.next_mornings)
    log.info("mornings planned", extra={"people": len(persons), "mails": len(plan.mails)})
    return len(plan.mails)


def _person(desk: Desk, recipients: Sequence[Recipient], plan: Plan, now: datetime) -> Person | None:
    """Whose morning it is, and which of their subscriptions have a digest; None while they want no mail."""
    first = recipients[0]
    at = first.morning(desk.settings.digest_at)
    start = max(now, first.paused_until) if first.paused_until else now
    plan.next_mornings[first.person_id] = next_morning(start, cadence="daily", timezone=first.timezone, at=at)
    if first.is_paused_at(now):
        return None
    end, local_day = last_morning(now, cadence="daily", timezone=first.timezone, at=at)
    windows = {one.subscription_id: due for one in recipients if (due := _window(one, at, now)) is not None}
    return Person(tuple(recipients), windows, Window(end - timedelta(days=1), end, local_day))


def _window(recipient: Recipient, at: time, now: datetime) -> Window | None:
    return window_due(
        now,
        cadence=recipient.cadence,
        timezone=recipient.timezone,
        at=at,
        since=recipient.confirmed_at,
        planned_until=recipient.planned_until,
    )


def _plan_one(
    plan: Plan,
    person: Person,
    waiting: Sequence[tuple[datetime, Candidate]],
    reminders: Sequence[Candidate],
    *,
    cap: int,
    now: datetime,
) -> None:
    """One mail, when there is something to say; the windows are noted whether there is or not."""
    for subscription_id, window in person.windows.items():
        plan.windows[window.end].append(subscription_id)
    due = [one for at, one in waiting if (of := person.windows.get(one.subscription_id)) and at < of.end]
    digest = compose_digest([*due, *reminders], cap=cap)
    plan.doubles += [one.alert_id for one in digest.doubles if one.alert_id]
    plan.over_cap += [one.alert_id for one in digest.rest if one.alert_id]
    if not digest.chosen:
        return
    kind: MailKind = "reminder" if is_reminder_only(digest.chosen) and not digest.rest else "digest"
    message_id = uuid4().hex
    row = message_row(message_id, kind=kind, person_id=person.id, language=person.language, now=now)
    plan.mails.append(row | {"rest_count": sum(one.kind != "reminder" for one in digest.rest)})
    plan.carried += [
        {"person": person.id, "subscription": subscription_id, "before": window.end, "mail": message_id}
        for subscription_id, window in person.windows.items()
    ]
    plan.runs.append(digest_row(person.id, kind, digest, _whole(person), message_id, now))
    plan.new_alerts += [_reminder_row(person, one, message_id, now) for one in digest.chosen if one.alert_id is None]


def _whole(person: Person) -> Window:
    """The stretch of time that a person's digest of this morning covers."""
    starts = [window.start for window in person.windows.values()]
    return Window(min(starts, default=person.morning.start), person.morning.end, person.morning.local_day)


async def _reminders(
    mornings: Mornings,
    connection: AsyncConnection,
    persons: Sequence[Person],
    soon: Mapping[str, tuple[Standing, datetime]],
    now: datetime,
) -> dict[str, list[Candidate]]:
    wanting = {person.id: person for person in persons if person.recipients[0].reminder_days}
    if not wanting or not soon:
        return {}
    told = [one for one in await mornings.told(connection, list(wanting)) if one.opportunity_id in soon]
    reminded = await mornings.reminded(connection, list({one.person_id for one in told})) if told else set()
    found: dict[str, list[Candidate]] = defaultdict(list)
    for one in told:
        candidate = _reminder(wanting[one.person_id], one, *soon[one.opportunity_id], now=now)
        if candidate is None or candidate.deadline is None:
            continue
        if (one.person_id, one.opportunity_id, candidate.row_kind, candidate.deadline) not in reminded:
            found[one.person_id].append(candidate)
    return found


def _reminder(
    person: Person, told: Reminded, standing: Standing, deadline: datetime, *, now: datetime
) -> Candidate | None:
    recipient = next((one for one in person.recipients if one.subscription_id == told.subscription_id), None)
    if recipient is None:
        return None
    days = reminder_due(
        deadline, told_at=told.told_at, now=now, days=recipient.reminder_days, timezone=recipient.timezone
    )
    if days is None:
        return None
    return Candidate(
        told.opportunity_id,
        standing.version,
        told.score,
        "reminder",
        subscription_id=told.subscription_id,
        deadline=deadline,
        days_ahead=days,
    )


def _reminder_row(person: Person, one: Candidate, message_id: str, now: datetime) -> dict[str, object]:
    return {
        "id": uuid4().hex,
        "person_id": person.id,
        "subscription_id": one.subscription_id,
        "opportunity_id": one.opportunity_id,
        "opportunity_version": one.opportunity_version,
        "kind": one.row_kind,
        "score": one.score,
        "status": "planned",
        "planned_at": now,
        "message_id": message_id,
        "deadline": one.deadline,
    }
