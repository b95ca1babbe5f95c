"""The mornings of many people at once: who is due, what waits for them, what is planned; all in sets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.digest import Candidate, kind_of_row
from services.notifier.store.planning import FIRST_WORD
from services.notifier.store.records import Recipient, recipient_from, select_recipients
from services.notifier.tables import alerts, digests, messages, mutes, people, subscriptions
from shared.database import Database

AT_ONCE = 500


@dataclass(frozen=True)
class Reminded:
    """An alert that told somebody of an opportunity, which may be due for a reminder."""

    person_id: str
    subscription_id: str
    opportunity_id: str
    score: float
    told_at: datetime


class Mornings:
    """Every method takes the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def due(self, connection: AsyncConnection, now: datetime) -> list[str]:
        """Some people whose local morning has passed, or who have none yet."""
        active = select(subscriptions.c.person_id).where(subscriptions.c.status == "active")
        passed = people.c.next_morning_at.is_(None) | (people.c.next_morning_at <= now)
        query = select(people.c.id).where(passed, people.c.id.in_(active)).limit(AT_ONCE)
        return list((await connection.execute(query)).scalars())

    async def recipients(
        self, connection: AsyncConnection, person_ids: Sequence[str], now: datetime
    ) -> dict[str, list[Recipient]]:
        """The active subscriptions of those who are still due, by person, locked."""
        passed = people.c.next_morning_at.is_(None) | (people.c.next_morning_at <= now)
        query = select_recipients().where(people.c.id.in_(person_ids), passed).with_for_update(of=people)
        found: dict[str, list[Recipient]] = defaultdict(list)
        for row in await connection.execute(query):
            recipient = recipient_from(row)
            found[recipient.person_id].append(recipient)
        return found

    async def planned_on(
        self, connection: AsyncConnection, person_ids: Sequence[str], days: Iterable[str]
    ) -> set[tuple[str, str]]:
        """The (person, local day) that had a digest planned already, among these."""
        wanted = (digests.c.person_id.in_(person_ids), digests.c.local_day.in_(set(days)), digests.c.kind != "welcome")
        rows = await connection.execute(select(digests.c.person_id, digests.c.local_day).where(*wanted))
        return {(row.person_id, row.local_day) for row in rows}

    async def waiting(
        self, connection: AsyncConnection, person_ids: Sequence[str]
    ) -> dict[str, list[tuple[datetime, Candidate]]]:
        """Alerts that no mail carries yet, by person, each with the moment it was planned."""
        table = alerts.c
        columns = (
            table.person_id, table.opportunity_id, table.opportunity_version, table.score, table.kind,
            table.subscription_id, table.id, table.planned_at,
        )  # fmt: skip
        wanted = (table.person_id.in_(person_ids), table.status == "planned", table.message_id.is_(None))
        found: dict[str, list[tuple[datetime, Candidate]]] = defaultdict(list)
        rows: Iterable[Any] = await connection.execute(select(*columns).where(*wanted))
        for person, opportunity, version, score, kind, subscription, alert, planned_at in rows:
            candidate = Candidate(opportunity, version, score, kind_of_row(kind), subscription, alert)
            found[person].append((planned_at, candidate))
        return found

    async def told(self, connection: AsyncConnection, person_ids: Sequence[str]) -> list[Reminded]:
        """What these people were told first of, and did not mute."""
        table = alerts.c
        columns = (table.person_id, table.subscription_id, table.opportunity_id, table.score, table.ended_at)
        wanted = (table.person_id.in_(person_ids), table.status == "sent", table.kind.in_(FIRST_WORD))
        rows = await connection.execute(select(*columns).where(*wanted))
        muted = select(mutes.c.person_id, mutes.c.opportunity_id).where(mutes.c.person_id.in_(person_ids))
        refused = {(row.person_id, row.opportunity_id) for row in await connection.execute(muted)}
        return [
            Reminded(row.person_id, row.subscription_id, row.opportunity_id, row.score, row.ended_at)
            for row in rows
            if (row.person_id, row.opportunity_id) not in refused
        ]

    async def reminded(
        self, connection: AsyncConnection, person_ids: Sequence[str]
    ) -> set[tuple[str, str, str, datetime]]:
        """(person, opportunity, kind with its days, deadline) of reminders that were planned."""
        table = alerts.c
        columns = (table.person_id, table.opportunity_id, table.kind, table.deadline)
        wanted = (table.person_id.in_(person_ids), table.kind.like("reminder-%"), table.deadline.is_not(None))
        rows = await connection.execute(select(*columns).where(*wanted))
        return {(row.person_id, row.opportunity_id, row.kind, row.deadline) for row in rows}

    async def plan(
        self,
        connection: AsyncConnection,
        *,
        mails: Sequence[Mapping[str, object]],
        runs: Sequence[Mapping[str, object]],
        new_alerts: Sequence[Mapping[str, object]],
    ) -> None:
        """Store mails, the runs they come from, and alerts made this morning."""
        if mails:
            await connection.execute(messages.insert(), [dict(row) for row in mails])
        if runs:
            await connection.execute(digests.insert(), [dict(row) for row in runs])
        if new_alerts:
            insert = self.database.insert(alerts).on_conflict_do_nothing()
            await connection.execute(insert, [dict(row) for row in new_alerts])

    async def carry(self, connection: AsyncConnection, carried: Sequence[Mapping[str, object]]) -> None:
        """Give what waits in a subscription to its person's mail; each row: `person`, `subscription`, `before`, `mail`.

        What is beyond the cap has been ended before, and the lock on the person keeps new alerts away. Person by
        person, which stays fast whatever a database believes of tables that have just grown.
        """
        table = alerts.c
        of_window = (table.subscription_id == bindparam("subscription"), table.planned_at < bindparam("before"))
        waiting = (table.person_id == bindparam("person"), table.status == "planned", table.message_id.is_(None))
        if carried:
            carry = update(alerts).where(*waiting, *of_window).values(message_id=bindparam("mail"))
            await connection.execute(carry, [dict(row) for row in carried])

    async def end(self, connection: AsyncConnection, alert_ids: Sequence[str], reason: str, now: datetime) -> None:
        """Cancel alerts that are counted, or that another one speaks for."""
        values = {"status": "cancelled", "reason": reason, "ended_at": now}
        for start in range(0, len(alert_ids), 10 * AT_ONCE):
            some = alert_ids[start : start + 10 * AT_ONCE]
            await connection.execute(update(alerts).where(alerts.c.id.in_(some)).values(**values))

    async def note_windows(self, connection: AsyncConnection, ends: Mapping[datetime, Sequence[str]]) -> None:
        """Until when these subscriptions were looked at."""
        for end, ids in ends.items():
            mine = subscriptions.c.id.in_(ids)
            await connection.execute(update(subscriptions).where(mine).values(planned_until=end))

    async def note_next(self, connection: AsyncConnection, mornings: Mapping[str, datetime]) -> None:
        """When each of these people is due next."""
        mine = update(people).where(people.c.id == bindparam("person")).values(next_morning_at=bindparam("at"))
        rows = [{"person": person, "at": moment} for person, moment in sorted(mornings.items())]
        if rows:
            await connection.execute(mine, rows)
