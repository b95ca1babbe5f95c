"""When staff are told that a source needs a look: it went stale, or reads strangely; and when it is well again."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.ingest.harvest_store import HarvestStore
from services.ingest.sources.contract import Source
from services.ingest.watch import WatchStore
from shared.clock import Clock
from shared.events import SourceRecovered, SourceTroubled
from shared.outbox import Outbox
from shared.requests import HarvestSummary

log = logging.getLogger(__name__)

STRANGE_IN_A_ROW = 2


@dataclass(frozen=True)
class Watchman:
    """Looks at each source now and then. An alarm is raised once, and ended once."""

    harvests: HarvestStore
    watch: WatchStore
    outbox: Outbox
    clock: Clock

    async def look(self, sources: tuple[Source, ...]) -> None:
        """Raise the alarms that are due, end those that are over, and tell both."""
        open_alarms, now = await self.watch.open_alarms(), self.clock()
        names = {source.name for source in sources}
        for source in sources:
            problem = await self._trouble(source, now)
            if problem is not None and source.name not in open_alarms:
                await self._raise(source.name, problem, now)
            elif problem is None and source.name in open_alarms:
                await self._end(source.name, now)
        for name in set(open_alarms) - names:  # no longer read
            await self._end(name, now)

    async def _trouble(self, source: Source, now: datetime) -> str | None:
        lately = await self.harvests.latest(STRANGE_IN_A_ROW, source=source.name)
        complete = await self.harvests.last_of(source.name, complete=True)
        return trouble_of(source, lately, complete, now)

    async def _raise(self, name: str, problem: str, now: datetime) -> None:
        async with self.watch.database.writing() as connection:
            await self.watch.raise_alarm(connection, name, problem, now)
            await self.outbox.tell(connection, SourceTroubled(happened_at=now, source=name, problem=problem))
        log.error("a source needs a look", extra={"source": name, "problem": problem})

    async def _end(self, name: str, now: datetime) -> None:
        async with self.watch.database.writing() as connection:
            await self.watch.end_alarm(connection, name, now)
            await self.outbox.tell(connection, SourceRecovered(happened_at=now, source=name))
        log.info("a source is well again", extra={"source": name})


def trouble_of(
    source: Source, lately: list[HarvestSummary], complete: HarvestSummary | None, now: datetime
) -> str | None:
    """What is wrong with a source, None when nothing is. `lately`: its last harvests, newest first."""
    if not lately:
        return None
    problems = [one.problem for one in lately if one.problem]
    if len(problems) >= STRANGE_IN_A_ROW and len(problems) == len(lately):
        return problems[0]
    since = complete.finished_at if complete else None
    if since is not None and now - since > timedelta(hours=source.stale_after_h):
        return f"No complete harvest for more than {source.stale_after_h} hours."
    return None
