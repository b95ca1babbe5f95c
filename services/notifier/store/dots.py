"""The point of no return of mails that are on the wire: committed only if consent still holds, and all else.

People, subscriptions and opportunities are held for the length of the transaction: a withdrawal commits either
before it, and is seen here, or after it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.kinds import PRE_LEASE
from services.notifier.domain.leaving import Decision, DotOutcome, Now, decide
from services.notifier.store.knowledge import STANDING, standing_from
from services.notifier.store.queue import Holder, Queue
from services.notifier.store.records import Due
from services.notifier.tables import alerts, messages, opportunities, people, subscriptions, suppressions, tokens

IsOffice = Callable[[Row[Any]], bool]


@dataclass(frozen=True)
class Ground:
    """All that is decided from, read and held within the transaction."""

    now: datetime
    persons: Mapping[str, Row[Any]]
    suppressed: Mapping[str, str]
    active: Mapping[str, frozenset[str]]
    opportunities: Mapping[str, Now]
    held: frozenset[str]
    planned: Mapping[str, frozenset[str]]
    live: frozenset[tuple[str, str]]


def is_staff(person: Row[Any]) -> bool:
    return bool(person.is_staff)


class Dots:
    """Commits the point of no return of several mails of one lane at once."""

    def __init__(self, queue: Queue, *, is_office: IsOffice = is_staff) -> None:
        self.queue = queue
        self.clock = queue.clock
        self.is_office = is_office

    async def commit(self, group: Sequence[Due], holder: Holder) -> list[DotOutcome]:
        """What became of each: on its way, or why not. Order of locks: see `store/__init__.py`."""
        async with self.queue.database.writing() as connection:
            ground = await self._ground(connection, group, holder)
            decisions = [self._decide(due, ground) for due in group]
            await self._write(connection, group, decisions, ground)
        return [decision.outcome for decision in decisions]

    async def _ground(self, connection: AsyncConnection, group: Sequence[Due], holder: Holder) -> Ground:
        person_ids, ids = sorted({due.person_id for due in group}), sorted(due.id for due in group)
        who = select(people.c.id, people.c.address, people.c.address_key, people.c.is_staff, people.c.paused_until)
        locked = who.where(people.c.id.in_(person_ids)).order_by(people.c.id).with_for_update(read=True)
        persons = {row.id: row for row in await connection.execute(locked)}
        keys = sorted({row.address_key for row in persons.values()})
        listed = select(suppressions.c.address_key, suppressions.c.reason).where(suppressions.c.address_key.in_(keys))
        suppressed = {row.address_key: row.reason for row in await connection.execute(listed)}
        is_alert = group[0].lane == "alert"
        active = await self._active(connection, person_ids) if is_alert else {}
        known = await self._opportunities(connection, group) if is_alert else {}
        mine = select(messages.c.id).where(
            messages.c.id.in_(ids), messages.c.state == "attempting", messages.c.phase == "pre", holder.holds
        )
        held: frozenset[str] = frozenset(
            (await connection.execute(mine.order_by(messages.c.id).with_for_update())).scalars()
        )
        return Ground(
            now=self.clock(),
            persons=persons,
            suppressed=suppressed,
            active=active,
            opportunities=known,
            held=held,
            planned=await self._planned(connection, person_ids, ids) if is_alert else {},
            live=await self._live(connection, person_ids) if group[0].lane == "login" else frozenset(),
        )

    async def _active(self, connection: AsyncConnection, person_ids: list[str]) -> dict[str, frozenset[str]]:
        query = select(subscriptions.c.id, subscriptions.c.person_id, subscriptions.c.status)
        locked = query.where(subscriptions.c.person_id.in_(person_ids)).order_by(subscriptions.c.id)
        found: dict[str, set[str]] = defaultdict(set)
        for row in await connection.execute(locked.with_for_update(read=True)):
            if row.status == "active":
                found[row.person_id].add(row.id)
        return {person_id: frozenset(ids) for person_id, ids in found.items()}

    async def _opportunities(self, connection: AsyncConnection, group: Sequence[Due]) -> dict[str, Now]:
        shown = sorted({each.opportunity_id for due in group for each in due.shown})
        if not shown:
            return {}
        locked = select(*STANDING).where(opportunities.c.id.in_(shown)).order_by(opportunities.c.id)
        now = self.clock()
        standings = [standing_from(row) for row in await connection.execute(locked.with_for_update(read=True))]
        return {each.id: Now(each.version, each.is_open_on(now)) for each in standings}

    async def _planned(
        self, connection: AsyncConnection, person_ids: list[str], ids: list[str]
    ) -> dict[str, frozenset[str]]:
        query = select(alerts.c.message_id, alerts.c.opportunity_id).where(
            alerts.c.person_id.in_(person_ids), alerts.c.message_id.in_(ids), alerts.c.status == "planned"
        )
        found: dict[str, set[str]] = defaultdict(set)
        for row in await connection.execute(query):
            found[row.message_id].add(row.opportunity_id)
        return {message_id: frozenset(opportunities) for message_id, opportunities in found.items()}

    async def _live(self, connection: AsyncConnection, person_ids: list[str]) -> frozenset[tuple[str, str]]:
        query = select(tokens.c.person_id, tokens.c.purpose).where(
            tokens.c.person_id.in_(person_ids), tokens.c.expires_at > self.clock()
        )
        return frozenset((row.person_id, row.purpose) for row in await connection.execute(query))

    def _decide(self, due: Due, ground: Ground) -> Decision:
        if due.id not in ground.held:
            return Decision("lost")
        person = ground.persons.get(due.person_id)
        if person is None or person.address is None:
            return Decision("cancelled", "erased")
        suppressed = ground.suppressed.get(person.address_key)
        if due.lane == "login":
            return self._decide_login(due, ground, suppressed)
        if due.lane == "office":
            return self._decide_office(person, suppressed)
        if suppressed is not None:
            return Decision("cancelled", "suppressed")
        active = ground.active.get(due.person_id, frozenset())
        if not active or (not due.shown and due.subscription_id is not None and due.subscription_id not in active):
            return Decision("cancelled", "unsubscribed")
        if person.paused_until is not None and person.paused_until > ground.now:
            return Decision("paused", until=person.paused_until)
        planned = ground.planned.get(due.id, frozenset())
        return decide(due.shown, frozen=due.frozen, active=active, now=ground.opportunities, planned=planned)

    def _decide_login(self, due: Due, ground: Ground, suppressed: str | None) -> Decision:
        if suppressed == "refused":
            return Decision("cancelled", "address_refused")
        return Decision("dot") if (due.person_id, due.kind) in ground.live else Decision("cancelled", "expired")

    def _decide_office(self, person: Row[Any], suppressed: str | None) -> Decision:
        if suppressed == "refused":
            return Decision("cancelled", "address_refused")
        return Decision("dot") if self.is_office(person) else Decision("cancelled", "not_staff")

    async def _write(
        self, connection: AsyncConnection, group: Sequence[Due], decisions: Sequence[Decision], ground: Ground
    ) -> None:
        of: dict[str, list[str]] = defaultdict(list)
        for due, decision in zip(group, decisions, strict=True):
            of[decision.outcome].append(due.id)
        passed = {"phase": "dot", "lease_until": ground.now + PRE_LEASE, "frozen": True}
        await self._set(connection, of["dot"], passed)
        anew: dict[str, object] = {"state": "planned", "phase": None}
        await self._set(connection, of["stale"], anew | {"bytes": None, "frozen": False})
        for due, decision in zip(group, decisions, strict=True):
            if decision.outcome == "cancelled":
                await self.queue.end(connection, due, "cancelled", decision.reason or "")
            elif decision.outcome == "paused":
                waits: dict[str, object] = {
                    "next_attempt_at": decision.until,
                    "reason": "paused",
                    "attempts": due.attempts,
                }
                dropped: dict[str, object] = {} if due.frozen else {"bytes": None}
                await self._set(connection, [due.id], anew | waits | dropped)

    async def _set(self, connection: AsyncConnection, ids: list[str], values: Mapping[str, object]) -> None:
        if ids:
            await connection.execute(update(messages).where(messages.c.id.in_(ids)).values(dict(values)))
