"""What can be set of the ingest service."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from shared.settings import Settings

KNOWN_SOURCES = ("eu-portal",)


class IngestSettings(Settings):
    """Sources to read, where they are, and the territory."""

    sources: str = Field(default="eu-portal", description="names of the sources to read, comma-separated, or none")
    sedia_url: str = Field(
        default="https://api.tech.ec.europa.eu",
        description="the EU portal's search API: scheme, host and port; the path is the source's",
    )
    departement: str = Field(default="35", pattern=r"^(\d{2,3}|2[AB])$", description="code of the territory")

    @field_validator("sources")
    @classmethod
    def _known(cls, value: str) -> str:
        unknown = [name for name in _names(value) if name not in KNOWN_SOURCES]
        if unknown:
            raise ValueError(f"unknown source {', '.join(unknown)}; known: {', '.join(KNOWN_SOURCES)}")
        return value

    @field_validator("sedia_url")
    @classmethod
    def _base(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError("give a scheme, a host and maybe a port, such as https://api.example.org")
        return value.rstrip("/")

    @property
    def enabled_sources(self) -> tuple[str, ...]:
        return _names(self.sources)


def _names(text: str) -> tuple[str, ...]:
    if text.strip() == "none":
        return ()
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
