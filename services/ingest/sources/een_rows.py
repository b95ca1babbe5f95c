"""Profiles of the Enterprise Europe Network, understood: pure, each profile on its own."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated

from babel import Locale
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.ingest.domain.deadlines import brussels_day, closing_moment
from services.ingest.domain.html_text import plain_text
from services.ingest.domain.readings import TEXT_LIMIT, TITLE_LIMIT, Reading, RecordRefused, opportunity_id
from services.ingest.domain.words import clean, clean_line, cut, language_of, said_once
from services.ingest.sources.contract import Parsed
from services.ingest.sources.one_by_one import is_filled, known_as, parse_each, refusal_of
from shared.events import OpportunityState

MAX_TEXT = 200_000
MAX_KEYWORDS = 40
HOME = "FR"

# What a profile is, in the words that a reader and the matching can use.
TYPES = {
    "BO": "Business offer: a partner abroad offers products or services and looks for those who sell or use them.",
    "BR": "Business request: a partner abroad looks for products, services or suppliers.",
    "TO": "Technology offer: a partner abroad offers a technology or know-how.",
    "TR": "Technology request: a partner abroad looks for a technology or know-how.",
    "RDR": "Research and development request: a partner abroad looks for partners in a project.",
}
REFERENCE = re.compile(r"(?P<type>BO|BR|TO|TR|RDR)(?P<country>[A-Z]{2})(?P<day>\d{8})\d{1,6}")
# Codes of the European institutions that are not those of ISO 3166.
_ISO_CODES = {"UK": "GB", "EL": "GR"}
# What .NET writes for a date that was never given.
_NO_DATES = ("0001-01-01", "9999-12-31")


def _text(value: object) -> object:
    return "" if value is None else clean(value) if isinstance(value, str) else value


def _part(value: object) -> object:
    """A part of a profile; an empty element says nothing."""
    return {} if value is None or value == "" else value


def _moment(value: object) -> object:
    """`2027-04-08`, with or without a time, or `20270408`. None when it is empty."""
    if value is None or value == "" or (isinstance(value, str) and value.strip().startswith(_NO_DATES)):
        return None
    if not isinstance(value, str):
        raise ValueError("not a date such as 2027-04-08")
    written = re.sub(r"\.\d+", "", value.strip())
    if not re.fullmatch(r"\d{4}-?\d{2}-?\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?(Z|[+-]\d{2}:?\d{2})?", written):
        raise ValueError("not a date such as 2027-04-08")
    day_alone = re.fullmatch(r"(\d{4}-?\d{2}-?\d{2})(Z|[+-]\d{2}:?\d{2})?", written)
    moment = datetime.fromisoformat(day_alone[1] if day_alone else written)
    if not 1990 <= moment.year <= 2200:
        raise ValueError(f"the year {moment.year} cannot be")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Text = Annotated[str, BeforeValidator(_text), Field(max_length=MAX_TEXT)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Reference(Part):
    type: Text = ""
    external: Text = ""


class Dates(Part):
    submit: Moment = None
    deadline: Moment = None


class Content(Part):
    title: Text = ""
    summary: Text = ""
    description: Text = ""


class Country(Part):
    key: Text = ""
    label: Text = ""


class Company(Part):
    country: Annotated[Country, BeforeValidator(_part)] = Country()


class Profile(Part):
    """The part of a profile that is read, under the service's names. Only a reference and a title must be there.

    `cooperation`, `keyword` and `partnerships` are trees whose leaves are texts and labels; their shape has varied.
    """

    reference: Annotated[Reference, BeforeValidator(_part)] = Reference()
    datum: Annotated[Dates, BeforeValidator(_part)] = Dates()
    content: Annotated[Content, BeforeValidator(_part)] = Content()
    company: Annotated[Company, BeforeValidator(_part)] = Company()
    cooperation: object = None
    keyword: object = None
    partnerships: object = None


def parse(records: tuple[object, ...], now: datetime) -> Parsed:
    """Understand profiles; what cannot be is set aside with its reason and never stops the others."""
    return parse_each(records, now, read_profile, key_of=key_of, filled=_filled)


def read_profile(record: object, now: datetime) -> Reading:
    """One profile as a reading. Raises RecordRefused."""
    if not isinstance(record, Mapping):
        raise RecordRefused("not_a_row", "the record is not a profile")
    try:
        profile = Profile.model_validate(record)
    except ValidationError as error:
        raise _refusal(error) from error
    reference = _reference(profile.reference.external)
    title = clean_line(said_once(plain_text(profile.content.title)), limit=TITLE_LIMIT)
    if not title:
        raise RecordRefused("no_title", "the profile has no title")
    return Reading(key=reference[0], state=_state(profile, reference, title, now))


def concerns(record: object) -> bool:
    """Whether a profile is kept: those of French companies are offers of our own side.

    What cannot be read is kept: `parse` refuses it aloud.
    """
    return _leaf(record, "company", "country", "key").upper() != HOME


def key_of(record: object) -> str:
    """The reference; a hash when there is none."""
    written = _leaf(record, "reference", "external")
    return known_as(re.sub(r"\s", "", written).upper() or None, record)


def _state(profile: Profile, reference: re.Match[str], title: str, now: datetime) -> OpportunityState:
    kind, country = reference["type"], _country(profile.company.country, reference["country"])
    deadline = closing_moment(profile.datum.deadline) if profile.datum.deadline else None
    body = "\n".join(
        dict.fromkeys(text for text in map(plain_text, (profile.content.summary, profile.content.description)) if text)
    )
    where = f"Country of the partner: {country[1]}. " if country else ""
    return OpportunityState(
        id=opportunity_id("een", reference[0]),
        version=1,
        kind="partnership",
        source="een",
        title=title,
        text=cut(f"{TYPES[kind]} {where}Reference: {reference[0]}.\n{body}", TEXT_LIMIT),
        scope=cut(_sought(profile), TEXT_LIMIT),
        language=language_of(f"{title} {body}", flagged="en"),
        status="closed" if deadline and deadline <= now else "open",
        opens_on=brussels_day(closing_moment(profile.datum.submit)) if profile.datum.submit else None,
        deadlines=(deadline,) if deadline else (),
        keywords=_labels(profile.keyword),
        instrument=", ".join(_texts(profile.partnerships))[:200] or None,
        places=(country[0],) if country else (),
    )


def _reference(written: str) -> re.Match[str]:
    found = REFERENCE.fullmatch(re.sub(r"\s", "", written).upper())
    if found is None:
        shown = written[:40]
        raise RecordRefused("bad_field", f"reference: {shown!r} is not a reference such as BRDE20270101001")
    return found


def _country(given: Country, code: str) -> tuple[str, str] | None:
    """The country's names in French and in English; the label as it is when the code is unknown."""
    key = (given.key or code).upper()
    key = _ISO_CODES.get(key, key)
    french, english = Locale("fr").territories, Locale("en").territories
    if len(key) == 2 and key in french and key not in ("ZZ", "EU", "UN", "XA", "XB"):
        return french[key], english[key]
    label = clean_line(given.label, limit=80)
    return (label, label) if label else None


