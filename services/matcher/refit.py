"""Fitting the model again: once a day, and soon after a large harvest has settled; by one replica at a time."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from services.matcher.archive import Archive
from services.matcher.keeper import Keeper
from services.matcher.redecide import Redecision
from services.matcher.store import Store
from services.matcher.vocabulary import Vocabulary
from shared.clock import Clock
from shared.database import Database

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
LEAST_GROWTH = 20
GROWTH_SHARE = 0.2
QUIET = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=2)


@dataclass
class Growth:
    """Tells when enough was published since the last fit, and no more is coming just now."""

    seen: int = -1
    grown_since: datetime | None = None
    changed_at: datetime | None = None

    def is_due(self, *, count: int, fitted: int, now: datetime) -> bool:
        """Look again, each second or so; True once a growth has settled, or has lasted too long to wait."""
        if abs(count - fitted) < max(LEAST_GROWTH, GROWTH_SHARE * fitted):
            self.seen, self.grown_since = count, None
            return False
        self.grown_since = self.grown_since or now
        if count != self.seen or self.changed_at is None:
            self.seen, self.changed_at = count, now
        return now - self.changed_at >= QUIET or now - self.grown_since >= LONGEST_WAIT


@dataclass(frozen=True)
class Refit:
    """Makes the next model and puts it in force."""

    database: Database
    store: Store
    archive: Archive
    keeper: Keeper
    redecision: Redecision
    vocabulary: Vocabulary
    clock: Clock
    owner: str = field(default_factory=lambda: uuid4().hex)

    async def refit(self) -> int | None:
        """Fit on all that is open, decide again, tell what changes. None when another replica is at it."""
        if not await self.store.take_lease(self.owner, self.clock(), LEASE):
            return None
        try:
            version = await self._fit_and_put_in_force()
        finally:
            await self.store.give_lease_back(self.owner)
        await self.redecision.catch_up()
        return version

    async def _fit_and_put_in_force(self) -> int:
        async with self.keeper.fresh() as snapshot:
            opportunities = len(snapshot.index.opportunities.entries)
            model = await asyncio.to_thread(snapshot.index.fit, await self.vocabulary.lexicon())
        async with self.database.writing() as connection:
            await self.store.begin_change(connection)
            version = await self.archive.put_model(connection, model, opportunities=opportunities, at=self.clock())
        log.info("model fitted", extra={"model_version": version, "opportunities": opportunities})
        return version
