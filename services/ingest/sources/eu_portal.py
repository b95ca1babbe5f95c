"""The EU Funding & Tenders Portal, through the search API behind its pages: how to ask it.

The body is multipart with *file* parts: plain form fields answer 500, a query in the URL is silently ignored. Only
`bool/must/terms` is safe. The window is 10,000 rows: beyond it, one question for each framework programme.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, Field, ValidationError

from services.ingest.sources.bounded import Ask, SourceFailed
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.eu_portal_codes import OPEN_STATUSES, PROGRAMMES, STATUSES
from services.ingest.sources.eu_portal_rows import key_of, parse

PATH = "/search-api/prod/rest/search"
PAGE_SIZE = 100
WINDOW = 10_000
MAX_PAGES = 400

Terms = Mapping[str, Sequence[str]]


class Envelope(BaseModel):
    """What surrounds the rows of one page."""

    total: int = Field(alias="totalResults", ge=0, strict=True)
    page: int = Field(alias="pageNumber", ge=0, strict=True)
    results: list[object]


@dataclass
class Reader:
    """Reads all pages of one question, and notices when they do not add up."""

    asking: Asking
    window: int = WINDOW
    records: list[object] = field(default_factory=list)

    async def read(self, terms: Terms) -> str | None:
        """Add the rows that answer the terms; returns a sentence when some are missing."""
        first = await self._page(terms, 1)
        if first.total > self.window:
            if "frameworkProgramme" in terms:
                return f"One programme alone has {first.total} rows, over the window of {self.window}."
            return await self._read_by_programme(terms, first.total)
        return await self._read_pages(terms, first)

    async def _read_by_programme(self, terms: Terms, total: int) -> str | None:
        before = len(self.records)
        for code in PROGRAMMES:
            if problem := await self.read({**terms, "frameworkProgramme": [code]}):
                return problem
        read = len(self.records) - before
        return None if read >= total else f"Known programmes hold {read} of {total} rows: one is missing from the list."

    async def _read_pages(self, terms: Terms, first: Envelope) -> str | None:
        start = len(self.records)
        self.records += first.results
        seen_pages = {_signature(first.results)} if first.results else set()
        for number in range(2, min(math.ceil(first.total / PAGE_SIZE), MAX_PAGES) + 1):
            page = await self._page(terms, number)
            if page.total != first.total:
                self.records += page.results
                return f"The total changed from {first.total} to {page.total} while pages were read."
            if page.results and _signature(page.results) in seen_pages:
                return f"Page {number} repeats an earlier one."
            seen_pages.add(_signature(page.results))
            self.records += page.results
        read = len(self.records) - start
        return None if read >= first.total else f"The source announced {first.total} rows and gave {read}."

    async def _page(self, terms: Terms, number: int) -> Envelope:
        query = {"bool": {"must": [{"terms": {name: list(values)}} for name, values in terms.items()]}}
        answer = await self.asking.client.ask_for_json(
            Ask(
                self.asking.settings.sedia_url + PATH,
                "POST",
                params={"apiKey": "SEDIA", "text": "***", "pageSize": str(PAGE_SIZE), "pageNumber": str(number)},
                files={"query": _json_part(query), "languages": _json_part(["en"])},
            )
        )
        await self.asking.on_page()
        try:
            return Envelope.model_validate(answer)
        except ValidationError as error:
            raise SourceFailed("The source's answer is JSON of another shape than the search API's.") from error


async def fetch(asking: Asking) -> Fetched:
    """All open and forthcoming rows, with a sentence when they are not complete."""
    reader = Reader(asking)
    try:
        problem = await reader.read({"status": [code for code, name in STATUSES.items() if name in OPEN_STATUSES]})
    except SourceFailed as error:
        problem = str(error)
    return Fetched(tuple(reader.records), problem)


async def look_up(asking: Asking, keys: Sequence[str]) -> Fetched:
    """The rows of known keys, whatever their status: how an explicit "closed" is seen."""
    reader = Reader(asking)
    try:
        for start in range(0, len(keys), PAGE_SIZE):
            if problem := await reader.read({"identifier": keys[start : start + PAGE_SIZE]}):
                return Fetched(tuple(reader.records), problem)
    except SourceFailed as error:
        return Fetched(tuple(reader.records), str(error))
    return Fetched(tuple(reader.records))


def _json_part(value: object) -> tuple[str, bytes, str]:
    return ("blob", json.dumps(value).encode(), "application/json")


def _signature(rows: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(row.get("reference")) if isinstance(row, dict) else repr(row)[:80] for row in rows)


USUAL = {
    "title": 0.95,
    "identifier": 0.95,
    "type": 0.95,
    "status": 0.95,
    "deadlineDate": 0.9,
    "descriptionByte": 0.8,
    "frameworkProgramme": 0.8,
    "callIdentifier": 0.6,
    "startDate": 0.6,
}

source = Source(name="eu-portal", usual=USUAL, fetch=fetch, look_up=look_up, parse=parse, key_of=key_of, authority=90)
