"""aides-territoires, the State's catalogue of aids: how to ask its API.

A token of the settings is exchanged for another that lasts a day; it may end while pages are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel, Field, ValidationError

from services.ingest.reference import territory
from services.ingest.settings import IngestSettings
from services.ingest.sources.aides_territoires_rows import USUAL, concerns, parse
from services.ingest.sources.bounded import Ask, NotAllowed, NotThere, SourceFailed
from services.ingest.sources.contract import Asking, Fetched, Source
from shared.settings import SettingsError

CONNECT = "/api/connexion/"
AIDS = "/api/aids/"
BY_ID = "/api/aids/by-id/{}/"
PAGE_SIZE = 100
MAX_PAGES = 400


class Token(BaseModel):
    """What the API answers to the token of the settings."""

    token: str = Field(min_length=1, max_length=10_000, pattern=r"^[\x21-\x7e]+$")


class Envelope(BaseModel):
    """What surrounds the aids of one page. `next` is an address, or null on the last page."""

    count: int = Field(ge=0, strict=True)
    next: str | None
    results: list[object]


@dataclass
class Session:
    """Asks with a token, and fetches another when it has ended."""

    asking: Asking
    bearer: str | None = None

    async def ask(self, path: str, params: Mapping[str, str]) -> object:
        """The JSON at a path. Raises SourceFailed."""
        if self.bearer is not None:
            try:
                return await self._ask(path, params)
            except NotAllowed:
                self.bearer = None
        self.bearer = await self._connect()
        return await self._ask(path, params)

    async def _ask(self, path: str, params: Mapping[str, str]) -> object:
        url = self.asking.settings.aides_territoires_url + path
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return await self.asking.client.ask_for_json(Ask(url, params=params, headers=headers))

    async def _connect(self) -> str:
        settings = self.asking.settings
        own = settings.aides_territoires_token.get_secret_value() if settings.aides_territoires_token else ""
        try:
            answer = await self.asking.client.ask_for_json(
                Ask(settings.aides_territoires_url + CONNECT, "POST", headers={"X-AUTH-TOKEN": own})
            )
        except NotAllowed as error:
            raise SourceFailed(
                "aides-territoires refuses the token: give a valid one as PASSERELLE_AIDES_TERRITOIRES_TOKEN."
            ) from error
        try:
            return Token.model_validate(answer).token
        except ValidationError:
            # Not chained: the error would hold what was answered.
            raise SourceFailed("aides-territoires answered the connection without a token.") from None


@dataclass
class Reader:
    """Reads all pages, and notices when they do not add up."""

    session: Session
    records: list[object] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    async def read(self) -> str | None:
        """Add the aids of every page; returns a sentence when some are missing."""
        announced: int | None = None
        for number in range(1, MAX_PAGES + 1):
            page = await self._page(number)
            announced = page.count if announced is None else announced
            if page.count != announced:
                return f"The total changed from {announced} to {page.count} while pages were read."
            fresh = self._add(page.results)
            if page.next is None:
                read = len(self._seen)
                return None if read >= announced else f"The source announced {announced} aids and gave {read}."
            if not fresh:
                return (
                    f"Page {number} {'repeats earlier ones' if page.results else 'is empty'} though more is announced."
                )
        return f"The source has more than {MAX_PAGES} pages."

    def _add(self, results: Sequence[object]) -> bool:
        """Keep the records of a page; whether any of them is new."""
        before = len(self._seen)
        self.records += results
        self._seen |= {_named(record) for record in results}
        return len(self._seen) > before

    async def _page(self, number: int) -> Envelope:
        answer = await self.session.ask(AIDS, {"page": str(number), "itemsPerPage": str(PAGE_SIZE)})
        await self.session.asking.on_page()
        try:
            return Envelope.model_validate(answer)
        except ValidationError as error:
            raise SourceFailed("The source's answer is JSON of another shape than a page of aids.") from error


async def fetch(asking: Asking) -> Fetched:
    """The aids that concern the territory, with a sentence when they are not complete."""
    if problem := lacks(asking.settings):
        return Fetched(problem=problem)
    reader = Reader(Session(asking))
    try:
        problem = await reader.read()
    except SourceFailed as error:
        problem = str(error)
    here = territory(asking.settings.departement)
    return Fetched(tuple(record for record in reader.records if concerns(record, here)), problem)


async def look_up(asking: Asking, keys: Sequence[str]) -> Fetched:
    """The aids of known ids, also those that are over. One that is deleted is not among them."""
    if problem := lacks(asking.settings):
        return Fetched(problem=problem)
    session, records = Session(asking), []
    for key in keys:
        try:
            records.append(await session.ask(BY_ID.format(quote(key, safe="")), {}))
        except NotThere:
            continue
        except SourceFailed as error:
            return Fetched(tuple(records), str(error))
    return Fetched(tuple(records))


def lacks(settings: IngestSettings) -> str | None:
    """A sentence when the source cannot be asked with these settings."""
    token = settings.aides_territoires_token.get_secret_value() if settings.aides_territoires_token else ""
    if not token:
        return "There is no token: PASSERELLE_AIDES_TERRITOIRES_TOKEN is not set."
    if not (token.isascii() and token.isprintable()):
        return "PASSERELLE_AIDES_TERRITOIRES_TOKEN holds characters that no token has."
    try:
        territory(settings.departement)
    except SettingsError as error:
        return str(error)
    return None


def _named(record: object) -> str:
    identity: Any = record.get("id") if isinstance(record, dict) else None
    if isinstance(identity, str | int):
        return str(identity)
    try:
        return repr(record)
    except RecursionError:
        return type(record).__name__


source = Source(
    name="aides-territoires", usual=USUAL, fetch=fetch, parse=parse, look_up=look_up, authority=60, lacks=lacks
)
