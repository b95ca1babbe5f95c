"""What comes back, kept and acted upon: each return once, in one transaction."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Row, exists, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.returns import Returned
from services.notifier.store.calling_off import CallingOff
from services.notifier.store.people import People
from services.notifier.tables import messages, returns
from shared.clock import Clock
from shared.database import Database

Outcome = Literal["bounced", "delayed", "complaint", "canary", "aside", "again", "nothing", "unknown"]
KEPT_COMING_BACK = timedelta(days=30)
TIMES = 3


@dataclass(frozen=True)
class Noted:
    """What became of a return. `keeps_coming_back`: the third within 30 days with no delivery in between."""

    outcome: Outcome
    message_id: str | None = None
    keeps_coming_back: bool = False


class Returns:
    """The effects of returned mails, of a person and a message each."""

    def __init__(self, database: Database, clock: Clock, people: People, calling_off: CallingOff) -> None:
        self.database = database
        self.clock = clock
        self.people = people
        self.calling_off = calling_off

    async def take(self, returned: Returned, return_id: str) -> Noted:
        """Note a return and do what it asks for; done again, it does nothing more."""
        wanted = returned.message_id or returned.claimed_id
        if wanted is None:
            return Noted("unknown")
        if returned.kind in {"none", "unreadable"}:
            return Noted("nothing", wanted)
        async with self.database.writing() as connection:
            person, message = await self._about(connection, wanted)
            if person is None or message is None:
                return Noted("unknown")
            outcome = _weighed(returned, str(person.address or ""))
            if not await self._keep(connection, return_id, outcome, returned, message):
                return Noted("again", wanted)
            await self._mark(connection, wanted, outcome)
            if outcome == "bounced":
                await self._address_refused(connection, person)
            elif outcome == "complaint":
                await self._complained(connection, person)
            keeps = outcome == "delayed" and await self._keeps_coming_back(connection, message.person_id)
            return Noted(outcome, wanted, keeps)

    async def take_canary(self, message_id: str, return_id: str) -> Noted:
        """Our canary reached its address."""
        async with self.database.writing() as connection:
            person, message = await self._about(connection, message_id)
            if person is None or message is None or message.kind != "canary":
                return Noted("unknown")
            arrived = await self._keep(connection, return_id, "canary", Returned("none"), message)
            return Noted("canary" if arrived else "again", message_id)

    async def set_aside(self, return_id: str, detail: str) -> bool:
        """Note that a return could not be read; False when it was noted before."""
        async with self.database.writing() as connection:
            return await self._insert(connection, id=return_id, kind="unreadable", detail=detail)

    async def _about(self, connection: AsyncConnection, message_id: str) -> tuple[Row[Any] | None, Row[Any] | None]:
        """The person, locked as every writer locks them first, and the mail."""
        found = (await connection.execute(select(messages).where(messages.c.id == message_id))).first()
        if found is None:
            return None, None
        return await self.people.lock(connection, found.person_id), found

    async def _keep(
        self, connection: AsyncConnection, return_id: str, outcome: Outcome, returned: Returned, message: Row[Any]
    ) -> bool:
        return await self._insert(
            connection,
            id=return_id,
            message_id=message.id,
            person_id=message.person_id,
            kind=outcome,
            status=returned.status,
            detail=returned.detail,
        )

    async def _insert(self, connection: AsyncConnection, **values: object) -> bool:
        insert = self.database.insert(returns).values(came_at=self.clock(), **values)
        return (await connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]))).rowcount == 1

    async def _mark(self, connection: AsyncConnection, message_id: str, outcome: Outcome) -> None:
        """A delay that is told after a refusal changes nothing."""
        marked = messages.c.returned_as.is_(None) if outcome == "delayed" else true()
        values = {"returned_at": self.clock(), "returned_as": outcome}
        await connection.execute(update(messages).where(messages.c.id == message_id, marked).values(**values))

    async def _address_refused(self, connection: AsyncConnection, person: Row[Any]) -> None:
        await self.people.suppress(connection, person.address_key, "refused")
        await self._end_all(connection, person.id, "address_refused", event=None)

    async def _complained(self, connection: AsyncConnection, person: Row[Any]) -> None:
        """Who reports our mail as unwanted wants none: an unsubscribe of everything, which they can take back."""
        await self.people.suppress(connection, person.address_key, "complained")
        await self._end_all(connection, person.id, "complained", event="withdrawn")

    async def _end_all(self, connection: AsyncConnection, person_id: str, reason: str, *, event: str | None) -> None:
        ending = [row for row in await self.people.subscriptions_of(connection, person_id) if row.status != "ended"]
        ids = [row.id for row in ending]
        await self.people.end(connection, ids)
        for row in ending if event else ():
            await self.people.note_consent(connection, person_id, row.organisation_id, event or "", "")
        await self.calling_off.of_subscriptions(connection, ids, reason)

    async def _keeps_coming_back(self, connection: AsyncConnection, person_id: str) -> bool:
        since = self.clock() - KEPT_COMING_BACK
        mine = (returns.c.person_id == person_id, returns.c.kind == "delayed", returns.c.came_at > since)
        row = (await connection.execute(select(func.count(), func.min(returns.c.came_at)).where(*mine))).one()
        if row[0] < TIMES:
            return False
        arrived = exists().where(
            messages.c.person_id == person_id, messages.c.sent_at > row[1], messages.c.returned_as.is_(None)
        )
        return not (await connection.execute(select(arrived))).scalar_one()


def _weighed(returned: Returned, address: str) -> Outcome:
    """A refusal counts against an address that it names. Elsewhere, a forward or a list of that address failed."""
    if returned.kind == "complaint":
        return "complaint"
    named = not returned.recipients or address.casefold() in returned.recipients
    return "bounced" if returned.kind == "bounced" and named else "delayed"
