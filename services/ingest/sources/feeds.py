"""RSS and Atom feeds, as the office lists them: how to ask, each failing alone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.ingest.domain.feeds import FeedAddress
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import XML, Ask, SourceFailed, Validators
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.feeds_rows import parse
from services.ingest.sources.feeds_xml import read_feed

AT_ONCE = 6
FEED_S = 150.0
MOST_TOLD = 5


@dataclass(frozen=True)
class Told:
    """What one feed told: entries, a sentence when something is wrong, and the version to compare with next time."""

    records: tuple[object, ...] = ()
    problem: str | None = None
    unchanged: bool = False
    validators: Mapping[str, Validators] = field(default_factory=dict)


def lacks(settings: IngestSettings) -> str | None:
    return None if settings.feed_addresses else "PASSERELLE_FEEDS is not set: give the addresses of feeds."


async def fetch(asking: Asking) -> Fetched:
    """The entries of all feeds that changed; a sentence names the hosts of those that could not be read."""
    if problem := lacks(asking.settings):
        return Fetched(problem=problem)
    few = asyncio.Semaphore(AT_ONCE)

    async def read(feed: FeedAddress) -> Told:
        async with few:
            return await _read(asking, feed)

    told = await asyncio.gather(*(read(feed) for feed in asking.settings.feed_addresses))
    problems = tuple(dict.fromkeys(one.problem for one in told if one.problem))
    return Fetched(
        tuple(record for one in told for record in one.records),
        _sentence(problems),
        unchanged=all(one.unchanged for one in told),
        validators={url: known for one in told for url, known in one.validators.items()},
    )


async def _read(asking: Asking, feed: FeedAddress) -> Told:
    known = asking.validators.get(feed.url)
    try:
        async with asyncio.timeout(FEED_S):
            answer = await asking.client.ask(Ask(feed.url, kinds=XML, if_changed=known, follow=True))
        await asking.on_page()
        if answer.unchanged:
            return Told(unchanged=True, validators={feed.url: known} if known else {})
        read = await asyncio.to_thread(read_feed, feed, answer)
    except SourceFailed as error:
        return Told(problem=f"{feed.host}: {error}")
    except TimeoutError:
        return Told(problem=f"{feed.host}: no complete answer within {FEED_S:.0f} s.")
    # A feed that is not wholly read is read afresh the next time.
    validators = {} if read.problem else {feed.url: answer.validators}
    problem = f"{feed.host}: {read.problem}" if read.problem else None
    return Told(read.records, problem, validators=validators)


def _sentence(problems: tuple[str, ...]) -> str | None:
    """One line a feed."""
    if not problems:
        return None
    more = (f"And {len(problems) - MOST_TOLD} more.",) if len(problems) > MOST_TOLD else ()
    return "\n".join((*problems[:MOST_TOLD], *more))


USUAL = {"title": 0.9, "link": 0.8}

source = Source(
    name="feeds",
    usual=USUAL,
    fetch=fetch,
    parse=parse,
    shows_latest_only=True,
    keeps_days=180,
    authority=20,
    lacks=lacks,
)
