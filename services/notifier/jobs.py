"""What is due by the clock: digests of local mornings, what waits too long, what is kept no longer."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from services.notifier.desk import Desk
from services.notifier.digests import due_window, plan_due_digest
from services.notifier.store.records import Recipient, select_recipients
from services.notifier.store.retention import Retention
from shared.events import Tick
from shared.service import Job

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Jobs:
    """One method a job."""

    desk: Desk
    retention: Retention

    async def plan_digests(self, tick: Tick) -> None:
        """Each recipient whose local morning passed gets one digest, in a transaction of its own."""
        desk = self.desk
        async with desk.database.reading() as connection:
            recipients = [Recipient(*row) for row in await connection.execute(select_recipients())]
        due = [recipient for recipient in recipients if due_window(desk, recipient) is not None]
        planned = [await plan_due_digest(desk, recipient.subscription_id) for recipient in due]
        if any(planned):
            desk.wake()

    async def sweep(self, tick: Tick) -> None:
        """Wake the senders, and say aloud what waits for more than an hour."""
        self.desk.wake()
        if stuck := await self.retention.count_stuck():
            log.error("mails wait for more than an hour", extra={"count": stuck})
        if unbalanced := await self.retention.unbalanced():
            log.error("alerts outlived their mail", extra={"count": unbalanced})

    async def forget(self, tick: Tick) -> None:
        """Retention, which nobody has to remember."""
        await self.retention.forget_unconfirmed()
        await self.retention.forget_bodies()
        while await self.retention.forget_those_who_left():
            pass

    def table(self) -> tuple[Job, ...]:
        return (
            Job(name="plan-digests", run=self.plan_digests, every=timedelta(minutes=1)),
            Job(name="sweep", run=self.sweep, every=timedelta(minutes=10)),
            Job(name="forget", run=self.forget, cron="40 3 * * *"),
        )
