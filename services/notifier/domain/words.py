"""Dates and money in a person's words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from shared.events import Language

BABEL = {"fr": "fr_FR", "en": "en_GB"}


def day_in_words(day: date, language: Language) -> str:
    """`mardi 12 janvier 2027`, `Tuesday 12 January 2027`."""
    text = format_date(day, "EEEE d MMMM y", locale=BABEL[language])
    return text.replace(" 1 ", " 1er ", 1) if language == "fr" and day.day == 1 else text


def time_in_words(moment: datetime, timezone: str, language: Language) -> str:
    """`17 h 00`, `17:00`, in local time."""
    pattern = "H 'h' mm" if language == "fr" else "HH:mm"
    return format_time(moment.astimezone(ZoneInfo(timezone)), pattern, locale=BABEL[language])


def days_between(now: datetime, moment: datetime, timezone: str) -> int:
    """Local days from now to a moment: 0 is today."""
    zone = ZoneInfo(timezone)
    return (moment.astimezone(zone).date() - now.astimezone(zone).date()).days


def euros(amount: int, language: Language) -> str:
    """`500 000 €`, `€500,000`."""
    pattern = "#,##0\u00a0¤" if language == "fr" else "¤#,##0"
    return format_currency(amount, "EUR", pattern, locale=BABEL[language], currency_digits=False)
