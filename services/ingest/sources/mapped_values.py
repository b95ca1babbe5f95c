"""What stands at a path of a record, as texts, moments and amounts: pure."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import get_month_names
from babel.numbers import parse_decimal

from services.ingest.domain.html_text import plain_text
from services.ingest.domain.readings import RecordRefused
from services.ingest.domain.words import clean
from services.ingest.sources.mapped_file import Amount, Dates, SourceFile, Text, Words

MAX_TEXT = 1_000_000
MAX_DIGITS = 18
MAX_SHORT = 60
_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_CURRENCY = re.compile(r"€|euros?|EUR", re.IGNORECASE)


def values_at(record: object, path: str) -> list[object]:
    """All that stands at a path such as `publics.title`; lists on the way are walked through, nulls left out."""
    found = [record]
    for name in path.split("."):
        members = [member for one in found for member in (one if isinstance(one, list) else [one])]
        found = [one[name] for one in members if isinstance(one, dict) and name in one]
    flat = (member for one in found for member in (one if isinstance(one, list) else [one]))
    return [value for value in flat if value is not None]


def texts_at(record: object, paths: Iterable[str], field: str, *, html: bool = False) -> list[str]:
    """The texts at some paths, clean, empty ones left out. Raises RecordRefused for what is no text."""
    texts = (_text(value, field, html=html) for path in paths for value in values_at(record, path))
    return [text for text in texts if text]


def _text(value: object, field: str, *, html: bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str | int | float):
        kind = "an object" if isinstance(value, dict) else "a list"
        raise RecordRefused("bad_field", f"{field}: {kind} where a text is expected")
    text = str(value)
    if len(text) > MAX_TEXT:
        raise RecordRefused("bad_field", f"{field}: longer than {MAX_TEXT} characters")
    return plain_text(clean(text)) if html else clean(text)


def text_of(record: object, spec: Text | None, field: str, *, join: str = "\n") -> str:
    """The text that a piece of the file describes; empty when there is none. Raises RecordRefused."""
    if spec is None:
        return ""
    if spec.constant is not None:
        return spec.constant
    found = join.join(dict.fromkeys(texts_at(record, spec.at or (), field, html=spec.html)))
    return spec.before + found if found else ""


def words_of(record: object, spec: Words | None, field: str) -> list[str]:
    """The words that a piece of the file describes, each once. Raises RecordRefused."""
    if spec is None:
        return []
    texts = texts_at(record, spec.at, field, html=spec.html)
    parts = [part.strip() for text in texts for part in (text.split(spec.split) if spec.split else [text])]
    return list(dict.fromkeys(part for part in parts if part))


def moments_of(record: object, spec: Dates | None, field: str, file: SourceFile) -> list[datetime]:
    """The moments that a piece of the file describes, in the file's time. Raises RecordRefused."""
    texts = texts_at(record, spec.at, field) if spec else []
    return [_moment(text, spec.formats if spec else (), field, file) for text in texts]


def _moment(text: str, formats: Sequence[str], field: str, file: SourceFile) -> datetime:
    zone = ZoneInfo(file.timezone)
    try:
        moment = _written(_short(text), formats, file.language)
        moment = moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)
    except (ValueError, OverflowError) as error:
        raise RecordRefused("bad_field", f"{field}: {text[:40]!r} is not a date that the file describes") from error
    if not 1990 <= moment.year <= 2200:
        raise RecordRefused("bad_field", f"{field}: the year {moment.year} cannot be")
    return moment


def _written(text: str, formats: Sequence[str], language: str) -> datetime:
    """The moment, by the first format that reads it; ISO 8601 when there is none. Raises ValueError."""
    if not formats:
        return datetime.fromisoformat(text)
    numbered = _months_as_numbers(text, language)
    for form in formats:
        with suppress(ValueError):
            if "%B" in form or "%b" in form:
                return datetime.strptime(numbered, form.replace("%B", "%m").replace("%b", "%m"))  # noqa: DTZ007
            return datetime.strptime(text, form)  # noqa: DTZ007 - a moment without zone gets the file's
    raise ValueError("no format reads it")


def _months_as_numbers(text: str, language: str) -> str:
    """`1er février 2027` as `1 02 2027`."""
    text = re.sub(r"\b1er\b", "1", text.lower())
    for width in ("wide", "abbreviated"):
        for number, name in get_month_names(width, locale=language).items():
            text = re.sub(rf"\b{re.escape(name.lower().rstrip('.'))}\b\.?", f"{number:02d}", text)
    return text


def _short(text: str) -> str:
    if len(text) > MAX_SHORT:
        raise ValueError(f"longer than {MAX_SHORT} characters")
    return text


def amount_of(record: object, spec: Amount | None, field: str, *, language: str) -> int | None:
    """An amount in whole euros. Raises RecordRefused when what stands there is no number."""
    texts = texts_at(record, (spec.at,), field) if spec else []
    if not texts:
        return None
    try:
        bare = _CURRENCY.sub("", _short(texts[0])).strip()
        # As JSON writes numbers, before the language's own way.
        amount = Decimal(bare) if _PLAIN.fullmatch(bare) else parse_decimal(bare, locale=language)
        # `1e9999999` is a number too, and rounding it would take minutes.
        if not amount.is_finite() or amount.adjusted() > MAX_DIGITS:
            raise ValueError("no amount has so many digits")
        return round(amount)
    except (ValueError, ArithmeticError) as error:
        raise RecordRefused("bad_field", f"{field}: {texts[0][:40]!r} is not an amount") from error
