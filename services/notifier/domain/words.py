"""Dates, money and punctuation in a person's words."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from shared.events import Language

BABEL = {"fr": "fr_FR", "en": "en_GB"}
_BEFORE_SIGN = re.compile(r"(?<=\S)[ \u00a0](?=[;:!?»](?!\w))")
_AFTER_QUOTE = re.compile(r"(?<=«)[ \u00a0]")
_BEFORE_UNIT = re.compile(r"(?:(?<=\d)|(?<=\)s)) (?=(?:jours?|heures?|opportunités?|nouveautés?|autres?)\b)")


@lru_cache(maxsize=5_000)
def typeset(text: str) -> str:
    """French with the spaces at which no line breaks: narrow ones around signs, plain ones before a unit."""
    text = _AFTER_QUOTE.sub("\u202f", _BEFORE_SIGN.sub("\u202f", text))
    return _BEFORE_UNIT.sub("\u00a0", text)


@lru_cache(maxsize=2_000)
def day_in_words(day: date, language: Language) -> str:
    """`mardi 12 janvier 2027`, `Tuesday 12 January 2027`; no line breaks between the day and the month."""
    text = format_date(day, "EEEE d\u00a0MMMM y", locale=BABEL[language])
    return text.replace(" 1\u00a0", " 1er\u00a0", 1) if language == "fr" and day.day == 1 else text


def time_in_words(moment: datetime, timezone: str, language: Language) -> str:
    """`17 h 00` (its spaces do not break), `17:00`, in local time."""
    local = moment.astimezone(ZoneInfo(timezone))
    return _clock_in_words(local.time(), language)


@lru_cache(maxsize=2_000)
def _clock_in_words(local: time, language: Language) -> str:
    pattern = "H\u00a0'h'\u00a0mm" if language == "fr" else "HH:mm"
    return format_time(local, pattern, locale=BABEL[language])


def days_between(now: datetime, moment: datetime, timezone: str) -> int:
    """Local days from now to a moment: 0 is today."""
    zone = ZoneInfo(timezone)
    return (moment.astimezone(zone).date() - now.astimezone(zone).date()).days


@lru_cache(maxsize=5_000)
def euros(amount: int, language: Language) -> str:
    """`500 000 €`, `€500,000`."""
    pattern = "#,##0\u00a0¤" if language == "fr" else "¤#,##0"
    return format_currency(amount, "EUR", pattern, locale=BABEL[language], currency_digits=False)
