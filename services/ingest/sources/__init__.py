"""Sources, one module each: `fetch` asks, `parse` understands. This tuple says which there are.

Those of mapping files come to them.
"""

from collections.abc import Sequence

from services.ingest.settings import IngestSettings
from services.ingest.sources import aides_territoires, een, eu_portal, feeds, mapped, ted
from services.ingest.sources.contract import Source
from services.ingest.sources.mapped_file import read_files

SOURCES: tuple[Source, ...] = (
    eu_portal.source,
    ted.source,
    aides_territoires.source,
    een.source,
    feeds.source,
)


def sources_of(settings: IngestSettings) -> tuple[Source, ...]:
    """Every source there is with these settings. Raises SettingsError when a mapping file cannot be used."""
    return (*SOURCES, *_mapped(settings))


def enabled_sources(settings: IngestSettings) -> tuple[str, ...]:
    """The names of those to read: a mapping file is one, by being there. Raises SettingsError."""
    if settings.sources.strip() == "none":
        return ()
    return (*settings.enabled_sources, *(source.name for source in _mapped(settings)))


def source_named(name: str, sources: Sequence[Source] = SOURCES) -> Source | None:
    return next((source for source in sources if source.name == name), None)


def authorities(sources: Sequence[Source] = SOURCES) -> dict[str, int]:
    """Whose dates count, by source: the higher one's."""
    return {source.name: source.authority for source in sources}


def _mapped(settings: IngestSettings) -> tuple[Source, ...]:
    if settings.source_files is None:
        return ()
    taken = tuple(source.name for source in SOURCES)
    return tuple(mapped.source_of(file) for file in read_files(settings.source_files, taken=taken))
