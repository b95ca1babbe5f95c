"""Profiles of the Enterprise Europe Network, through the service that its partners have access to: how to ask.

A GET with the credentials of a member and dates without dashes; there are no pages, so one question asks for the
profiles whose deadline falls within two weeks. A service that ignores the dates is noticed.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import XML, Ask, NotAllowed, SourceFailed
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.een_rows import REFERENCE, concerns, key_of, parse
from services.ingest.sources.een_xml import profiles_in

PATH = "/tools/services/podv6/QueryService.svc/GetProfiles"
WINDOW = timedelta(days=14)
WINDOWS = 52
MOST_FAILED = 3
MANY = 20  # neighbouring questions share a day, but so many profiles would not all fall on it
# A reference bears the day a profile was begun; it is submitted within weeks.
SUBMITTED_WITHIN = timedelta(days=120)
ON_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

Params = Mapping[str, str]


def lacks(settings: IngestSettings) -> str | None:
    """A sentence for what is not set, or would let the password travel readable."""
    given = (
        ("PASSERELLE_EEN_URL", settings.een_url),
        ("PASSERELLE_EEN_USER", settings.een_user),
        ("PASSERELLE_EEN_PASSWORD", settings.een_password and settings.een_password.get_secret_value()),
    )
    if missing := [name for name, value in given if not value]:
        return f"{', '.join(missing)} must be set: the network gives its members an access to its profiles."
    address = urlsplit(settings.een_url or "")
    if address.scheme != "https" and address.hostname not in ON_THIS_MACHINE:
        return "PASSERELLE_EEN_URL must begin with https: the password would be readable on the way."
    return None


@dataclass
class Reader:
    """Asks one question after another; notes what is wrong and goes on, but not for ever."""

    asking: Asking
    records: list[object] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _failed: int = 0
    _before: frozenset[str] = frozenset()

    async def read(self, questions: Iterator[Params]) -> None:
        for question in questions:
            try:
                found = await self._ask(question)
            except NotAllowed:
                self.problems.append("The service refuses the user or the password of PASSERELLE_EEN_USER.")
                return
            except SourceFailed as error:
                self.problems.append(str(error))
                self._failed += 1
                if self._failed == MOST_FAILED:
                    return
                continue
            keys = frozenset(map(key_of, found))
            if len(keys) >= MANY and keys == self._before:
                self.problems.append("The service gives the same profiles for other dates: it may ignore them.")
                return
            self._failed, self._before = 0, keys
            self.records += found

    async def _ask(self, question: Params) -> tuple[object, ...]:
        settings = self.asking.settings
        password = settings.een_password.get_secret_value() if settings.een_password else ""
        params = {"u": settings.een_user or "", "p": password, **question}
        answer = await self.asking.client.ask(Ask(f"{settings.een_url}{PATH}", params=params, kinds=XML))
        await self.asking.on_page()
        return await asyncio.to_thread(profiles_in, answer.body)

    def fetched(self, records: Sequence[object]) -> Fetched:
        return Fetched(tuple(records), "\n".join(dict.fromkeys(self.problems)) or None)


async def fetch(asking: Asking) -> Fetched:
    """Profiles of other countries whose deadline is ahead, with a sentence when they are not complete."""
    if problem := lacks(asking.settings):
        return Fetched(problem=problem)
    reader = Reader(asking)
    await reader.read(_open_ones(asking.now.date(), asking.since))
    return reader.fetched([record for record in _once(reader.records) if concerns(record)])


async def look_up(asking: Asking, keys: Sequence[str]) -> Fetched:
    """The profiles of known references, whatever their deadline: asked for by type and days of submission."""
    if problem := lacks(asking.settings):
        return Fetched(problem=problem)
    reader, wanted = Reader(asking), {key for key in keys if REFERENCE.fullmatch(key)}
    await reader.read(_submitted(wanted))
    return reader.fetched([record for record in _once(reader.records) if key_of(record) in wanted])


def _open_ones(today: date, since: datetime | None) -> Iterator[Params]:
    """Questions for all deadlines ahead, two weeks each, the last one without end."""
    updated = {"ua": _compact(since.date())} if since else {}
    for number in range(WINDOWS):
        start = today + number * WINDOW
        until = {} if number == WINDOWS - 1 else {"db": _compact(start + WINDOW)}
        yield {"da": _compact(start), **until, **updated}


def _submitted(references: set[str]) -> Iterator[Params]:
    for kind, day in sorted({(found["type"], found["day"]) for found in map(REFERENCE.fullmatch, references) if found}):
        try:
            begun = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 (a day, without a time)
        except ValueError:
            continue
        yield {"pt": kind, "sa": _compact(begun - timedelta(days=1)), "sb": _compact(begun + SUBMITTED_WITHIN)}


def _once(records: Sequence[object]) -> list[object]:
    """Neighbouring questions share a day; the same profile counts once."""
    return list({key_of(record): record for record in records}.values())


def _compact(day: date) -> str:
    return f"{day:%Y%m%d}"


USUAL = {
    "reference.external": 0.95,
    "content.title": 0.95,
    "content.summary": 0.8,
    "content.description": 0.8,
    "datum.deadline": 0.8,
    "company.country.key": 0.9,
}

source = Source(
    name="een",
    usual=USUAL,
    fetch=fetch,
    parse=parse,
    look_up=look_up,
    key_of=key_of,
    keeps_days=365,
    authority=70,
    lacks=lacks,
)
