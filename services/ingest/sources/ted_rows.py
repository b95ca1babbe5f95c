"""TED's search rows, understood: pure, each row on its own, then the notices of one procedure together."""

import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.ingest.domain.readings import Reading, RecordRefused, Refused
from services.ingest.domain.tender_dates import day_of, moments_of
from services.ingest.domain.tender_state import reading_of
from services.ingest.domain.tenders import STATUS_OF_FORM, Lot, Money, Notice, purchase_of
from services.ingest.domain.words import clean, clean_line
from services.ingest.sources.contract import Parsed
from services.ingest.sources.ted_query import DEADLINES

MAX_LOTS = 5_000
LANGUAGE = re.compile(r"[a-z]{3}")
PROCEDURE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBER = re.compile(r"0*([1-9]\d{0,7})-((?:19|20)\d{2})")


@dataclass(frozen=True)
class Enriched:
    """A poor row beside what its own XML says."""

    row: Mapping[str, object]
    notice: Notice


def _scalar(value: object) -> object:
    """TED gives some single values as a list of one."""
    first = value[0] if isinstance(value, list) and value else value
    return "" if first is None or first == [] else clean(str(first)) if isinstance(first, str | int | float) else first


def _strings(value: object) -> object:
    """Values in their positions, which parallel fields share; an empty one stays an empty text."""
    if value is None:
        return ()
    members = value if isinstance(value, list) else [value]
    return tuple(
        "" if one is None else clean(str(one)) if isinstance(one, str | int | float) else one for one in members
    )


def _texts(value: object) -> object:
    """Texts by language: `{"eng": "…"}` or `{"eng": ["…"]}`, both are usual."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("texts should come by language")
    given = {clean(str(language)).lower()[:3]: _strings(texts) for language, texts in value.items()}
    return {language: texts for language, texts in given.items() if LANGUAGE.fullmatch(language) and texts}


Scalar = Annotated[str, BeforeValidator(_scalar)]
Strings = Annotated[tuple[str, ...], BeforeValidator(_strings)]
Texts = Annotated[dict[str, tuple[str, ...]], BeforeValidator(_texts)]


FILLED_FROM_XML = ("deadlines", "value", "buyers", "buyer_cities", "places", "nature", "way")


class Row(BaseModel):
    """The part of a row that is read, under TED's own names."""

    model_config = ConfigDict(frozen=True, extra="allow", alias_generator=lambda name: name.replace("_", "-"))

    publication_number: Scalar
    publication_date: Scalar
    procedure_identifier: Scalar
    form_type: Scalar
    notice_version: Scalar = "1"
    official_language: Strings = ()
    notice_title: Texts = Field(default_factory=dict)
    title_proc: Texts = Field(default_factory=dict)
    description_proc: Texts = Field(default_factory=dict)
    identifier_lot: Annotated[Strings, Field(max_length=MAX_LOTS)] = ()
    title_lot: Texts = Field(default_factory=dict)
    description_lot: Texts = Field(default_factory=dict)
    estimated_value_proc: Scalar = ""
    estimated_value_cur_proc: Scalar = ""
    estimated_value_lot: Strings = ()
    estimated_value_cur_lot: Strings = ()
    buyer_name: Texts = Field(default_factory=dict)
    buyer_city: Texts = Field(default_factory=dict)
    buyer_country: Strings = ()
    place_of_performance: Strings = ()
    contract_nature_main_proc: Scalar = ""
    procedure_type: Scalar = ""
    change_reason_code: Scalar = ""
    change_description: Texts = Field(default_factory=dict)
    winner_selection_status: Strings = ()
    dps_usage_lot: Strings = ()


def parse(records: tuple[object, ...], _now: datetime) -> Parsed:
    """Understand rows; what cannot be is set aside with its reason and never stops the others."""
    notices: dict[str, list[Notice]] = defaultdict(list)
    refused: list[Refused] = []
    for record in records:
        try:
            notice = read_record(record)
            notices[notice.procedure].append(notice)
        except RecordRefused as problem:
            refused.append(Refused(_key(record), problem.reason, problem.detail))
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
            refused.append(Refused(_key(record), "unreadable", f"{type(error).__name__}: {error}"[:300]))
    readings = [one for group in notices.values() if (one := _reading(group, refused))]
    return Parsed(tuple(readings), tuple(refused), tuple(_filled(record) for record in records))


def _reading(notices: Sequence[Notice], refused: list[Refused]) -> Reading | None:
    """What the notices of one procedure say together; None when that was set aside."""
    try:
        return reading_of(purchase_of(notices))
    except RecordRefused as problem:
        refused.append(Refused(notices[0].procedure, problem.reason, problem.detail))
        return None


def read_record(record: object) -> Notice:
    """A row, alone or beside its XML, as a notice. Raises RecordRefused."""
    if not isinstance(record, Enriched):
        return read_row(record)
    alone, told = read_row(record.row), record.notice
    return replace(
        alone,
        titles={**told.titles, **alone.titles},
        descriptions={**told.descriptions, **alone.descriptions},
        lots=alone.lots if any(lot.descriptions for lot in alone.lots) else told.lots or alone.lots,
        **{name: getattr(alone, name) or getattr(told, name) for name in FILLED_FROM_XML},
    )


