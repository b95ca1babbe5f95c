"""TED, the journal of public purchases: asking its search API. `ted_query` holds the questions, `ted_rows` the reading.

ITERATION mode reads as it were one moment of the index, by a token from page to page. The token is there even after
the last page, a page may be cut short (`timedOut`) under status 200, and 10,000 fields a page are the most.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.ingest.domain.deadlines import brussels_day
from services.ingest.sources.bounded import Ask, SourceFailed
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.ted_query import FIELDS, PAGE_SIZE, nothing_chosen, notices_of, open_notices
from services.ingest.sources.ted_rows import PROCEDURE, parse
from services.ingest.sources.ted_xml import enriched

PATH = "/v3/notices/search"
PROCEDURES_A_QUESTION = 20
MAX_PAGES = 80
PAUSE_S = 1.0


class Envelope(BaseModel):
    """What every answer of the search API holds around its rows."""

    model_config = ConfigDict(extra="ignore")

    total: int = Field(alias="totalNoticeCount", ge=0, strict=True)
    notices: list[object]
    token: str | None = Field(default=None, alias="iterationNextToken")
    timed_out: bool = Field(default=False, alias="timedOut")


@dataclass
class Reader:
    """One complete answer to one question, page after page."""

    asking: Asking
    query: str
    scope: str
    records: list[object] = field(default_factory=list)

    async def read(self) -> str | None:
        """Read all pages into `records`. Returns a sentence when they are not all there is; raises SourceFailed."""
        token: str | None = None
        total: int | None = None
        tokens: set[str] = set()
        pages: set[tuple[str, ...]] = set()
        for number in range(1, MAX_PAGES + 1):
            page = await self._page(token)
            self.records += page.notices
            if page.timed_out:
                return f"TED ran out of time on page {number} and gave a part of it."
            if total is not None and page.total != total:
                return f"The total changed from {total} to {page.total} while pages were read."
            total = page.total
            if page.notices and (signature := _signature(page.notices)) in pages:
                return f"Page {number} repeats an earlier one."
            if not page.notices or len(self.records) >= total:
                return self._lacking(total)
            pages.add(signature)
            if not page.token or page.token in tokens:
                return (
                    f"TED gave {'an earlier' if page.token else 'no'} token after {len(self.records)} of {total} rows."
                )
            token = page.token
            tokens.add(token)
            await self.asking.client.sleep(PAUSE_S)
        return f"TED announced {total} rows, more than the {MAX_PAGES * PAGE_SIZE} that are read."

    def _lacking(self, total: int) -> str | None:
        """Rows that are there twice count once."""
        read = len(set(_signature(self.records)))
        return None if read >= total else f"The source announced {total} rows and gave {read}."

    async def _page(self, token: str | None) -> Envelope:
        body: dict[str, object] = {
            "query": self.query,
            "fields": FIELDS,
            "limit": PAGE_SIZE,
            "scope": self.scope,
            "paginationMode": "ITERATION",
            "onlyLatestVersions": True,
        }
        if token:
            body["iterationNextToken"] = token
        asking = self.asking
        answer = await asking.client.ask_for_json(Ask(asking.settings.ted_url + PATH, "POST", json=body))
        await asking.on_page()
        try:
            return Envelope.model_validate(answer)
        except ValidationError as error:
            raise SourceFailed("The source's answer is JSON of another shape than the search API's.") from error


async def fetch(asking: Asking) -> Fetched:
    """All calls that were chosen and can still be answered, with a sentence when they are not complete."""
    if problem := nothing_chosen(asking.settings):
        return Fetched(problem=problem)
    since = brussels_day(asking.since) if asking.since else None
    query = open_notices(asking.settings, today=brussels_day(asking.now), since=since)
    records, problem = await _read(Reader(asking, query, "ACTIVE"))
    return Fetched(await enriched(asking, records), problem)


async def look_up(asking: Asking, keys: Sequence[str]) -> Fetched:
    """All notices of known procedures, whatever their status: how a result or a cancellation is seen."""
    known = [key for key in keys if PROCEDURE.fullmatch(key)]
    records: list[object] = []
    for start in range(0, len(known), PROCEDURES_A_QUESTION):
        query = notices_of(known[start : start + PROCEDURES_A_QUESTION])
        more, problem = await _read(Reader(asking, query, "ALL"))
        records += more
        if problem:
            return Fetched(tuple(records), problem)
    strange = len(keys) - len(known)
    return Fetched(tuple(records), f"{strange} keys are not those of procedures." if strange else None)


async def _read(reader: Reader) -> tuple[list[object], str | None]:
    try:
        problem = await reader.read()
    except SourceFailed as error:
        problem = str(error)
    return reader.records, problem


def _signature(rows: Sequence[object]) -> tuple[str, ...]:
    return tuple(_named(row.get("publication-number") if isinstance(row, dict) else row) for row in rows)


def _named(value: object) -> str:
    """A row's number; what nests too deep to be told apart is one and the same."""
    try:
        return str(value)[:200]
    except RecursionError:
        return "nested"


USUAL = {
    "publication-number": 0.95,
    "publication-date": 0.95,
    "procedure-identifier": 0.95,
    "form-type": 0.95,
    "notice-title": 0.9,
    "title-proc": 0.9,
    "description-proc": 0.8,
    "identifier-lot": 0.8,
    "title-lot": 0.8,
    "deadline-receipt-tender-date-lot": 0.6,
    "buyer-name": 0.9,
    "place-of-performance": 0.9,
    "classification-cpv": 0.9,
}

source = Source(name="ted", usual=USUAL, fetch=fetch, look_up=look_up, parse=parse, authority=80, lacks=nothing_chosen)
