"""What can be set of the ingest service."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from services.ingest.feed_list import ListedFeed, listed_feeds
from shared.settings import Settings

KNOWN_SOURCES = ("eu-portal", "ted", "aides-territoires", "een", "feeds")
TED_CPV = "71,72,73,75211,77,79,80,85,90,92"
TED_PLACES = "BEL,LUX,CHE,IRL"
TED_COOPERATION = "MDG,MLI,IND"


class IngestSettings(Settings):
    """Sources to read, where they are, and the territory."""

    sources: str = Field(default="eu-portal", description="names of the sources to read, comma-separated, or none")
    sedia_url: str = Field(
        default="https://api.tech.ec.europa.eu",
        description="the EU portal's search API: scheme, host and port; the path is the source's",
    )
    topic_details_url: str = Field(
        default="https://ec.europa.eu", description="where the EU portal keeps the details of a topic"
    )
    ted_url: str = Field(default="https://api.ted.europa.eu", description="the API of TED")
    ted_cpv: str = Field(
        default=TED_CPV,
        description="first digits of the CPV codes of public purchases to look for in TED, comma-separated, or none",
    )
    ted_places: str = Field(
        default=TED_PLACES,
        description="where they take place: countries of three letters or NUTS codes, comma-separated, or none",
    )
    ted_cooperation: str = Field(
        default=TED_COOPERATION,
        description="countries or regions of which TED is asked for every purchase, comma-separated, or none",
    )
    aides_territoires_url: str = Field(
        default="https://aides-territoires.beta.gouv.fr", description="the API of aides-territoires"
    )
    aides_territoires_token: SecretStr | None = Field(
        default=None, description="token of aides-territoires; without it, that source is not read"
    )
    een_url: str | None = Field(default=None, description="the service of Enterprise Europe Network profiles")
    een_user: str | None = Field(default=None, description="user of that service")
    een_password: SecretStr | None = Field(default=None, description="password of that user")
    directory_url: str = Field(
        default="https://recherche-entreprises.api.gouv.fr", description="the directory of French companies"
    )
    feeds: str = Field(
        default="",
        description="RSS or Atom feeds to read, comma-separated URLs; mobility=https://… says what kind one lists",
    )
    source_files: Path | None = Field(
        default=None, description="folder of mapping files: each *.json in it adds a source without code"
    )
    source_secrets: SecretStr | None = Field(
        default=None, description="what mapping files send and may not hold: a JSON object of names and values"
    )
    contact: str = Field(default="contact@passerelle.example", description="address of the office", max_length=200)
    departement: str = Field(default="35", pattern=r"^(\d{2,3}|2[AB])$", description="code of the territory")

    @field_validator("sources")
    @classmethod
    def _known(cls, value: str) -> str:
        unknown = [name for name in _names(value) if name not in KNOWN_SOURCES]
        if unknown:
            raise ValueError(
                f"unknown source {', '.join(unknown)}; known: {', '.join(KNOWN_SOURCES)}; "
                "those of mapping files are read without being named"
            )
        return value

    @field_validator("ted_cpv")
    @classmethod
    def _cpv(cls, value: str) -> str:
        if wrong := [code for code in _names(value) if not re.fullmatch(r"\d{2,8}", code)]:
            raise ValueError(f"{wrong[0][:20]!r} is not the beginning of a CPV code, such as 72 or 71300000")
        return value

    @field_validator("ted_places", "ted_cooperation")
    @classmethod
    def _places(cls, value: str) -> str:
        if wrong := [code for code in _names(value) if not re.fullmatch(r"[A-Z]{3}|[A-Z]{2}[A-Z0-9]{1,3}", code)]:
            raise ValueError(f"{wrong[0][:20]!r} is not a country or NUTS code, such as MDG or FRH03")
        return value

    @field_validator("sedia_url", "topic_details_url", "ted_url", "aides_territoires_url", "een_url", "directory_url")
    @classmethod
    def _base(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
            raise ValueError("give a scheme, a host and maybe a port, such as https://api.example.org")
        return value.rstrip("/")

    @field_validator("feeds")
    @classmethod
    def _feeds(cls, value: str) -> str:
        listed_feeds(value)
        return value

    @field_validator("source_secrets")
    @classmethod
    def _named_texts(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            given = json.loads(value.get_secret_value()) if value else {}
        except (ValueError, RecursionError):
            given = None
        # From None: the error of JSON would hold the secrets.
        if not isinstance(given, dict) or not all(_can_be_sent(secret) for secret in given.values()):
            raise ValueError('give a JSON object of plain texts, such as {"name": "value"}') from None
        return value

    def source_secret(self, name: str) -> str | None:
        """The secret that a mapping file names."""
        given: dict[str, str] = json.loads(self.source_secrets.get_secret_value()) if self.source_secrets else {}
        return given.get(name)

    @property
    def listed_feeds(self) -> tuple[ListedFeed, ...]:
        return listed_feeds(self.feeds)

    @property
    def ted_cpv_prefixes(self) -> tuple[str, ...]:
        return _names(self.ted_cpv)

    @property
    def ted_chosen_places(self) -> tuple[str, ...]:
        return _names(self.ted_places)

    @property
    def ted_cooperation_places(self) -> tuple[str, ...]:
        return _names(self.ted_cooperation)

    @property
    def enabled_sources(self) -> tuple[str, ...]:
        return _names(self.sources)


def _can_be_sent(secret: object) -> bool:
    """Whether it can stand in a header."""
    return isinstance(secret, str) and secret != "" and secret.isascii() and secret.isprintable()


def _names(text: str) -> tuple[str, ...]:
    if text.strip() == "none":
        return ()
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
