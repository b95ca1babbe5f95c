"""The form of a partnership request read into what ingest is asked to keep; ingest says what is wrong with it."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import cast, get_args

from babel import Locale
from babel.core import get_global

from services.portal.domain.declaration import Problems, Typed
from services.portal.domain.labels import N_
from services.portal.domain.words import clean_line, clean_text
from shared.events import Language, OrganisationKind
from shared.requests import WantedPartnership

LONGEST = {
    "title": 200,
    "organisation": 200,
    "place": 200,
    "country": 100,
    "need": 8000,
    "outcome": 4000,
    "contact": 200,
}
TEXTS = ("need", "outcome")
WRONG_DAY = N_("Écrivez une date, comme 2027-01-31.")


def read_partnership(typed: Typed) -> tuple[WantedPartnership, Problems]:
    """What was typed, and a sentence for what cannot even be sent."""
    problems: Problems = {}
    day, text = None, clean_line(typed["deadline"])
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        problems["deadline"] = WRONG_DAY
    fields = {name: (clean_text if name in TEXTS else clean_line)(typed[name]) for name in LONGEST}
    kinds = [kind for kind in typed["audience"].split("\n") if kind in get_args(OrganisationKind)]
    language = typed["language"] if typed["language"] in get_args(Language) else "fr"
    wanted = WantedPartnership(
        **fields,
        themes=tuple(dict.fromkeys(clean_line(theme) for theme in typed["themes_text"].split("\n") if theme.strip())),
        audience=cast(tuple[OrganisationKind, ...], tuple(kinds)),
        deadline=day,
        language=cast(Language, language),
    )
    return wanted, problems


def as_typed(wanted: WantedPartnership, language: str) -> dict[str, str]:
    """The form's fields as they show a partnership request."""
    return {
        **{name: getattr(wanted, name) for name in LONGEST},
        "country": dict(countries(language)).get(wanted.country, wanted.country),
        "themes_text": "\n".join(wanted.themes),
        "audience": "\n".join(wanted.audience),
        "deadline": wanted.deadline.isoformat() if wanted.deadline else "",
        "language": wanted.language,
    }


@cache
def countries(language: str) -> Sequence[tuple[str, str]]:
    """Codes and names of countries, by name; groups and unions, which have no time zone, are left out."""
    zones = get_global("territory_zones")
    named = Locale(language).territories.items()
    kept = [(code, str(name)) for code, name in named if len(code) == 2 and code.isalpha() and zones.get(code)]
    return sorted(kept, key=lambda pair: pair[1])
