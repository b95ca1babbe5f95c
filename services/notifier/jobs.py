"""What is due by the clock: digests of local mornings, what waits too long, what is kept no longer."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from services.notifier.check_ins import plan_check_ins
from services.notifier.desk import Desk
from services.notifier.mornings import plan_mornings
from services.notifier.store.reconciliation import Reconciling
from services.notifier.store.retention import Retention
from shared.events import Tick
from shared.service import Job

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Jobs:
    """One method a job."""

    desk: Desk
    retention: Retention

    async def plan_mornings(self, tick: Tick) -> None:
        """Each person whose local morning passed gets one mail, if there is something to say."""
        if await plan_mornings(self.desk):
            self.desk.wake()

    async def check_in(self, tick: Tick) -> None:
        """Ask, once a quarter, whether alerts are of use."""
        if await plan_check_ins(self.desk):
            self.desk.wake()

    async def sweep(self, tick: Tick) -> None:
        """Wake the senders, and say aloud what waits for more than an hour."""
        self.desk.wake()
        if stuck := await self.retention.count_stuck():
            log.error("mails wait for more than an hour", extra={"count": stuck})
        if unbalanced := await self.retention.unbalanced():
            log.error("alerts outlived their mail", extra={"count": unbalanced})

    async def reconcile(self, tick: Tick) -> None:
        """Say aloud when a match became of nothing; the page of deliveries shows which days."""
        await Reconciling(self.desk.database, self.desk.clock, self.desk.timezone).check()

    async def forget(self, tick: Tick) -> None:
        """Retention, which nobody has to remember."""
        await self.retention.forget_unconfirmed()
        await self.retention.forget_bodies()
        while await self.retention.forget_those_who_left():
            pass

    def table(self) -> tuple[Job, ...]:
        return (
            Job(name="plan-mornings", run=self.plan_mornings, every=timedelta(minutes=1)),
            Job(name="sweep", run=self.sweep, every=timedelta(minutes=10)),
            Job(name="check-in", run=self.check_in, cron="15 8 * * tue"),
            Job(name="reconcile", run=self.reconcile, cron="20 5 * * *"),
            Job(name="forget", run=self.forget, cron="40 3 * * *"),
        )
