"""The deadline that a text states, in French or in English: only when it is the one date that can be meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache

from babel.dates import get_month_names

from services.ingest.domain.deadlines import BRUSSELS, closing_moment
from services.ingest.domain.words import folded

READ_UP_TO = 40_000
FIRST_YEAR, LAST_YEAR = 2000, 2100
REACH = 90  # letters between the word that announces a deadline and its date

_BY = r"[^.\n]{0,40}\b(?:by|before|until)"
_ANNOUNCES = re.compile(
    r"\b(?:deadline|closing date|closes? on|no later than|due (?:by|on|date)|by the latest"
    rf"|apply\b{_BY}|applications?\b{_BY}|submit(?:ted)?\b{_BY}|submissions?\b{_BY}"
    r"|dates? limites?|cl[oô]ture|au plus tard|dernier d[ée]lai|[ée]ch[ée]ance|avant le|jusqu['’](?:au|à))\b",
    re.IGNORECASE,
)
_DAY_FIRST = r"(?P<day>\d{1,2})\s*(?:er|st|nd|rd|th)?(?:\s+of)?\s+(?P<month>[^\W\d_]{3,12})\.?,?\s+(?P<year>\d{4})"
_MONTH_FIRST = r"(?P<month>[^\W\d_]{3,12})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"
_ISO = r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
_NUMBERS = r"(?P<first>\d{1,2})(?P<mark>[/.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})"
_DATES = tuple(re.compile(rf"(?<![\w/.-]){shape}(?![\w/-])") for shape in (_DAY_FIRST, _MONTH_FIRST, _ISO, _NUMBERS))
_TIME = re.compile(
    r"[\s,:;(–-]*(?:at|by|à)?\s*(?P<hour>\d{1,2})\s*(?:[:hH](?P<minute>\d{2})|(?P<bare>[hH])\b)?\s*(?P<half>[ap]\.?m\b)?"
)
_END = re.compile(r"[.!?](?=\s|$)|\n|;")


@dataclass(frozen=True)
class _Written:
    """One date of a text, and where it stands. `day` is None when it can be read in two ways."""

    start: int
    end: int
    day: date | None


def stated_deadline(text: str, *, language: str) -> datetime | None:
    """When a text says that it closes; None when it says nothing, or several things.

    A day without a time means 17:00 in Brussels, and so does midnight. `03/04/2027` is 3 April in French, and nothing
    certain in English.
    """
    text = text[:READ_UP_TO]
    dates = sorted(_dates_in(text, language), key=lambda one: one.start)
    meant = {one for announced in _ANNOUNCES.finditer(text) for one in _within_reach(text, announced.end(), dates)}
    days = {one.day for one in meant}
    if len(days) != 1 or None in days:
        return None
    moments = {_moment(text, one) for one in meant}
    return max(moments) if len(moments) <= 2 else None


def _within_reach(text: str, start: int, dates: list[_Written]) -> list[_Written]:
    """The dates after an announcement, up to the end of its sentence: a full stop inside a date ends nothing."""
    ends = (
        found.start()
        for found in _END.finditer(text, start, start + REACH)
        if not any(one.start <= found.start() < one.end for one in dates)
    )
    last = next(ends, start + REACH)
    return [one for one in dates if start <= one.start < last]


def _dates_in(text: str, language: str) -> Iterator[_Written]:
    for shape in _DATES:
        for found in shape.finditer(text):
            parts = found.groupdict()
            if "first" in parts:
                yield _Written(found.start(), found.end(), _in_numbers(parts, language))
            elif (month := _month(parts["month"])) and (day := _day(parts["year"], month, parts["day"])):
                yield _Written(found.start(), found.end(), day)


def _in_numbers(parts: dict[str, str], language: str) -> date | None:
    """A date such as 15/03/2027. None when the day and the month could be exchanged, as English writers do."""
    first, second = int(parts["first"]), int(parts["second"])
    is_certain = language == "fr" or parts["mark"] == "." or first > 12 or first == second
    return _day(parts["year"], second, parts["first"]) if is_certain else None


def _day(year: str, month: int, day: str) -> date | None:
    try:
        made = date(int(year), month, int(day))
    except ValueError:
        return None
    return made if FIRST_YEAR <= made.year <= LAST_YEAR else None


def _month(written: str) -> int | None:
    return int(written) if written.isdigit() else _months().get(folded(written))


@cache
def _months() -> dict[str, int]:
    """Names of months in both languages, whole and short, as CLDR has them."""
    names = {"sept": 9, "fev": 2}
    for locale in ("fr", "en"):
        for months in (get_month_names("wide", locale=locale), get_month_names("abbreviated", locale=locale)):
            names |= {folded(name): number for number, name in months.items()}
    return names


def _moment(text: str, written: _Written) -> datetime:
    """The date with the time behind it, in Brussels."""
    day = written.day or date.min
    found = _TIME.match(text, written.end, written.end + 40)
    stated = _clock(found) if found and (found["minute"] or found["bare"] or found["half"]) else None
    return closing_moment(datetime.combine(day, stated or time(0), tzinfo=BRUSSELS))


def _clock(found: re.Match[str]) -> time | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].lower().startswith("p") else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None
