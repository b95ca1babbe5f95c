"""Where a purchase takes place: countries by name, from the country and NUTS codes of a notice."""

from collections.abc import Iterable

from babel import Locale
from babel.core import get_global

NUTS_COUNTRIES = {"EL": "GR", "UK": "GB"}
MAX_PLACES = 30


def country_names(codes: Iterable[str], *, locale: str = "fr") -> tuple[str, ...]:
    """Names of the countries of these codes, each once, in French; what names no country is left out."""
    names = Locale.parse(locale).territories
    found = (names.get(_country_of(code.strip().upper())) for code in codes)
    return tuple(dict.fromkeys(name for name in found if name))[:MAX_PLACES]


def _country_of(code: str) -> str:
    """`MG` for the country `MDG`, `FR` for the NUTS codes `FRH` and `FRH03`."""
    aliases = get_global("territory_aliases").get(code) if len(code) == 3 else None
    return str(aliases[0]) if aliases else NUTS_COUNTRIES.get(code[:2], code[:2])