def read_row(record: object) -> Notice:
    """One row as a notice. Raises RecordRefused."""
    row = _row(record)
    procedure, form = row.procedure_identifier.lower(), row.form_type.lower()
    number = NUMBER.fullmatch(row.publication_number)
    if not number:
        raise RecordRefused("bad_number", f"{row.publication_number[:40]!r} is not a publication number")
    # The publication number, and often the notice's own identifier, are new with each correction: only the procedure
    # (BT-04) stays the same, and every call for competition has one.
    if not PROCEDURE.fullmatch(procedure):
        raise RecordRefused("no_procedure", f"{procedure[:60]!r} is not the identifier of a procedure")
    if form not in STATUS_OF_FORM:
        raise RecordRefused("unknown_form", f"a notice of form {form[:40]!r} is not known")
    per_lot = _deadlines(row)
    return Notice(
        procedure=procedure,
        form=form,
        number=f"{number[1]}-{number[2]}",
        published_on=day_of(row.publication_date),
        version=int(row.notice_version) if re.fullmatch(r"\d{1,9}", row.notice_version) else 1,
        language=next((one.lower() for one in row.official_language if one), ""),
        titles=_first(row.title_proc),
        composed=_first(row.notice_title),
        descriptions=_first(row.description_proc),
        lots=_lots(row, per_lot),
        deadlines=tuple(moment for moment in per_lot if moment),
        value=_money(row.estimated_value_proc, row.estimated_value_cur_proc),
        buyers=_first(row.buyer_name),
        buyer_cities=_first(row.buyer_city),
        buyer_countries=row.buyer_country,
        places=row.place_of_performance,
        nature=row.contract_nature_main_proc,
        way=row.procedure_type,
        change_reason=row.change_reason_code,
        changes={language: "; ".join(filter(None, texts)) for language, texts in row.change_description.items()},
        outcomes=row.winner_selection_status,
        buys_over_time=any(usage not in ("", "none") for usage in row.dps_usage_lot),
    )


def _row(record: object) -> Row:
    if not isinstance(record, dict):
        raise RecordRefused("not_a_row", "the record is not a row with fields")
    try:
        return Row.model_validate(record)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "row"
        raise RecordRefused("bad_field", f"{name}: {first['msg']}") from error


def _deadlines(row: Row) -> tuple[datetime | None, ...]:
    """When each lot closes to newcomers: in a purchase of two steps, when one may ask to take part no longer."""
    fields = row.model_extra or {}
    for days, hours in DEADLINES.values():
        given = _checked(fields.get(days))
        if any(given):
            return moments_of(given, _checked(fields.get(hours)))
    return ()


def _checked(value: object) -> tuple[str, ...]:
    members = _strings(value)
    if not isinstance(members, tuple) or len(members) > MAX_LOTS or not all(isinstance(one, str) for one in members):
        raise RecordRefused("bad_field", "a deadline is not a list of texts")
    return members


def _lots(row: Row, deadlines: Sequence[datetime | None]) -> tuple[Lot, ...]:
    """Lots from parallel fields. A field with another number of values than there are lots belongs to none of them."""
    count = len(row.identifier_lot)
    values = row.estimated_value_lot if len(row.estimated_value_lot) == count else ("",) * count
    currencies = row.estimated_value_cur_lot
    if len(currencies) != count:
        currencies = currencies * count if len(set(currencies)) == 1 else ("",) * count
    closes_at = deadlines if len(deadlines) == count else (None,) * count
    return tuple(
        Lot(
            id=row.identifier_lot[place],
            titles=_nth(row.title_lot, place, count),
            descriptions=_nth(row.description_lot, place, count),
            value=_money(values[place], currencies[place]),
            closes_at=closes_at[place],
        )
        for place in range(count)
    )


def _first(texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {language: text for language, given in texts.items() if (text := next(filter(None, given), ""))}


def _nth(texts: Mapping[str, Sequence[str]], place: int, count: int) -> dict[str, str]:
    return {language: given[place] for language, given in texts.items() if len(given) == count and given[place]}


def _money(amount: str, currency: str) -> Money | None:
    """None without an amount. Raises ValueError for what is no number."""
    if not amount:
        return None
    number = float(amount)
    if not math.isfinite(number):
        raise ValueError(f"{amount[:40]!r} is not an amount")
    return Money(number, currency.upper()[:3])


def _key(record: object) -> str:
    """What a record set aside is known by: its procedure, else its number, else a hash."""
    row = record.row if isinstance(record, Enriched) else record
    given = row if isinstance(row, dict) else {}
    with suppress(ValueError, RecursionError):
        for name in ("procedure-identifier", "publication-number"):
            value = _scalar(given.get(name))
            if isinstance(value, str) and value:
                return clean_line(value.lower(), limit=200)
        return "unnamed-" + hashlib.sha256(repr(row)[:10_000].encode(errors="replace")).hexdigest()[:12]
    return "unnamed"


def _filled(record: object) -> frozenset[str]:
    row = record.row if isinstance(record, Enriched) else record
    return frozenset(name for name, value in row.items() if value) if isinstance(row, dict) else frozenset()
