"""What the command line asks of ingest. A refusal is raised as a sentence."""

from collections.abc import Sequence

from services.ingest.harvest import AlreadyRunning, harvester
from services.ingest.profile_commands import Refused, import_profiles
from services.ingest.profile_store import ProfileStore
from services.ingest.sources import SOURCES, source_named
from services.ingest.store import Store, chunks
from shared.events import Fact, OpportunityClosed, OpportunityPublished, ProfileDescribed, ProfileRemoved
from shared.requests import HarvestSummary
from shared.service import Context

BATCH = 250

__all__ = ["Refused", "harvest_once", "import_profiles", "republish"]


async def harvest_once(context: Context, source_name: str) -> HarvestSummary:
    """Harvest one source now. Raises Refused for an unknown source, or one that is being read."""
    source = source_named(source_name)
    if source is None:
        known = ", ".join(source.name for source in SOURCES)
        raise Refused(f"there is no source {source_name}: choose among {known}")
    try:
        return await harvester(context).harvest(source)
    except AlreadyRunning as error:
        raise Refused(f"the source {source_name} is being read already") from error


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
