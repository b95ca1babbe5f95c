"""The EU portal's rows, understood: pure, each row on its own."""

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from services.ingest.domain.budget import Budget, budget_of
from services.ingest.domain.deadlines import brussels_day, closing_moment
from services.ingest.domain.html_text import describe, plain_text
from services.ingest.domain.readings import (
    TEXT_LIMIT,
    TITLE_LIMIT,
    Reading,
    RecordRefused,
    Refused,
    opportunity_id,
)
from services.ingest.domain.words import clean, clean_line, cut, language_of, said_once
from services.ingest.sources.contract import Parsed
from services.ingest.sources.eu_portal_codes import CASCADE, PROGRAMMES, STATUSES, TENDER, TYPES, audience_of
from services.ingest.sources.eu_portal_tenders import DESCRIPTIONS, deadlines_of_lots, euros_of, first_text
from shared.events import OpportunityState

MAX_DESCRIPTION = 1_000_000
MAX_KEYWORDS = 60


class Row(BaseModel):
    """The part of a row that is read, under the source's own names. There, every metadata value is a list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    reference: str = Field(min_length=1, max_length=200)
    identifier: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1)
    type: str
    status: str
    language: str = "en"
    callTitle: str | None = None
    frameworkProgramme: str | None = None
    typesOfAction: str | None = None
    descriptionByte: str = Field(default="", max_length=MAX_DESCRIPTION)
    keywords: tuple[str, ...] = ()
    deadlineDate: tuple[datetime, ...] = ()
    startDate: datetime | None = None
    budgetOverview: str | None = None
    url: str | None = None
    cftEstimatedTotalProcedureValue: str | None = None
    budget: str | None = None

    @field_validator("deadlineDate", mode="before")
    @classmethod
    def _dates(cls, values: Iterable[object]) -> tuple[datetime, ...]:
        return tuple(_moment(str(value)) for value in values if value)

    @field_validator("startDate", mode="before")
    @classmethod
    def _date(cls, value: object) -> datetime | None:
        return _moment(str(value)) if value else None


LISTS = ("keywords", "deadlineDate")
READ = frozenset((*Row.model_fields, *DESCRIPTIONS, "lots", "callIdentifier"))


def slim(record: object) -> object:
    """A row with only what is read of it: conditions and the like are most of its weight, and are never news."""
    metadata = record.get("metadata") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(metadata, dict):
        return record
    kept = {name: value for name, value in metadata.items() if name in READ}
    return {"reference": record.get("reference"), "metadata": kept}


def parse(records: tuple[object, ...], now: datetime) -> Parsed:
    """Understand rows; what cannot be is set aside with its reason and never stops the others."""
    readings: list[Reading] = []
    refused: list[Refused] = []
    for record in records:
        try:
            readings.append(read_row(record))
        except RecordRefused as problem:
            refused.append(Refused(key_of(record), problem.reason, problem.detail))
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
            refused.append(Refused(key_of(record), "unreadable", f"{type(error).__name__}: {error}"[:300]))
    return Parsed(tuple(readings), tuple(refused), tuple(_filled(record) for record in records))


def read_row(record: object) -> Reading:
    """One row as a reading. Raises RecordRefused."""
    row = _row(record)
    if row.status not in STATUSES:
        raise RecordRefused("unknown_status", f"status {row.status[:40]!r} is not known")
    if row.type not in TYPES:
        raise RecordRefused("unknown_type", f"type {row.type[:40]!r} is not known")
    # Cascade calls share their parent's identifier, each with its own deadline: only the reference tells them apart.
    key = row.reference if row.type in (CASCADE, TENDER) else row.identifier
    title = clean_line(said_once(plain_text(row.title)), limit=TITLE_LIMIT)
    if not title:
        raise RecordRefused("no_title", "the title is empty once cleaned")
    return Reading(key=key, state=_state(row, key, title))


def _state(row: Row, key: str, title: str) -> OpportunityState:
    described = describe(row.descriptionByte)
    budget = _budget(row)
    return OpportunityState(
        id=opportunity_id("eu", key),
        version=1,
        kind=TYPES[row.type],
        source="eu-portal",
        title=title,
        text=cut(described.text, TEXT_LIMIT),
        expected_outcome=cut(described.expected_outcome, TEXT_LIMIT),
        scope=cut(described.scope, TEXT_LIMIT),
        language=language_of(
            f"{title} {described.text or described.expected_outcome}", flagged=row.language[:2] or "en"
        ),
        programme=PROGRAMMES.get(row.frameworkProgramme or ""),
        call_title=_call_title(row.callTitle),
        status=STATUSES[row.status],
        opens_on=brussels_day(closing_moment(row.startDate)) if row.startDate else None,
        deadlines=tuple(sorted({closing_moment(moment) for moment in row.deadlineDate})),
        budget_min=budget.smallest_eur,
        budget_max=budget.largest_eur,
        audience=audience_of(row.identifier, title),
        keywords=_subjects(row),
        instrument=clean_line(row.typesOfAction, limit=200) if row.typesOfAction else None,
        url=row.url[:500] if row.url and re.match(r"https?://", row.url) else None,
    )


def _budget(row: Row) -> Budget:
    """For one project; of a tender, its estimated value."""
    if row.type == TENDER:
        return Budget(None, euros_of(row.cftEstimatedTotalProcedureValue))
    found = budget_of(row.budgetOverview, row.identifier)
    return found if found != Budget() else Budget(None, euros_of(row.budget))


def _row(record: object) -> Row:
    if not isinstance(record, dict) or not isinstance(record.get("metadata"), dict):
        raise RecordRefused("not_a_row", "the record is not a row with metadata")
    metadata = record["metadata"]
    given = {name: _values(metadata.get(name)) for name in Row.model_fields if name != "descriptionByte"}
    fields: dict[str, object] = {
        name: tuple(values) if name in LISTS else values[0] for name, values in given.items() if values
    }
    fields["reference"] = clean(str(record.get("reference") or ""))
    fields["keywords"] = tuple(_keywords(given["keywords"]))
    fields["descriptionByte"] = clean(first_text(metadata))
    if not given["deadlineDate"]:
        fields["deadlineDate"] = tuple(deadlines_of_lots(metadata))
    try:
        return Row.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "row"
        raise RecordRefused("bad_field", f"{name}: {first['msg']}") from error


def _values(value: object) -> list[str]:
    """A metadata value as clean texts; the source gives lists, sometimes with empty members."""
    members = value if isinstance(value, list) else [] if value is None else [value]
    texts = (
        clean(str(member))
        for member in members
        if isinstance(member, str | int | float) and not isinstance(member, bool)
    )
    return [text for text in texts if text]


def _keywords(values: list[str]) -> Iterable[str]:
    """Keywords come as a list, or as one JSON string that holds the list."""
    for value in values:
        if not value.startswith("["):
            yield value
            continue
        with suppress(ValueError, RecursionError):
            inner = json.loads(value)
            yield from _values(inner)


def _subjects(row: Row) -> tuple[str, ...]:
    """Keywords without the topic and call ids that the source mixes in."""
    is_code = re.compile(r"[A-Z0-9+]+([-/][A-Za-z0-9+]+){2,}")
    words = (clean_line(word, limit=80) for word in row.keywords)
    kept = (word for word in words if word and word != row.identifier and not is_code.fullmatch(word))
    return tuple(dict.fromkeys(kept))[:MAX_KEYWORDS]


def _call_title(text: str | None) -> str | None:
    """The call's title unless it says nothing, such as a bare "DIGITAL"."""
    title = clean_line(text or "", limit=TITLE_LIMIT)
    return None if not title or (" " not in title and title.upper() == title) else title


