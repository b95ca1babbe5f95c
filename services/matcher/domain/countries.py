"""Which countries a text names, in French or in English, from the names CLDR has for them (through babel)."""

from functools import cache, lru_cache

from babel import Locale
from babel.core import get_global

from services.matcher.domain.words import plain_text


@lru_cache(maxsize=4096)
def countries_named(text: str) -> frozenset[str]:
    """Codes of two letters (ISO 3166-1) of the countries a text names."""
    plain = plain_text(text)
    return frozenset(code for name, code in _names() if name in plain)


@cache
def _names() -> tuple[tuple[str, str], ...]:
    """(plain name, code); only territories that have a time zone, which leaves out groups and unions."""
    zones = get_global("territory_zones")
    return tuple(
        (plain_text(name.split(" (")[0]), code)
        for language in ("fr", "en")
        for code, name in sorted(Locale(language).territories.items())
        if len(code) == 2 and code.isalpha() and zones.get(code)
    )
