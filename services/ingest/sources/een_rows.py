"""Enterprise Europe Network profiles, understood: pure, each record on its own."""

import re
from collections.abc import Iterable
from datetime import datetime

from services.ingest.domain.deadlines import BRUSSELS, all_passed, closing_moment
from services.ingest.domain.html_text import plain_text
from services.ingest.domain.readings import TEXT_LIMIT, TITLE_LIMIT, Reading, RecordRefused, opportunity_id
from services.ingest.domain.tender_places import country_names
from services.ingest.domain.words import clean_line, cut, folded, language_of, said_once
from services.ingest.sources.contract import Parsed
from services.ingest.sources.een_xml import UNREADABLE, Record
from services.ingest.sources.one_by_one import known_as, parse_each
from shared.events import OpportunityState, OrganisationKind

REFERENCE = re.compile(r"(BO|BR|TO|TR|RDR)([A-Z]{2})(\d{8})(\d{1,6})")
TYPES = {
    "BO": ("Offre commerciale", "Business offer"),
    "BR": ("Demande commerciale", "Business request"),
    "TO": ("Offre de technologie", "Technology offer"),
    "TR": ("Demande de technologie", "Technology request"),
    "RDR": ("Recherche de partenaires de R&D", "Research and development request"),
}
WITHDRAWN = {"withdrawn", "expired", "closed", "archived", "deleted", "inactive", "unpublished"}
STATUSES = ("status", "reference/status", "datum/status")
TOLD_APART = {
    "Partner sought": "cooperation/partner/sought",
    "Expertise sought": "cooperation/partner/area",
    "Task of the partner": "cooperation/partner/task",
    "Advantages": "cooperation/plusvalue",
    "Stage of development": "cooperation/stagedev/stage",
    "Type of cooperation": "partnerships/string",
}
KEYWORDS = ("keyword/technologies/technology/label", "keyword/markets/market/label", "keyword/naces/nace/label")
MAX_TEXT = 1_000_000
MAX_KEYWORDS = 60


def parse(records: tuple[object, ...], now: datetime) -> Parsed:
    """Understand profiles; what cannot be is set aside with its reason and never stops the others."""
    return parse_each(records, now, read_profile, key_of=key_of, filled=_filled)


def read_profile(record: object, now: datetime) -> Reading:
    """One profile as a reading. Raises RecordRefused."""
    given = _sound(record)
    reference = _first(given, "reference/external").upper()
    known = REFERENCE.fullmatch(reference)
    if not known:
        raise RecordRefused("bad_field", f"{reference[:60]!r} is not a reference such as BRFR20250101001")
    kind = (_first(given, "reference/type") or known[1]).upper()
    if kind not in TYPES:
        raise RecordRefused("unknown_type", f"a profile of type {kind[:40]!r} is not known")
    title = clean_line(said_once(plain_text(_first(given, "content/title"))), limit=TITLE_LIMIT)
    if not title:
        raise RecordRefused("no_title", "the profile has no title")
    return Reading(key=reference, state=_state(given, reference=reference, kind=kind, title=title, now=now))


def is_french(record: object) -> bool:
    """Whether the profile is of our own side. What cannot be told is not."""
    if not isinstance(record, dict):
        return False
    return _country_code(record) == "FR" or folded(_first(record, "company/country/label")) == "france"


def key_of(record: object) -> str:
    return known_as(_first(record, "reference/external").upper() if isinstance(record, dict) else None, record)


def _sound(record: object) -> Record:
    if not isinstance(record, dict) or not all(_is_texts(texts) for texts in record.values()):
        raise RecordRefused("not_a_row", "the record is not a profile")
    if UNREADABLE in record:
        raise RecordRefused("not_a_row", _first(record, UNREADABLE))
    if len(set(record.get("reference/external", []))) > 1:
        raise RecordRefused("bad_field", "the profile has several references")
    if any(len(text) > MAX_TEXT for texts in record.values() for text in texts):
        raise RecordRefused("bad_field", f"a text is longer than {MAX_TEXT} characters")
    return record


def _state(given: Record, *, reference: str, kind: str, title: str, now: datetime) -> OpportunityState:
    french, english = TYPES[kind]
    deadlines = _deadlines(given)
    text = _description(given, f"{english}, reference {reference}")
    audience: tuple[OrganisationKind, ...] = () if kind == "RDR" else ("business",)
    is_over = all_passed(deadlines, now) or any(folded(_first(given, path)) in WITHDRAWN for path in STATUSES)
    return OpportunityState(
        id=opportunity_id("een", reference),
        version=1,
        kind="partnership",
        source="een",
        title=title,
        text=text,
        language=language_of(text, flagged="en"),
        programme="Enterprise Europe Network",
        status="closed" if is_over else "open",
        deadlines=deadlines,
        audience=audience,
        keywords=_lines(label for path in KEYWORDS for label in given.get(path, [])),
        instrument=french,
        places=_places(given),
    )


def _description(given: Record, last: str) -> str:
    """Summary and description, then what is sought or offered, then the reference to give to the office."""
    told = [plain_text(_first(given, path)) for path in ("content/summary", "content/description")]
    told += [
        f"{name}: {', '.join(lines)}"
        for name, path in TOLD_APART.items()
        if (lines := tuple(filter(None, (plain_text(text) for text in given.get(path, [])))))
    ]
    described = "\n".join(dict.fromkeys(filter(None, told)))
    return f"{cut(described, TEXT_LIMIT - len(last) - 1)}\n{last}" if described else ""


def _deadlines(given: Record) -> tuple[datetime, ...]:
    """The day interest may be told until; `2027-04-08`, also with a time, or `20270408`."""
    written = _first(given, "datum/deadline")
    if not written:
        return ()
    try:
        moment = datetime.fromisoformat(written[:40])
    except ValueError as error:
        raise RecordRefused("bad_field", f"deadline: {written[:60]!r} is not a date such as 2027-04-08") from error
    if not 1990 <= moment.year <= 2200:
        raise RecordRefused("bad_field", f"deadline: the year {moment.year} cannot be")
    return (closing_moment(moment if moment.tzinfo else moment.replace(tzinfo=BRUSSELS)),)


def _places(given: Record) -> tuple[str, ...]:
    """The partner's country in French; the source's own word when its code names none."""
    code = _country_code(given)
    named = country_names((code,)) if re.fullmatch(r"[A-Z]{2,3}", code) else ()
    return named or _lines((_first(given, "company/country/label"),))


def _country_code(given: Record) -> str:
    return _first(given, "company/country/key").upper()


def _first(given: Record, path: str) -> str:
    texts = given.get(path)
    return texts[0].strip() if _is_texts(texts) and texts else ""


def _is_texts(texts: object) -> bool:
    return isinstance(texts, list) and all(isinstance(text, str) for text in texts)


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := clean_line(text, limit=200))))[:MAX_KEYWORDS]


def _filled(record: object) -> frozenset[str]:
    return frozenset(path for path in USUAL if _first(record, path)) if isinstance(record, dict) else frozenset()


USUAL = {
    "reference/external": 1.0,
    "content/title": 1.0,
    "content/summary": 0.9,
    "content/description": 0.8,
    "datum/deadline": 0.9,
    "company/country/key": 0.9,
}
