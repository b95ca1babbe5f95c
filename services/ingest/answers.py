"""What ingest answers when it is asked."""

from dataclasses import dataclass

from services.ingest.domain.communes import Gazetteer
from services.ingest.jobs import Jobs, next_harvest_after
from shared.requests import AskHarvests, Commune, Communes, FindCommunes, HarvestNow, Harvests, Reply, SourceSummary


@dataclass(frozen=True)
class Answers:
    """Answers with what they need."""

    jobs: Jobs
    places: Gazetteer

    async def harvests(self, question: AskHarvests) -> Harvests:
        harvests = self.jobs.harvester.harvests
        return Harvests(
            sources=tuple([await self._source(source.name) for source in self.jobs.sources]),
            harvests=tuple(await harvests.latest(question.limit)),
            quarantined=await harvests.quarantined(),
        )

    async def harvest_now(self, command: HarvestNow) -> Reply:
        if command.source not in self.jobs.enabled:
            return Reply(refused="unknown_source")
        return Reply(refused=None if await self.jobs.ask(command.source) else "running")

    async def communes(self, question: FindCommunes) -> Communes:
        found = self.places.find(question.text, limit=question.limit)
        return Communes(
            communes=tuple(
                Commune(insee=one.insee, name=one.name, postcodes=one.postcodes, population=one.population)
                for one in found
            )
        )

    async def _source(self, name: str) -> SourceSummary:
        harvester, enabled = self.jobs.harvester, name in self.jobs.enabled
        last = await harvester.harvests.last_of(name)
        complete = await harvester.harvests.last_of(name, complete=True)
        return SourceSummary(
            name=name,
            enabled=enabled,
            opportunities=await harvester.store.live_count(name),
            last_complete_at=complete.finished_at if complete else None,
            next_run_at=next_harvest_after(harvester.clock()) if enabled else None,
            problem=last.problem if last else None,
        )
