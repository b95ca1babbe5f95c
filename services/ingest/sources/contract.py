"""What a source is to a harvest."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ingest.domain.readings import Reading, Refused
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import BoundedClient


@dataclass(frozen=True)
class Fetched:
    """Raw records, and a sentence when they are not all there is."""

    records: tuple[object, ...]
    problem: str | None = None


@dataclass(frozen=True)
class Parsed:
    """Records understood and set aside, and which fields each raw record filled."""

    readings: tuple[Reading, ...]
    refused: tuple[Refused, ...]
    filled: tuple[frozenset[str], ...]


OnPage = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Source:
    """One place opportunities come from.

    `fetch` gives what it could read and says what is missing, it never raises for what the source does wrong;
    `look_up` asks for records by their keys, whatever their status; `parse` is pure, and a bad record fails alone.
    `usual` is the share of rows that fill a field, for the first harvest, before there is one to compare with.
    """

    name: str
    usual: Mapping[str, float]
    fetch: Callable[[BoundedClient, IngestSettings, OnPage], Awaitable[Fetched]]
    look_up: Callable[[BoundedClient, IngestSettings, Sequence[str]], Awaitable[Fetched]]
    parse: Callable[[tuple[object, ...], datetime], Parsed]