def _sought(profile: Profile) -> str:
    """What is said of the partner that is looked for, and the advantages of the offer."""
    cooperation = profile.cooperation if isinstance(profile.cooperation, Mapping) else {}
    return "\n".join(dict.fromkeys((*_texts(cooperation.get("partner")), *_texts(cooperation.get("plusvalue")))))


def _labels(keyword: object) -> tuple[str, ...]:
    """The labels of technologies, markets and activities, without their codes."""
    labels = (clean_line(text, limit=80) for text in _texts(keyword, only="label"))
    return tuple(dict.fromkeys(label for label in labels if label))[:MAX_KEYWORDS]


def _texts(value: object, *, only: str | None = None, levels: int = 12) -> Iterator[str]:
    """The texts at the ends of a tree; with `only`, those under that name."""
    if isinstance(value, str):
        if only is None and (text := plain_text(value[:MAX_TEXT])):
            yield text
    elif isinstance(value, list) and levels:
        for member in value:
            yield from _texts(member, only=only, levels=levels - 1)
    elif isinstance(value, Mapping) and levels:
        for name, member in value.items():
            if name != "key":
                yield from _texts(member, only=None if name == only else only, levels=levels - 1)


def _leaf(record: object, *path: str) -> str:
    """The text at a path; nothing when the path ends elsewhere."""
    for name in path:
        record = record.get(name) if isinstance(record, Mapping) else None
    return clean(record) if isinstance(record, str) else ""


def _refusal(error: ValidationError) -> RecordRefused:
    """The first thing wrong, by the path of its field."""
    refused = refusal_of(error)
    place = ".".join(str(part) for part in error.errors(include_url=False, include_input=False)[0]["loc"])
    return RecordRefused(refused.reason, f"{place}: {refused.detail.partition(': ')[2]}")


def _filled(record: object) -> frozenset[str]:
    paths = {
        "reference.external": ("reference", "external"),
        "content.title": ("content", "title"),
        "content.summary": ("content", "summary"),
        "content.description": ("content", "description"),
        "datum.deadline": ("datum", "deadline"),
        "company.country.key": ("company", "country", "key"),
    }
    return frozenset(name for name, path in paths.items() if is_filled(_leaf(record, *path)))