def _moment(text: str) -> datetime:
    """`2027-04-08T00:00:00.000+0000`, with any offset, or a bare day. Raises ValueError."""
    text = re.sub(r"\.\d+", "", text.strip()).replace("Z", "+0000")
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = date.fromisoformat(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")
    if not 1990 <= moment.year <= 2200:
        raise ValueError(f"the year {moment.year} cannot be")
    return moment


def key_of(record: object) -> str:
    """What a record set aside is known by: the key its reading would have had, else a hash."""
    metadata = record.get("metadata") if isinstance(record, dict) else None
    given = metadata if isinstance(metadata, dict) else {}
    kind, identifier = (next(iter(_values(given.get(name))), "") for name in ("type", "identifier"))
    reference = str(record.get("reference") or "") if isinstance(record, dict) else ""
    name = clean_line(reference if kind in (CASCADE, TENDER) or not identifier else identifier, limit=200)
    return name or "unnamed-" + hashlib.sha256(repr(record)[:10_000].encode(errors="replace")).hexdigest()[:12]


def _filled(record: object) -> frozenset[str]:
    metadata = record.get("metadata") if isinstance(record, dict) else None
    return (
        frozenset(name for name, value in metadata.items() if value and value != [""])
        if isinstance(metadata, dict)
        else frozenset()
    )
