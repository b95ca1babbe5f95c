"""A mail a day to an address of ours that sends it back: what leaves is seen to arrive."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import exists, select

from services.notifier.desk import Desk
from services.notifier.tables import messages, returns
from shared.events import Tick

log = logging.getLogger(__name__)
LATE = timedelta(hours=2)
WATCHED = timedelta(days=1)
ONCE_WITHIN = timedelta(hours=20)


@dataclass(frozen=True)
class Canary:
    """Does nothing when no address is set."""

    desk: Desk

    async def plan(self, tick: Tick) -> None:
        """Queue today's."""
        desk, address = self.desk, self.desk.settings.mail_canary
        if address is None:
            return
        today = select(messages.c.id).where(
            messages.c.kind == "canary", messages.c.planned_at > desk.clock() - ONCE_WITHIN
        )
        async with desk.database.writing() as connection:
            if (await connection.execute(today.limit(1))).first() is not None:
                return
            person = await desk.people.ensure(connection, address, language="fr", timezone=desk.timezone)
            await desk.planning.plan_message(
                connection, kind="canary", person_id=person, language="fr", expires_at=desk.clock() + WATCHED
            )
        desk.wake()

    async def watch(self, tick: Tick) -> None:
        """Say aloud that today's has not come back."""
        if self.desk.settings.mail_canary is None:
            return
        now = self.desk.clock()
        recent = (messages.c.planned_at < now - LATE, messages.c.planned_at > now - WATCHED)
        arrived = exists().where(returns.c.message_id == messages.c.id, returns.c.kind == "canary")
        missing = select(messages.c.id).where(messages.c.kind == "canary", *recent, ~arrived)
        async with self.desk.database.reading() as connection:
            lost: list[str] = list((await connection.execute(missing)).scalars())
        for message_id in lost:
            log.error("the canary has not come back", extra={"message_id": message_id})
