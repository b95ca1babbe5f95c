"""A JSON source that a file describes: how it is asked, page after page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import httpx

from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import JSON, Ask, NotThere, SourceFailed, Validators, parse_json
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.mapped_file import FromSecret, Links, Pages, SourceFile
from services.ingest.sources.mapped_rows import parse_records
from services.ingest.sources.mapped_values import values_at

MAX_PAGES = 400


@dataclass
class Reader:
    """Reads all there is, and notices when it does not add up."""

    file: SourceFile
    asking: Asking
    records: list[object] = field(default_factory=list)
    validators: dict[str, Validators] = field(default_factory=dict)
    unchanged: bool = False
    _announced: int | None = None
    _pages: set[str] = field(default_factory=set)

    async def read(self) -> str | None:
        """Add the records; returns a sentence when some are missing. Raises SourceFailed."""
        paging = self.file.paging
        if isinstance(paging, Pages):
            return await self._read_numbers(paging)
        if isinstance(paging, Links):
            return await self._read_links(paging)
        return await self._read_one()

    async def _read_one(self) -> str | None:
        # Whether one can apply yet depends on the day: then the same document says something else on another day.
        is_timeless = self.file.fields.opens_on is None
        known = self.asking.validators.get(self.file.url) if is_timeless else None
        answer = await self.asking.client.ask(self._ask(self.file.url, {}, if_changed=known))
        if answer.unchanged:
            self.unchanged = True
            return None
        problem = self._add(parse_json(answer.body))
        if answer.validators != Validators():
            self.validators[self.file.url] = answer.validators
        return problem or self._missing()

    async def _read_numbers(self, paging: Pages) -> str | None:
        sized = {paging.size_parameter: str(paging.size)} if paging.size_parameter else {}
        for number in range(paging.first, paging.first + MAX_PAGES):
            before = len(self.records)
            try:
                body = await self._page(self.file.url, {**sized, paging.parameter: str(number)})
            except NotThere:
                # Some answer "not found" beyond their last page.
                if number == paging.first:
                    raise
                return self._missing()
            if problem := self._add(body):
                return problem
            found = len(self.records) - before
            enough = self._announced is not None and len(self.records) >= self._announced
            if not found or enough or (paging.size is not None and found < paging.size):
                return self._missing()
        return f"The source has more than {MAX_PAGES} pages."

    async def _read_links(self, paging: Links) -> str | None:
        url, visited = httpx.URL(self.file.url), set[str]()
        for _ in range(MAX_PAGES):
            visited.add(str(url))
            body = await self._page(str(url), {})
            if problem := self._add(body):
                return problem
            links = values_at(body, paging.at)
            if not links or links == [""]:
                return self._missing()
            url = self._next(url, links[0])
            if str(url) in visited:
                return "The pages lead in a circle."
        return f"The source has more than {MAX_PAGES} pages."

    def _next(self, page: httpx.URL, link: object) -> httpx.URL:
        """Where a link leads. What the file asks with, secrets too, goes to no other server."""
        try:
            url = page.join(link) if isinstance(link, str) else None
        except (httpx.InvalidURL, ValueError):
            url = None
        if url is None:
            raise SourceFailed("The link to the next page is no address.")
        if (url.scheme, url.host, url.port) != (page.scheme, page.host, page.port):
            raise SourceFailed(f"The next page is on another server ({url.host[:60]}): it is not asked.")
        return url

    async def _page(self, url: str, params: Mapping[str, str]) -> object:
        body = await self.asking.client.ask_for_json(self._ask(url, params))
        await self.asking.on_page()
        return body

    def _ask(self, url: str, params: Mapping[str, str], *, if_changed: Validators | None = None) -> Ask:
        whole = httpx.URL(url).copy_merge_params(dict(params)) if params else url
        kinds = () if self.file.any_content_type else JSON
        return Ask(str(whole), headers=_headers(self.file, self.asking.settings), kinds=kinds, if_changed=if_changed)

    def _add(self, body: object) -> str | None:
        """Keep the records of a page; a sentence when it contradicts earlier ones. Raises SourceFailed."""
        records = _list_at(body, self.file.records)
        if problem := self._total(body):
            return problem
        if records:
            page = _signature(records)
            if page in self._pages:
                return "A page repeats an earlier one."
            self._pages.add(page)
        self.records += records
        return None

    def _total(self, body: object) -> str | None:
        if self.file.total is None:
            return None
        given = next(iter(values_at(body, self.file.total)), None)
        if not isinstance(given, int) or isinstance(given, bool) or given < 0:
            raise SourceFailed(f"The source's answer holds no number of records at {self.file.total}.")
        self._announced = given if self._announced is None else self._announced
        if given != self._announced:
            return f"The total changed from {self._announced} to {given} while pages were read."
        return None

    def _missing(self) -> str | None:
        read, announced = len(self.records), self._announced
        if announced is None or read >= announced:
            return None
        return f"The source announced {announced} records and gave {read}."


async def fetch(file: SourceFile, asking: Asking) -> Fetched:
    """All records, with a sentence when they are not complete."""
    if problem := lacks(file, asking.settings):
        return Fetched(problem=problem)
    reader = Reader(file, asking)
    try:
        problem = await reader.read()
    except SourceFailed as error:
        problem = str(error)
    validators = reader.validators if problem is None else {}
    return Fetched(tuple(reader.records), problem, unchanged=reader.unchanged, validators=validators)


def lacks(file: SourceFile, settings: IngestSettings) -> str | None:
    """A sentence when a secret that the file names was not given."""
    missing = [name for name in file.secrets if settings.source_secret(name) is None]
    return f"{file.title}: PASSERELLE_SOURCE_SECRETS has no {', '.join(missing)}." if missing else None


def source_of(file: SourceFile) -> Source:
    """The source that a file describes."""
    return Source(
        name=file.name,
        usual={"key": 1.0, "title": 1.0},
        fetch=partial(fetch, file),
        parse=partial(parse_records, file),
        shows_latest_only=file.shows_latest_only,
        authority=file.authority,
        lacks=partial(lacks, file),
    )


def _headers(file: SourceFile, settings: IngestSettings) -> dict[str, str]:
    return {
        name: value.before + (settings.source_secret(value.secret) or "") if isinstance(value, FromSecret) else value
        for name, value in file.headers.items()
    }


def _list_at(body: object, path: str) -> list[object]:
    """The list of records. Raises SourceFailed when it is not where the file says."""
    found = body
    for name in path.split(".") if path else ():
        found = found.get(name) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise SourceFailed(f"The source's answer holds no list of records {'at ' + path if path else 'by itself'}.")
    return found


def _signature(records: Sequence[object]) -> str:
    try:
        return repr(records)
    except RecursionError:
        return f"{len(records)} records too deep to compare"
