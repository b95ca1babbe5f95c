"""A deadline as people write it in a text: found only when the text states one and no other."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from functools import cache

from babel.dates import get_month_names

from services.ingest.domain.deadlines import BRUSSELS, closing_moment
from services.ingest.domain.words import folded

_LOOKED_AT = 120
_FIRST = 40_000
_CUE = re.compile(
    r"\b(?:deadlines?|closing dates?|due dates?|closes on|apply (?:by|before|until)|no later than"
    r"|dates? limites?|date de cl[ôo]ture|cl[ôo]ture(?= des (?:candidatures|inscriptions|d[ée]p[ôo]ts)|\s*:)"
    r"|[ée]ch[ée]ance(?=\s*:)"
    r"|avant le|au plus tard le)\b"
    r"|\b(?:candidat\w*|inscri\w*|d[ée]pos\w*|postule[rz]|appl\w+|submi\w+|regist\w+|open)\b[^.;|\n]{0,80}?"
    r"(?:\bjusqu['’]au\b|\buntil\b|\bby\b|\bbefore\b)",
    re.IGNORECASE,
)
# A sentence ends before a capital; `17 h. ` and `Sept. 2027` do not end one.
_END = re.compile(r"[|;\n]|\.\s+(?=[A-ZÀÉÈ])|\.$")
# What may stand before a date at the start of a line: small words, and a weekday in English or French.
_BEFORE_DATE = re.compile(
    r"^\W*(?:(?:le|au|on|by|until|before|avant|jusqu['’]au|\w+day|\w+di|dimanche)\b\W*)*", re.IGNORECASE
)
_TIME = re.compile(
    r"\b(?P<h>[01]?\d|2[0-4])\s?(?::|h)\s?(?P<m>[0-5]\d)?(?!\d)(?:\s?(?P<half>[ap])\.?m\b)?", re.IGNORECASE
)
_HALF = re.compile(r"\b(?P<h>1[0-2]|0?\d)\s?(?P<half>[ap])\.?m\b", re.IGNORECASE)
_DOTTED = re.compile(
    r"(?<![\d.,])(?P<h>[01]\d|2[0-3])\.(?P<m>[0-5]\d)(?!\d|\s*(?:%|€|mil|meur))(?:\s?(?P<half>[ap])\.?m\b)?",
    re.IGNORECASE,
)
_MIDNIGHT = re.compile(r"\b(?:midnight|minuit)\b", re.IGNORECASE)
_BORN = re.compile(r"\b(?:n[ée](?:\(?e\)?)?(?:\(?s\)?)?|born)\s*$", re.IGNORECASE)
_NOON = re.compile(r"\b(?:noon|midi)\b", re.IGNORECASE)


def written_deadline(text: str, *, language: str) -> datetime | None:
    """The one deadline that a text states; None when it states none, or several, or one that can be read two ways.

    `language` decides how `03/04/2027` reads: in English it may be either day. A day means 17:00 in Brussels.
    """
    found: set[datetime] = set()
    for cue in _CUE.finditer(text[:_FIRST]):
        if _BORN.search(text[max(cue.start() - 12, 0) : cue.start()]):
            continue
        moments = set(_moments(_rest_of_sentence(text[cue.end() : cue.end() + _LOOKED_AT]), language))
        if None in moments or len(moments) > 1:
            return None
        found |= {moment for moment in moments if moment}
    return found.pop() if len(found) == 1 else None


def _rest_of_sentence(after: str) -> str:
    """What follows a cue; a heading such as "Deadline for proposals" goes on in its next line, if a date begins it."""
    after = after.lstrip(" \n:：-–—")
    heading, line_end, below = after.partition("\n")
    if line_end and not any(map(str.isdigit, heading)) and _begins_with_date(below):
        after = f"{heading} {below}"
    ended = _END.search(after)
    return after[: ended.start()] if ended else after


def _begins_with_date(line: str) -> bool:
    bare = _BEFORE_DATE.sub("", line)
    return any(pattern.match(bare) for pattern in _patterns())


def _moments(text: str, language: str) -> Iterator[datetime | None]:
    """The moments in a piece of a sentence; None for a date that reads two ways."""
    rest, dates = text, []
    for pattern in _patterns():
        dates += [match.groupdict() for match in pattern.finditer(rest)]
        rest = pattern.sub(" ", rest)
    hour = _hour(rest)
    for parts in dates:
        if parts.get("sep") == "/" and language != "fr" and _reads_two_ways(parts):
            yield None
            continue
        month = int(parts["month"]) if "month" in parts else _months()[parts["name"].lower()]
        try:
            day = datetime(int(parts["year"]), month, int(parts["day"]), tzinfo=BRUSSELS)
        except ValueError:
            continue
        yield closing_moment(datetime.combine(day, hour, tzinfo=BRUSSELS) if hour else day)


def _reads_two_ways(parts: Mapping[str, str]) -> bool:
    day, month = int(parts["day"]), int(parts["month"])
    return day <= 12 and month <= 12 and day != month


def _hour(text: str) -> time | None:
    """The time of day beside a date, when there is one."""
    if _NOON.search(text):
        return time(12)
    if _MIDNIGHT.search(text):
        return time(23, 59)
    found = _TIME.search(text) or _HALF.search(text) or _DOTTED.search(text)
    if found is None:
        return None
    hour, minute = int(found["h"]), int(found.groupdict().get("m") or 0)
    half = (found["half"] or "").lower()
    hour = hour % 12 + (12 if half == "p" else 0) if half else hour
    # Midnight that ends the day.
    return time(23, 59) if hour in (0, 24) and not minute else time(hour % 24, minute)


@cache
def _months() -> dict[str, int]:
    """Months by their names, in English and French, whole and short, without the dot, also without accents."""
    numbers = {"sept": 9, "fév": 2}
    for language in ("en", "fr"):
        for names in (get_month_names("wide", locale=language), get_month_names("abbreviated", locale=language)):
            numbers |= {name.lower().rstrip("."): number for number, name in names.items()}
    return numbers | {folded(name): number for name, number in numbers.items()}


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """How dates are written."""
    name = "(?P<name>" + "|".join(re.escape(one) for one in sorted(_months(), key=len, reverse=True)) + r")\b\.?"
    forms = (
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?\s+(?:of\s+)?{name},?\s+(?P<year>20\d\d)",
        rf"\b{name}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20\d\d)",
        r"(?P<day>\d{1,2})(?P<sep>[/.-])(?P<month>\d{1,2})(?P=sep)(?P<year>20\d\d)",
        r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)",
    )
    return tuple(re.compile(rf"(?<!\d){form}(?!\d)", re.IGNORECASE) for form in forms)
