"""Dates and amounts as people read them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal, format_percent


def long_moment(moment: datetime, language: str, zone: str) -> str:
    """As `mardi 12 janvier 2027 à 17 h 00 (heure de Paris)`."""
    local = moment.astimezone(ZoneInfo(zone))
    city = zone.rpartition("/")[2].replace("_", " ")
    if language == "en":
        return format_datetime(local, "EEEE d MMMM y 'at' HH:mm", locale="en_GB") + f" ({city} time)"
    elided = "d’" if city[0] in "AEIOUÉH" else "de "
    return format_datetime(local, "EEEE d MMMM y 'à' HH'\u00a0h\u00a0'mm", locale="fr_FR") + f" (heure {elided}{city})"


def short_moment(moment: datetime, language: str, zone: str) -> str:
    """For dense tables: `12 janv. 2027, 17:00`."""
    local = moment.astimezone(ZoneInfo(zone))
    return format_datetime(local, "d MMM y, HH:mm", locale="en_GB" if language == "en" else "fr_FR")


def long_day(day: date, language: str) -> str:
    """As `mardi 12 janvier 2027`."""
    return format_date(day, "EEEE d MMMM y", locale="en_GB" if language == "en" else "fr_FR")


def hour_of_day(at: str, language: str) -> str:
    """An hour written HH:MM as `7 h 00`, and `07:00` in English."""
    hour, _, minute = at.partition(":")
    return at if language == "en" or not hour.isdecimal() else f"{int(hour)}\u00a0h\u00a0{minute}"


def days_left(deadline: datetime, now: datetime, zone: str) -> int:
    """Whole days of the calendar until a deadline, where people live; 0 on the day itself."""
    return (deadline.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days


def euros(amount: int, language: str) -> str:
    """As `1 250 000 €`, and `€1,250,000` in English."""
    number = format_decimal(amount, locale="en_GB" if language == "en" else "fr_FR")
    return f"€{number}" if language == "en" else f"{number}\N{NO-BREAK SPACE}€"


def percent(share: float, language: str) -> str:
    """A share (0..1) as `60 %`, and `60%` in English."""
    return format_percent(share, locale="en_GB" if language == "en" else "fr_FR")
