"""What ingest does by the clock: ask for harvests, carry them out one by one, close what is past."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.ingest.alarms import Watchman
from services.ingest.domain.changes import at_deadline, too_old
from services.ingest.harvest import AlreadyRunning, Harvester
from services.ingest.sources import SOURCES, source_named
from services.ingest.sources.contract import Source
from services.ingest.store import Save, chunks
from services.ingest.watch import WatchStore
from shared.events import Tick

log = logging.getLogger(__name__)

# UTC. In Paris one or two hours later: never between 02:00 and 03:00, which a change of clocks skips or repeats.
HARVEST_MINUTE, HARVEST_HOURS = 17, (4, 9, 13, 17)
HARVEST_CRON = f"{HARVEST_MINUTE} {','.join(map(str, HARVEST_HOURS))} * * *"
LOOK_AGAIN_S = 20.0
BATCH = 250


def next_harvest_after(now: datetime) -> datetime:
    """When the schedule next asks for harvests."""
    today = [now.replace(hour=hour, minute=HARVEST_MINUTE, second=0, microsecond=0) for hour in HARVEST_HOURS]
    return next((due for due in today if due > now), today[0] + timedelta(days=1))


@dataclass(frozen=True)
class Jobs:
    """Ticks only note what is wanted, so that they are acknowledged at once; the worker does the reading."""

    harvester: Harvester
    enabled: tuple[str, ...]
    sources: tuple[Source, ...] = SOURCES
    wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def opened(self) -> None:
        """Tidy up after a crash, and ask at once for sources that were never read completely."""
        harvests, now = self.harvester.harvests, self.harvester.clock()
        await harvests.end_interrupted(now)
        for name in self.enabled:
            if await harvests.last_of(name, complete=True) is None:
                await harvests.ask(name, now)

    def asker(self, name: str) -> Callable[[Tick], Awaitable[None]]:
        """A job that asks for one source."""

        async def ask(_tick: Tick) -> None:
            await self.ask(name)

        return ask

    async def ask_again(self, _tick: Tick) -> None:
        """Ask for sources whose last reading was not complete, without waiting for the schedule."""
        for name in self.enabled:
            last = await self.harvester.harvests.last_of(name)
            if last is None or not last.complete:
                await self.ask(name)

    async def ask(self, name: str, *, believe_vanished: bool = False, afresh: bool = False) -> bool:
        """Ask for a harvest at the next occasion; False when one is under way or asked for."""
        asked = await self.harvester.harvests.ask(
            name, self.harvester.clock(), believe_vanished=believe_vanished, afresh=afresh
        )
        self.wanted.set()
        return asked

    async def carry_out(self) -> None:
        """Read the sources asked for, one after the other, for ever."""
        while True:
            self.wanted.clear()
            await self.carry_out_once()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self.wanted.wait()

    async def carry_out_once(self) -> None:
        for name in await self.harvester.harvests.asked():
            source = source_named(name, self.sources)
            if source is None or name not in self.enabled:
                continue
            try:
                await self.harvester.harvest(source)
                await self.look_after(None)
            except AlreadyRunning:
                log.info("a source is being read already", extra={"source": name})

    async def look_after(self, _tick: Tick | None) -> None:
        """Raise and end alarms about sources."""
        harvests = self.harvester.harvests
        outbox, clock = self.harvester.store.outbox, self.harvester.clock
        watchman = Watchman(harvests, WatchStore(harvests.database), outbox, clock)
        await watchman.look(tuple(source for source in self.sources if source.name in self.enabled))

    async def close_passed(self, _tick: Tick) -> None:
        """Let the clock act on what is stored: the next deadline takes over, or the opportunity is closed."""
        store, now = self.harvester.store, self.harvester.clock()
        saves = [
            Save(id_, known.state.source, "", known.state.version, decision, merged_into=known.merged_into)
            for id_, known in (await store.due(now)).items()
            if (decision := at_deadline(known, now)).state is not None
        ]
        for source in self.sources:
            if source.keeps_days is not None:
                old = await store.undated(source.name, since_before=now - timedelta(days=source.keeps_days))
                saves += [
                    Save(id_, source.name, "", one.state.version, too_old(one, now), merged_into=one.merged_into)
                    for id_, one in old.items()
                ]
        for batch in chunks(saves, BATCH):
            async with store.database.writing() as connection:
                await store.save(connection, batch, now)
        if saves:
            log.info("deadlines passed", extra={"opportunities": len(saves)})
