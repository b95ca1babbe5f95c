"""The point of no return of mails that are on the wire: committed only if consent still holds, and all else.

People, subscriptions and opportunities are held for the length of the transaction: a withdrawal commits either
before it, and is seen here, or after it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.kinds import PRE_LEASE
from services.notifier.domain.leaving import Decision, DotOutcome, Now, decide
from services.notifier.store.knowledge import STANDING, standing_from
from services.notifier.store.queue import CARRIED, OURS, Holder
from services.notifier.store.records import Due
from services.notifier.store.unsent import Unsent
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
    planned: Mapping[str, frozenset[str]]
    live: frozenset[tuple[str, str]]


def is_staff(person: Row[Any]) -> bool:
    return bool(person.is_staff)


class Dots:
    """Commits the point of no return of several mails of one lane at once."""

    def __init__(self, unsent: Unsent, *, is_office: IsOffice = is_staff) -> None:
        self.unsent = unsent
        self.clock = unsent.clock
        self.is_office = is_office

    async def commit(self, group: Sequence[Due], holder: Holder) -> list[DotOutcome]:
        """What became of each: on its way, or why not. Order of locks: see `store/__init__.py`."""
        async with self.unsent.database.writing() as connection:
            ground = await self._ground(connection, group)
            decisions = [self._decide(due, ground) for due in group]
            return await self._write(connection, group, decisions, holder)

    async def _ground(self, connection: AsyncConnection, group: Sequence[Due]) -> Ground:
        person_ids = sorted({due.person_id for due in group})
        persons = {row.id: row for row in await connection.execute(PERSONS, {"ids": person_ids})}
        keys = sorted({row.address_key for row in persons.values()})
        suppressed = {row.address_key: row.reason for row in await connection.execute(SUPPRESSED, {"keys": keys})}
        is_alert = group[0].lane == "alert"
        return Ground(
            now=self.clock(),
            persons=persons,
            suppressed=suppressed,
            active=await self._active(connection, person_ids) if is_alert else {},
            opportunities=await self._opportunities(connection, group) if is_alert else {},
            planned=await self._planned(connection, person_ids, group) if is_alert else {},
            live=await self._live(connection, person_ids) if group[0].lane == "login" else frozenset(),
        )

    async def _active(self, connection: AsyncConnection, person_ids: list[str]) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for row in await connection.execute(SUBSCRIPTIONS, {"ids": person_ids}):
            if row.status == "active":
                found[row.person_id].add(row.id)
        return {person_id: frozenset(ids) for person_id, ids in found.items()}

    async def _opportunities(self, connection: AsyncConnection, group: Sequence[Due]) -> dict[str, Now]:
        shown = sorted({each.opportunity_id for due in group for each in due.shown})
        if not shown:
            return {}
        now = self.clock()
        standings = [standing_from(row) for row in await connection.execute(STANDINGS, {"ids": shown})]
        return {each.id: Now(each.version, each.is_open_on(now)) for each in standings}

    async def _planned(
        self, connection: AsyncConnection, person_ids: list[str], group: Sequence[Due]
    ) -> dict[str, frozenset[str]]:
        carriers = {"persons": person_ids, "carriers": [due.id for due in group]}
        found: dict[str, set[str]] = defaultdict(set)
        for row in await connection.execute(PLANNED, carriers):
            found[row.message_id].add(row.opportunity_id)
        return {message_id: frozenset(planned) for message_id, planned in found.items()}

    async def _live(self, connection: AsyncConnection, person_ids: list[str]) -> frozenset[tuple[str, str]]:
        query = select(tokens.c.person_id, tokens.c.purpose).where(
            tokens.c.person_id.in_(person_ids), tokens.c.expires_at > self.clock()
        )
        return frozenset((row.person_id, row.purpose) for row in await connection.execute(query))

    def _decide(self, due: Due, ground: Ground) -> Decision:
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
        self, connection: AsyncConnection, group: Sequence[Due], decisions: Sequence[Decision], holder: Holder
    ) -> list[DotOutcome]:
        leaving = sorted(due.id for due, decision in zip(group, decisions, strict=True) if decision.outcome == "dot")
        ours: dict[str, object] = {"holder": holder.owner, "holder_epoch": holder.epoch}
        passed: set[str] = set()
        if leaving:
            lease = {"lease": self.clock() + PRE_LEASE}
            passed = set((await connection.execute(PASS, ours | {"ids": leaving} | lease)).scalars())
        staying = sorted({due.id for due in group}.difference(leaving))
        held: set[str] = set()
        if staying:
            held = set((await connection.execute(HELD, ours | {"ids": staying})).scalars())
        outcomes: list[DotOutcome] = []
        for due, decision in zip(group, decisions, strict=True):
            if due.id in held:
                await self._hold_back(connection, due, decision)
            outcomes.append(decision.outcome if due.id in held | passed else "lost")
        return outcomes

    async def _hold_back(self, connection: AsyncConnection, due: Due, decision: Decision) -> None:
        if decision.outcome == "cancelled":
            await self.unsent.end(connection, due, "cancelled", decision.reason or "")
            return
        values: dict[str, object] = {"state": "planned", "phase": None}
        if decision.outcome == "paused":
            values |= {"next_attempt_at": decision.until, "reason": "paused", "attempts": due.attempts}
        if not due.frozen:
            values["bytes"] = None
        await connection.execute(update(messages).where(messages.c.id == due.id).values(values))


_IDS: BindParameter[Sequence[str]] = bindparam("ids", expanding=True)
PERSONS = (
    select(people.c.id, people.c.address, people.c.address_key, people.c.is_staff, people.c.paused_until)
    .where(people.c.id.in_(_IDS))
    .order_by(people.c.id)
    .with_for_update(read=True)
)
SUPPRESSED = select(suppressions.c.address_key, suppressions.c.reason).where(
    suppressions.c.address_key.in_(bindparam("keys", expanding=True))
)
SUBSCRIPTIONS = (
    select(subscriptions.c.id, subscriptions.c.person_id, subscriptions.c.status)
    .where(subscriptions.c.person_id.in_(_IDS))
    .order_by(subscriptions.c.id)
    .with_for_update(read=True)
)
STANDINGS = (
    select(*STANDING).where(opportunities.c.id.in_(_IDS)).order_by(opportunities.c.id).with_for_update(read=True)
)
PLANNED = select(alerts.c.message_id, alerts.c.opportunity_id).where(CARRIED)
HELD = select(messages.c.id).where(OURS, messages.c.phase == "pre").order_by(messages.c.id).with_for_update()
PASS = (
    update(messages)
    .where(OURS, messages.c.phase == "pre")
    .values(phase="dot", lease_until=bindparam("lease"), frozen=True)
    .returning(messages.c.id)
)
