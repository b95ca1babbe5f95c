"""The EU Funding & Tenders Portal: topics, cascade calls, PROSPECT calls and tenders, open or forthcoming."""

from collections.abc import Sequence

from services.ingest.sources.bounded import SourceFailed
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.eu_portal_codes import OPEN_STATUSES, STATUSES
from services.ingest.sources.eu_portal_more import enrich
from services.ingest.sources.eu_portal_pages import Reader
from services.ingest.sources.eu_portal_rows import key_of, parse


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
        problem = await reader.read_keys(keys)
    except SourceFailed as error:
        problem = str(error)
    return Fetched(tuple(reader.records), problem)


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

source = Source(
    name="eu-portal", usual=USUAL, fetch=fetch, look_up=look_up, parse=parse, key_of=key_of, enrich=enrich, authority=90
)
