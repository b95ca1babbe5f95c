"""Dates of TED: a day with an offset, its time in another field, both with or without an offset."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from services.ingest.domain.deadlines import BRUSSELS, CLOSING_TIME

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:\d{2})?")
_TIME = re.compile(r"(\d{2}:\d{2})(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?")


def day_of(text: str) -> date:
    """The calendar day written in `2026-09-24+02:00` or `2023-03-02Z`. Raises ValueError."""
    found = _DAY.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text[:40]!r} is not a day")
    day = date.fromisoformat(found[1])
    if not 1990 <= day.year <= 2200:
        raise ValueError(f"the year {day.year} cannot be")
    return day


def moment_of(day: str, hour: str = "") -> datetime:
    """A deadline of a day and, in another field, a time; without a time, 17:00 in Brussels. Raises ValueError."""
    written = day_of(day)
    if not hour.strip():
        return datetime.combine(written, CLOSING_TIME, tzinfo=BRUSSELS).astimezone(UTC)
    found = _TIME.fullmatch(hour.strip())
    if not found:
        raise ValueError(f"{hour[:40]!r} is not a time")
    offset = found[2] or (_DAY.fullmatch(day.strip()) or ["", "", ""])[2]
    return datetime.combine(written, time.fromisoformat(found[1]), tzinfo=_zone(offset)).astimezone(UTC)


def moments_of(days: Sequence[str], hours: Sequence[str]) -> tuple[datetime | None, ...]:
    """The moments of parallel fields, None where no day is given.

    Days and times that are not equally many are not matched by guessing: the days alone are read.
    """
    if len(hours) != len(days):
        hours = [hours[0] if len(hours) == 1 else ""] * len(days)
    return tuple(moment_of(day, hour) if day.strip() else None for day, hour in zip(days, hours, strict=True))


def _zone(offset: str | None) -> tzinfo:
    if not offset:
        return BRUSSELS
    if offset == "Z":
        return UTC
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(f"{offset} is not an offset")
    east = timedelta(hours=hours, minutes=minutes)
    return timezone(-east if offset[0] == "-" else east)
