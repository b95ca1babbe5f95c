"""What ingest answers when it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ingest.domain.communes import Gazetteer
from services.ingest.domain.soundness import MANY_VANISHED
from services.ingest.jobs import Jobs, next_harvest_after
from services.ingest.sources.contract import Source
from services.ingest.watch import WatchStore
from services.ingest.watch_desk import WatchDesk
from shared.requests import (
    AskHarvests,
    Commune,
    Communes,
    DayOfSource,
    FindCommunes,
    HarvestNow,
    Harvests,
    ReleaseRecord,
    Reply,
    SourceSummary,
    SplitCopy,
)


@dataclass(frozen=True)
class Answers:
    """Answers with what they need. `zone`: where a day of the figures begins and ends."""

    jobs: Jobs
    places: Gazetteer
    watch: WatchStore
    desk: WatchDesk
    zone: str

    async def harvests(self, question: AskHarvests) -> Harvests:
        """What staff see of the sources."""
        harvests, now = self.jobs.harvester.harvests, self.jobs.harvester.clock()
        days, alarms = await self.watch.days(now, self.zone), await self.watch.open_alarms()
        return Harvests(
            sources=tuple(
                [await self._source(one, days.get(one.name, ()), alarms.get(one.name)) for one in self.jobs.sources]
            ),
            harvests=tuple(await harvests.latest(question.limit)),
            quarantined=await harvests.quarantined(),
            set_aside=await self.watch.set_aside(),
            merged=await self.watch.merged(),
        )

    async def harvest_now(self, command: HarvestNow) -> Reply:
        if command.source not in self.jobs.enabled:
            return Reply(refused="unknown_source")
        asked = await self.jobs.ask(command.source, believe_vanished=command.believe_vanished, afresh=True)
        return Reply(refused=None if asked else "running")

    async def release_record(self, command: ReleaseRecord) -> Reply:
        return Reply(refused=await self.desk.release(command.source, command.key, command.reason))

    async def split_copy(self, command: SplitCopy) -> Reply:
        return Reply(refused=await self.desk.split(command.opportunity_id))

    async def communes(self, question: FindCommunes) -> Communes:
        found = self.places.find(question.text, limit=question.limit)
        return Communes(
            communes=tuple(
                Commune(insee=one.insee, name=one.name, postcodes=one.postcodes, population=one.population)
                for one in found
            )
        )

    async def _source(
        self, source: Source, days: Sequence[DayOfSource], alarm: tuple[datetime, str] | None
    ) -> SourceSummary:
        harvester, name = self.jobs.harvester, source.name
        enabled = name in self.jobs.enabled
        last = await harvester.harvests.last_of(name)
        complete = await harvester.harvests.last_of(name, complete=True)
        return SourceSummary(
            name=name,
            enabled=enabled,
            opportunities=await harvester.store.live_count(name),
            last_complete_at=complete.finished_at if complete else None,
            next_run_at=next_harvest_after(harvester.clock()) if enabled else None,
            problem=last.problem if last else None,
            is_running=await harvester.harvests.is_running(name),
            lacks=source.lacks(harvester.settings),
            alarm=alarm[1] if alarm else None,
            alarm_since=alarm[0] if alarm else None,
            many_vanished=bool(last and last.problem and MANY_VANISHED in last.problem),
            days=tuple(days),
        )
