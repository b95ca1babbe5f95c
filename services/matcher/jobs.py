"""What the matcher does by the clock and beside: the daily fit, fits after growth, and catching up with new rules."""

import asyncio
import logging
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from services.matcher.keeper import Keeper
from services.matcher.redecide import Redecision
from services.matcher.refit import Growth, Refit
from services.matcher.store import Stale
from shared.clock import Clock
from shared.events import Tick

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
REST_AFTER_FAILURE_S = 5.0
DAILY_FIT = "40 2 * * *"


@dataclass(frozen=True)
class Jobs:
    """The daily fit and the watcher."""

    refit: Refit
    redecision: Redecision
    keeper: Keeper
    clock: Clock
    wake: asyncio.Event
    new_words: asyncio.Event
    growth: Growth = field(default_factory=Growth)

    async def fit_daily(self, tick: Tick) -> None:
        await self.refit.refit()

    async def watch(self) -> None:
        """Look each second, or when woken, at what is behind and at what has grown; never give up."""
        while True:
            try:
                await self.look()
                await self._wait(LOOK_EVERY_S)
            except (OSError, Stale, SQLAlchemyError):
                log.exception("could not look after the model, will try again")
                await asyncio.sleep(REST_AFTER_FAILURE_S)

    async def look(self) -> None:
        """Catch up with the rules and the model in force; fit again when enough was published, or words were added."""
        self.wake.clear()
        await self.redecision.catch_up()
        async with self.keeper.fresh() as snapshot:
            count, fitted = len(snapshot.index.opportunities.entries), snapshot.pointer.opportunities_fitted
        has_new_words = self.new_words.is_set()
        if self.growth.is_due(count=count, fitted=fitted, now=self.clock()) or has_new_words:
            self.new_words.clear()
            await self.refit.refit()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.wake.wait()
        except TimeoutError:
            return
