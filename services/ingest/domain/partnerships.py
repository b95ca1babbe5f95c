"""A partnership request: what makes it fit to be told, and the opportunity that it is."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime, time

from services.ingest.domain.changes import Decision, Known, decide
from services.ingest.domain.communes import comparable
from services.ingest.domain.countries import country_code, country_name
from services.ingest.domain.deadlines import BRUSSELS, FARTHEST, brussels_day
from services.ingest.domain.readings import as_version
from services.ingest.domain.refused import RowRefused
from services.ingest.domain.words import clean, clean_line
from shared.events import OpportunityState
from shared.requests import WantedPartnership

SOURCE = "partners"
LEAST_NEED = 40
MOST: Mapping[str, int] = {
    "title": 200,
    "organisation": 200,
    "place": 200,
    "need": 8000,
    "outcome": 4000,
    "contact": 200,
}
REQUIRED = ("title", "organisation", "need", "country")
MOST_THEMES, MOST_THEME = 20, 100
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
_NUMBER = re.compile(r"(?<![\d,.])\+?\d(?:[ .\-\u00a0\u202f]?\d){8,13}(?![\d,.])")
ASKED_BY = {"fr": "Demande de", "en": "Asked for by"}
ANSWER_TO = {"fr": "Pour répondre :", "en": "To answer:"}
LAST_MINUTE = time(23, 59)


def tidy(wanted: WantedPartnership) -> WantedPartnership:
    """The same without control characters and needless spaces; the country as its code when it is known."""
    country = country_code(wanted.country) or clean_line(wanted.country, limit=100)
    themes = dict.fromkeys(clean_line(theme, limit=MOST_THEME) for theme in wanted.themes if theme.strip())
    lines = {
        name: clean(getattr(wanted, name)).replace("\n", " ") for name in ("title", "organisation", "place", "contact")
    }
    texts = {name: clean(getattr(wanted, name)) for name in ("need", "outcome")}
    audience = tuple(dict.fromkeys(wanted.audience))
    rest = {"country": country, "themes": tuple(themes)[:MOST_THEMES], "audience": audience}
    return wanted.model_copy(update={**lines, **texts, **rest})


def problems_of(wanted: WantedPartnership, now: datetime) -> dict[str, RowRefused]:
    """Why it cannot be told, by field, in the order of the form; empty when it can."""
    found: dict[str, RowRefused] = {}
    for name in WantedPartnership.model_fields:
        if (problem := _problem_of(name, wanted, now)) is not None:
            found[name] = problem
    return found


def _problem_of(name: str, wanted: WantedPartnership, now: datetime) -> RowRefused | None:
    value = getattr(wanted, name)
    if name in REQUIRED and not value:
        return RowRefused("missing", column=name)
    if name in MOST and len(value) > MOST[name]:
        return RowRefused("too_long", column=name, length=len(value), most=MOST[name])
    if name in MOST and (_ADDRESS.search(value) or _NUMBER.search(value)):
        return RowRefused("personal", column=name)
    if name == "need" and len(value) < LEAST_NEED:
        return RowRefused("too_short", column=name, length=len(value), least=LEAST_NEED)
    if name == "country" and country_code(value) is None:
        return RowRefused("country", value=repr(value[:60]))
    return _problem_of_day(value, now) if isinstance(value, date) else None


def _problem_of_day(day: date, now: datetime) -> RowRefused | None:
    if day < brussels_day(now):
        return RowRefused("past", value=day.isoformat())
    return RowRefused("far", value=day.isoformat()) if day > brussels_day(now + FARTHEST) else None


def partnership_id(wanted: WantedPartnership) -> str:
    """The same request has the same id however often it is entered: by its title, who asks, and the country."""
    natural = "|".join(comparable(part) for part in (wanted.title, wanted.organisation, wanted.country))
    return f"{SOURCE}-{hashlib.sha256(natural.encode()).hexdigest()[:20]}"


def as_opportunity(id_: str, wanted: WantedPartnership) -> OpportunityState:
    """What is told of it: who asks and who answers stand below the need; the day ends at midnight in Brussels."""
    language = wanted.language
    country = country_name(wanted.country, language)
    where = ", ".join(part for part in (wanted.place, country) if part)
    asked_by = f"{ASKED_BY[language]} {wanted.organisation} ({where})."
    answer_to = f"{ANSWER_TO[language]} {wanted.contact}." if wanted.contact else ""
    deadlines = (datetime.combine(wanted.deadline, LAST_MINUTE, tzinfo=BRUSSELS),) if wanted.deadline else ()
    return OpportunityState(
        id=id_,
        version=1,
        kind="partnership",
        source=SOURCE,
        title=wanted.title,
        text="\n".join(part for part in (wanted.need, asked_by, answer_to) if part),
        expected_outcome=wanted.outcome,
        language=language,
        status="open",
        deadlines=deadlines,
        audience=wanted.audience,
        themes=wanted.themes,
        places=(country,),
    )


def saving(known: Known | None, wanted: OpportunityState, now: datetime) -> Decision:
    """What keeping it means: staff open again by hand what is over."""
    if known is not None and not known.live:
        return Decision("reopened", as_version(wanted, version=known.state.version + 1, now=now))
    return decide(known, wanted, now)


def withdrawal(known: Known, now: datetime) -> Decision:
    state = known.state.model_copy(update={"status": "closed"})
    return Decision("closed", as_version(state, version=state.version + 1, now=now), reason="withdrawn")
