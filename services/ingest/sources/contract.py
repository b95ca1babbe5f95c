"""What a source is to a harvest."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.ingest.domain.readings import Reading, Refused
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import BoundedClient, Validators


@dataclass(frozen=True)
class Fetched:
    """Raw records, and a sentence when they are not all there is.

    `unchanged`: the source says that nothing changed since its last complete reading; then there are no records.
    `validators`, by URL: to ask the next time whether anything changed.
    """

    records: tuple[object, ...] = ()
    problem: str | None = None
    unchanged: bool = False
    validators: Mapping[str, Validators] = field(default_factory=dict)


@dataclass(frozen=True)
class Parsed:
    """Records understood and set aside, and which fields each raw record filled."""

    readings: tuple[Reading, ...]
    refused: tuple[Refused, ...]
    filled: tuple[frozenset[str], ...]


async def _nothing_to_note() -> None:
    """Nobody waits for news of the pages."""


@dataclass(frozen=True)
class Asking:
    """One occasion to ask a source: with what, when, and what is known of its pages.

    `on_page` is called after each page, so that a long reading is seen to live. `since` limits what is asked for to
    what was published or changed from then on, where the source can; None for all that is open.
    """

    client: BoundedClient
    settings: IngestSettings
    now: datetime
    on_page: Callable[[], Awaitable[None]] = _nothing_to_note
    since: datetime | None = None
    validators: Mapping[str, Validators] = field(default_factory=dict)


Fetch = Callable[[Asking], Awaitable[Fetched]]
LookUp = Callable[[Asking, Sequence[str]], Awaitable[Fetched]]
Enrich = Callable[[Asking, Sequence[Reading]], Awaitable[Sequence[Reading]]]
Parse = Callable[[tuple[object, ...], datetime], Parsed]


@dataclass(frozen=True)
class Source:
    """One place opportunities come from.

    `fetch` gives what it could read and says what is missing, it never raises for what the source does wrong;
    `parse` is pure, and a bad record fails alone. `usual` is the share of rows that fill a field, for the first
    harvest, before there is one to compare with.
    `look_up` asks for records by their keys, whatever their status. Without it, an opportunity no longer listed is
    closed only when three complete harvests over two days lack it and its own page is gone.
    `key_of` tells cheaply which opportunity a raw record is about: records that did not change are then not parsed.
    `enrich` asks what else there is to know of readings that are new or changed; it never fails.
    `shows_latest_only`: a feed, where what is older leaves by itself; its absence is no news at all.
    `keeps_days`: how long an opportunity without any deadline is kept from its first reading; None for ever.
    `authority` says whose dates count when two sources tell of one opportunity: the higher one's.
    `lacks` gives a sentence when a setting the source needs is missing.
    `stale_after_h`: hours without a complete harvest after which staff are told.
    """

    name: str
    usual: Mapping[str, float]
    fetch: Fetch
    parse: Parse
    look_up: LookUp | None = None
    key_of: Callable[[object], str] | None = None
    enrich: Enrich | None = None
    shows_latest_only: bool = False
    keeps_days: int | None = None
    authority: int = 50
    lacks: Callable[[IngestSettings], str | None] = lambda _: None
    stale_after_h: int = 30
