"""RSS and Atom feeds that the settings list: how they are asked, each failing alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.ingest.feed_list import ListedFeed
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import XML, Ask, SourceFailed, Validators
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.feeds_entries import Entry, entries_of
from services.ingest.sources.feeds_rows import parse

KEEPS_DAYS = 180
AT_ONCE = 8
LONGEST_FEED_S = 90.0
BROKEN_SHARE = 0.5
MAX_VALIDATOR = 300
MOST_TOLD = 10


@dataclass(frozen=True)
class OneFeed:
    """What one feed gave."""

    feed: ListedFeed
    entries: tuple[Entry, ...] = ()
    problem: str | None = None
    unchanged: bool = False
    validators: Validators = field(default_factory=Validators)


async def fetch(asking: Asking) -> Fetched:
    """The entries of the feeds that changed, with a sentence for each that could not be read."""
    turns = asyncio.Semaphore(AT_ONCE)
    read = await asyncio.gather(*(_read(asking, feed, turns) for feed in asking.settings.listed_feeds))
    return together(read)


def together(read: Sequence[OneFeed]) -> Fetched:
    """All feeds as one answer: unchanged only when every one is."""
    problems = [f"{one.feed.host}: {one.problem}" for one in read if one.problem]
    if len(problems) > MOST_TOLD:
        problems[MOST_TOLD:] = [f"{len(problems) - MOST_TOLD} other feeds fail too."]
    return Fetched(
        tuple(entry for one in read for entry in one.entries),
        " ".join(problems) or None,
        unchanged=bool(read) and all(one.unchanged for one in read),
        validators={one.feed.url: one.validators for one in read if one.validators != Validators()},
    )


async def _read(asking: Asking, feed: ListedFeed, turns: asyncio.Semaphore) -> OneFeed:
    async with turns:
        try:
            async with asyncio.timeout(LONGEST_FEED_S):
                return await _asked(asking, feed)
        except SourceFailed as error:
            return OneFeed(feed, problem=str(error))
        except TimeoutError:
            return OneFeed(feed, problem=f"The feed was not read within {LONGEST_FEED_S:.0f} s.")


async def _asked(asking: Asking, feed: ListedFeed) -> OneFeed:
    known = asking.validators.get(feed.url)
    answer = await asking.client.ask(Ask(feed.url, kinds=XML, if_changed=known))
    await asking.on_page()
    if answer.unchanged:
        return OneFeed(feed, unchanged=True, validators=known or Validators())
    entries = await asyncio.to_thread(entries_of, feed, answer.body, answer.charset)
    problem = _renamed(entries)
    return OneFeed(feed, entries, problem, validators=Validators() if problem else _sendable(answer.validators))


def _sendable(given: Validators) -> Validators:
    """Those that can be sent back: a header of other letters cannot."""
    return Validators(*(text if text and _fits(text) else None for text in (given.etag, given.last_modified)))


def _fits(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= MAX_VALIDATOR


def _renamed(entries: Sequence[Entry]) -> str | None:
    """A sentence when so many entries lack a title or an identity that the feed has probably changed its shape."""
    lacking = sum(not entry.title or not (entry.guid or entry.link) for entry in entries)
    if lacking <= len(entries) * BROKEN_SHARE:
        return None
    return f"{lacking} of {len(entries)} entries have no title or no address: the feed has probably changed its shape."


def lacks(settings: IngestSettings) -> str | None:
    """A sentence when no feed is listed."""
    return None if settings.listed_feeds else "PASSERELLE_FEEDS lists no feed."


# No usual shares: feeds that did not change are not sent again, so a share would tell which feeds were read.
source = Source(
    name="feeds",
    usual={},
    fetch=fetch,
    parse=parse,
    shows_latest_only=True,
    keeps_days=KEEPS_DAYS,
    authority=20,
    lacks=lacks,
)
