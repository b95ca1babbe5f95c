"""Reading records one by one: a bad one is set aside with its reason, and never stops the others."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from pydantic import ValidationError

from services.ingest.domain.readings import Reading, RecordRefused, Refused
from services.ingest.domain.words import clean_line
from services.ingest.sources.contract import Parsed

MAX_KEY = 200


def parse_each(
    records: tuple[object, ...],
    now: datetime,
    read: Callable[[object, datetime], Reading],
    *,
    key_of: Callable[[object], str],
    filled: Callable[[object], frozenset[str]],
) -> Parsed:
    """What `read` makes of each record. It may raise RecordRefused, or an error of values for what it cannot read."""
    readings: list[Reading] = []
    refused: list[Refused] = []
    for record in records:
        try:
            readings.append(read(record, now))
        except RecordRefused as problem:
            refused.append(Refused(key_of(record), problem.reason, problem.detail))
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
            refused.append(Refused(key_of(record), "unreadable", f"{type(error).__name__}: {error}"[:300]))
    return Parsed(tuple(readings), tuple(refused), tuple(filled(record) for record in records))


def known_as(name: object, record: object) -> str:
    """What a record is known by when it is set aside: the name it has, else a hash."""
    if isinstance(name, str | int) and not isinstance(name, bool) and (key := clean_line(str(name), limit=MAX_KEY)):
        return key
    try:
        shown = repr(record)[:10_000]
    except RecursionError:
        shown = type(record).__name__
    return "unnamed-" + hashlib.sha256(shown.encode(errors="replace")).hexdigest()[:12]


def is_filled(value: object) -> bool:
    return value is not None and value not in ("", [], {})


def refusal_of(error: ValidationError) -> RecordRefused:
    """The first thing wrong with a record, by the name of its field."""
    first = error.errors(include_url=False, include_input=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "record"
    return RecordRefused("bad_field", f"{name}: {first['msg'].removeprefix('Value error, ')}"[:300])
