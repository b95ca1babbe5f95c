"""Countries as people write them, in French or in English, by the names CLDR has for them (through babel)."""

from collections.abc import Mapping
from functools import cache

from babel import Locale
from babel.core import get_global

from services.ingest.domain.words import folded


def country_code(text: str) -> str | None:
    """The code of two letters (ISO 3166-1) of a country's code or name."""
    return _codes().get(folded(text))


def country_name(code: str, language: str) -> str:
    return str(Locale(language).territories[code]).split(" (")[0]


@cache
def _codes() -> Mapping[str, str]:
    """Only territories that have a time zone, which leaves out groups and unions."""
    zones = get_global("territory_zones")
    found: dict[str, str] = {}
    for language in ("fr", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and zones.get(code):
                found |= {folded(str(name).split(" (")[0]): code, code.lower(): code}
    return found
