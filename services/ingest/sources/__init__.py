"""Sources, one module each: `fetch` asks, `parse` understands. This tuple says which there are."""

from services.ingest.sources import aides_territoires, eu_portal
from services.ingest.sources.contract import Source

SOURCES: tuple[Source, ...] = (eu_portal.source, aides_territoires.source)


def source_named(name: str) -> Source | None:
    return next((source for source in SOURCES if source.name == name), None)
