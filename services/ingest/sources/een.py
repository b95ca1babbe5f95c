"""Enterprise Europe Network: how to ask the service that hands the profiles of its partners to its members.

It knows no pages and no question by reference: only dates, so that profiles are asked for by their deadlines.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from services.ingest.domain.deadlines import brussels_day
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import XML, Ask, NotAllowed, SourceFailed
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.een_rows import REFERENCE, USUAL, is_french, key_of, parse
from services.ingest.sources.een_xml import NotProfiles, Record, records_of

PATH = "/tools/services/podv6/QueryService.svc/GetProfiles"
# Most profiles end within a year: two weeks of them stay well under the cap on a body.
STEPS = (*((timedelta(days=14),) * 27), *((timedelta(days=91),) * 8))
AROUND_REFERENCE = (timedelta(days=-1), timedelta(days=14))
MOST_FAILED = 3


@dataclass
class Reader:
    """Asks question after question; keeps what it could read, and what went wrong first."""

    asking: Asking
    records: list[Record] = field(default_factory=list)
    problem: str | None = None
    failed: int = 0

    async def ask(self, what: str, params: Mapping[str, str]) -> bool:
        """Add the profiles of one answer; False when it is no use to ask on."""
        try:
            self.records += await self._asked(params)
        except NotAllowed:
            self.problem = (
                "Enterprise Europe Network refuses the credentials: "
                "give valid ones as PASSERELLE_EEN_USER and PASSERELLE_EEN_PASSWORD."
            )
            return False
        except SourceFailed as error:
            self.problem = self.problem or f"{what}: {error}"
            self.failed += 1
        return self.failed < MOST_FAILED

    async def _asked(self, params: Mapping[str, str]) -> tuple[Record, ...]:
        settings = self.asking.settings
        secret = settings.een_password.get_secret_value() if settings.een_password else ""
        answer = await self.asking.client.ask(
            Ask(f"{settings.een_url}{PATH}", params={"u": settings.een_user or "", "p": secret, **params}, kinds=XML)
        )
        await self.asking.on_page()
        try:
            return await asyncio.to_thread(records_of, answer.body)
        except NotProfiles as error:
            raise SourceFailed(str(error)) from error


async def fetch(asking: Asking) -> Fetched:
    """The profiles of other countries whose deadline is ahead, with a sentence when they are not complete."""
    if problem := lacks(asking.settings):
        return Fetched(problem=problem)
    reader = Reader(asking)
    changed = {"ua": _day(brussels_day(asking.since))} if asking.since else {}
    for first, last in _windows(brussels_day(asking.now)):
        if not await reader.ask(f"Deadlines from {first} to {last}", {"da": _day(first), "db": _day(last), **changed}):
            break
    if not reader.records and not changed:
        reader.problem = reader.problem or "Enterprise Europe Network gave no profile at all."
    return Fetched(_of_others(reader.records), reader.problem)


async def look_up(asking: Asking, keys: Sequence[str]) -> Fetched:
    """The profiles of known references, asked for by the day that the reference holds."""
    if problem := lacks(asking.settings):
        return Fetched(problem=problem)
    reader = Reader(asking)
    for day in sorted({day for key in keys if (day := _day_of(key))}):
        first, last = (day + step for step in AROUND_REFERENCE)
        if not await reader.ask(f"Profiles of {day}", {"sa": _day(first), "sb": _day(last)}):
            break
    return Fetched(tuple(record for record in reader.records if key_of(record) in keys), reader.problem)


def lacks(settings: IngestSettings) -> str | None:
    """A sentence when the source cannot be asked with these settings."""
    password = settings.een_password.get_secret_value() if settings.een_password else ""
    given = {"URL": settings.een_url, "USER": settings.een_user, "PASSWORD": password}
    missing = [f"PASSERELLE_EEN_{name}" for name, value in given.items() if not value]
    if not missing:
        return None
    return f"Enterprise Europe Network cannot be asked: {', '.join(missing)} not set."


def _windows(today: date) -> Iterator[tuple[date, date]]:
    """Days that touch, since the service does not say whether it counts the last one."""
    first = today
    for step in STEPS:
        yield first, first + step
        first += step


def _of_others(records: Sequence[Record]) -> tuple[Record, ...]:
    """Without those of France, and without what a window and the next both gave."""
    kept: list[Record] = []
    seen: dict[str, Record] = {}
    for record in records:
        if not is_french(record) and seen.get(key := key_of(record)) != record:
            seen[key] = record
            kept.append(record)
    return tuple(kept)


def _day_of(key: str) -> date | None:
    known = REFERENCE.fullmatch(key)
    try:
        return date.fromisoformat(known[3]) if known else None
    except ValueError:
        return None


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


source = Source(
    name="een", usual=USUAL, fetch=fetch, parse=parse, look_up=look_up, keeps_days=400, authority=70, lacks=lacks
)
