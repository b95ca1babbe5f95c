"""What the command line asks of ingest. A refusal is raised as a sentence."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from services.ingest import preview
from services.ingest.answers import Answers
from services.ingest.harvest import AlreadyRunning, harvester
from services.ingest.jobs import Jobs
from services.ingest.preview import Preview
from services.ingest.profile_commands import Refused, import_profiles
from services.ingest.profile_store import ProfileStore
from services.ingest.reference import gazetteer
from services.ingest.settings import IngestSettings
from services.ingest.sources import enabled_sources, source_named, sources_of
from services.ingest.sources.contract import Source
from services.ingest.store import Store, chunks
from services.ingest.watch import WatchStore
from services.ingest.watch_desk import WatchDesk
from shared.events import Fact, OpportunityClosed, OpportunityPublished, ProfileDescribed, ProfileRemoved
from shared.requests import AskHarvests, Harvests, HarvestSummary
from shared.service import Context

BATCH = 250

__all__ = ["Refused", "harvest_once", "import_profiles", "republish"]


async def harvest_once(context: Context, source_name: str) -> HarvestSummary:
    """Harvest one source now. Raises Refused for an unknown source, or one that is being read; SettingsError."""
    source = _source(context, source_name)
    try:
        return await harvester(context).harvest(source, afresh=True)
    except AlreadyRunning as error:
        raise Refused(f"the source {source_name} is being read already") from error


async def preview_harvest(context: Context, source_name: str, since: date | None) -> Preview:
    """What a harvest would tell, of what is published from a day on. Raises Refused for an unknown source."""
    moment = datetime.combine(since, time.min, tzinfo=UTC) if since else None
    return await preview.preview(harvester(context), _source(context, source_name), since=moment)


async def stand_of_sources(context: Context) -> Harvests:
    """How each source stands, as staff see it."""
    settings: IngestSettings = context.settings
    jobs = Jobs(harvester(context), enabled_sources(settings), sources=sources_of(settings))
    store, harvests = jobs.harvester.store, jobs.harvester.harvests
    desk = WatchDesk(store, harvests, context.clock)
    answers = Answers(
        jobs, gazetteer(settings.departement), WatchStore(context.database), desk, context.common.timezone
    )
    return await answers.harvests(AskHarvests())


def _source(context: Context, name: str) -> Source:
    sources = sources_of(context.settings)
    source = source_named(name, sources)
    if source is None:
        known = ", ".join(source.name for source in sources)
        raise Refused(f"there is no source {name}: choose among {known}")
    return source


async def republish(context: Context) -> int:
    """Tell every current state again as it is, under the same versions; returns how many facts."""
    facts = [*await _closed(context), *await _profiles(context)]
    for some in chunks(facts, BATCH):
        await _tell(context, some)
    told = len(facts)
    store = Store(context.database, context.outbox)
    for ids in chunks(await store.live_ids(), BATCH):
        now = context.clock()
        known = (await store.known(ids)).values()
        states = [one.state for one in known if one.live]
        await _tell(context, [OpportunityPublished(happened_at=now, opportunity=state) for state in states])
        told += len(states)
    return told


async def _closed(context: Context) -> list[Fact]:
    store, now = Store(context.database, context.outbox), context.clock()
    return [
        OpportunityClosed(happened_at=now, opportunity_id=id_, version=version, reason=reason)
        for id_, version, reason in await store.closed()
    ]


async def _profiles(context: Context) -> list[Fact]:
    store, now = ProfileStore(context.database, context.outbox), context.clock()
    gone = [ProfileRemoved(happened_at=now, profile_id=id_, version=version) for id_, version in await store.removed()]
    return [*gone, *(ProfileDescribed(happened_at=now, profile=state) for state in await store.active())]


async def _tell(context: Context, facts: Sequence[Fact]) -> None:
    async with context.database.writing() as connection:
        await context.outbox.tell(connection, *facts)
