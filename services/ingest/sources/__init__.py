"""Sources, one module each: `fetch` asks, `parse` understands. This tuple says which there are."""

from services.ingest.sources import eu_portal, ted
from services.ingest.sources.contract import Source

SOURCES: tuple[Source, ...] = (eu_portal.source, ted.source)


def source_named(name: str) -> Source | None:
    return next((source for source in SOURCES if source.name == name), None)


def authorities() -> dict[str, int]:
    """Whose dates count, by source: the higher one's."""
    return {source.name: source.authority for source in SOURCES}
