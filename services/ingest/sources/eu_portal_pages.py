"""Pages of the EU portal's search API: how to ask for them, and how to notice that they do not add up.

The body is multipart with *file* parts: plain form fields answer 500, a query in the URL is silently ignored. Only
`bool/must/terms` is safe. The window is 10,000 rows: beyond it, one question for each framework programme. Without
`languages`, each row comes once for every language of the Union, translated by a machine.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, Field, ValidationError

from services.ingest.sources.bounded import Ask, SourceFailed
from services.ingest.sources.contract import Asking
from services.ingest.sources.eu_portal_codes import PROGRAMMES
from services.ingest.sources.eu_portal_rows import slim

PATH = "/search-api/prod/rest/search"
PAGE_SIZE = 100
WINDOW = 10_000
MAX_PAGES = 400
REFERENCE = re.compile(r"^\d+[A-Z][A-Z_]{3,}|[A-Z_]{4,}(en|EN)$")

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
    languages: tuple[str, ...] = ("en",)
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

    async def read_keys(self, keys: Sequence[str]) -> str | None:
        """Add the rows of some keys, whatever their status: topics have an identifier, the others a reference."""
        for start in range(0, len(keys), PAGE_SIZE):
            some = keys[start : start + PAGE_SIZE]
            by_reference = [key for key in some if REFERENCE.search(key)]
            by_identifier = [key for key in some if not REFERENCE.search(key)]
            for name, values in (("identifier", by_identifier), ("REFERENCE", by_reference)):
                if values and (problem := await self.read({name: values})):
                    return problem
        return None

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
                files={"query": _json_part(query), "languages": _json_part(list(self.languages))},
            )
        )
        await self.asking.on_page()
        try:
            envelope = Envelope.model_validate(answer)
            return envelope.model_copy(update={"results": [slim(row) for row in envelope.results]})
        except ValidationError as error:
            raise SourceFailed("The source's answer is JSON of another shape than the search API's.") from error


def _json_part(value: object) -> tuple[str, bytes, str]:
    return ("blob", json.dumps(value).encode(), "application/json")


def _signature(rows: Sequence[object]) -> tuple[str, ...]:
    return tuple(str(row.get("reference")) if isinstance(row, dict) else repr(row)[:80] for row in rows)
