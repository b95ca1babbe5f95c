"""A failed mail tried again, by the wish of staff."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.store.replays import Replays
from shared.requests import ReplayMail, Reply


@dataclass(frozen=True)
class ReplayCommands:
    """Checks what may still be said, and to whom."""

    desk: Desk
    replays: Replays

    async def replay_mail(self, request: ReplayMail) -> Reply:
        """Plan a failed mail again; the send protocol checks consent once more before it leaves."""
        async with self.desk.database.writing() as connection:
            refused = await self._replay(connection, request.message_id)
        if refused is None:
            self.desk.wake()
        return Reply(refused=refused)

    async def _replay(self, connection: AsyncConnection, message_id: str) -> str | None:
        """Why not, or None when it is queued. The person is locked before their mail, as everywhere."""
        person_id = await self.replays.person_of(connection, message_id)
        if person_id is None:
            return "unknown"
        person = await self.desk.people.lock(connection, person_id)
        mail = await self.replays.mail(connection, message_id)
        if person is None or mail is None:
            return "unknown"
        if mail.state != "failed":
            return "not_failed"
        if not await self._is_wanted(connection, person, mail):
            return "not_wanted"
        sayable, had_any = await self.replays.sayable(connection, mail)
        if (had_any and not sayable) or await self._is_over(connection, mail):
            return "too_old"
        await self.replays.plan_again(connection, mail, sayable)
        return None

    async def _is_wanted(self, connection: AsyncConnection, person: Row[Any], mail: Row[Any]) -> bool:
        if person.address is None:
            return False
        suppressed = await self.desk.people.suppression(connection, person.address_key)
        if mail.lane == "login":
            return suppressed != "refused"
        if suppressed is not None:
            return False
        return mail.lane == "office" or await self.replays.is_subscribed(connection, mail)

    async def _is_over(self, connection: AsyncConnection, mail: Row[Any]) -> bool:
        if mail.lane == "login":
            return not await self.replays.has_live_link(connection, mail)
        return mail.expires_at is not None and bool(mail.expires_at <= self.desk.clock())
