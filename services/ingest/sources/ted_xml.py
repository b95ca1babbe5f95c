"""The XML of the few notices whose row says too little: asked for within bounds, and never at the harvest's expense."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from services.ingest.domain.readings import RecordRefused
from services.ingest.domain.tenders import Notice
from services.ingest.sources.bounded import XML, Ask, SourceFailed
from services.ingest.sources.contract import Asking
from services.ingest.sources.ted_eforms import read_notice
from services.ingest.sources.ted_rows import Enriched

log = logging.getLogger(__name__)

MOST_ASKED = 20
MOST_FAILED = 3
LONGEST_S = 60.0


async def enriched(asking: Asking, records: Sequence[object]) -> tuple[object, ...]:
    """The records, poor ones beside their XML where it could be read in time; the others as they are."""
    made = list(records)
    poor = [(place, row) for place, row in enumerate(records) if isinstance(row, dict) and is_poor(row)][:MOST_ASKED]
    try:
        async with asyncio.timeout(LONGEST_S):
            await _enrich(asking, made, poor)
    except TimeoutError:
        log.warning("the XML of notices takes too long and is left", extra={"poor": len(poor)})
    return tuple(made)


def is_poor(row: Mapping[str, object]) -> bool:
    """Whether a row describes nothing, of the whole or of a lot."""
    return not row.get("description-proc") and not row.get("description-lot")


async def _enrich(asking: Asking, made: list[object], poor: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    failed = 0
    for place, row in poor:
        url = xml_address(row, asking.settings.ted_url)
        if not url:
            continue
        try:
            notice = await _asked(asking, url)
            if row.get("procedure-identifier") in (notice.procedure, notice.procedure.upper()):
                made[place] = Enriched(row, notice)
        except (SourceFailed, RecordRefused) as problem:
            log.warning("the XML of a notice cannot be read", extra={"url": url, "problem": str(problem)})
            failed += 1
        if failed >= MOST_FAILED:
            return


async def _asked(asking: Asking, url: str) -> Notice:
    answer = await asking.client.ask(Ask(url, kinds=XML))
    await asking.on_page()
    return await asyncio.to_thread(read_notice, answer.body)


def xml_address(row: Mapping[str, object], base: str) -> str | None:
    """The row's link to its XML, when it leads to the Publications Office, or to the host that is asked anyway."""
    links = row.get("links")
    given = links.get("xml") if isinstance(links, dict) else None
    urls = [url for url in given.values() if isinstance(url, str)] if isinstance(given, dict) else []
    return next((url for url in urls if _is_trusted(url, base)), None)


def _is_trusted(url: str, base: str) -> bool:
    try:
        parts, asked = urlsplit(url), urlsplit(base)
        is_office = parts.scheme == "https" and (parts.hostname or "").endswith(".europa.eu") and not parts.port
    except ValueError:
        return False
    return not parts.username and (is_office or (parts.scheme, parts.netloc) == (asked.scheme, asked.netloc))
