"""The last local days, each with the moments it begins and ends; two of them a year are not 24 hours long."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class LocalDay:
    """A day where people live, as a half-open stretch of time."""

    day: date
    start: datetime
    end: datetime


def local_day(day: date, timezone: str) -> LocalDay:
    return LocalDay(day, _midnight(day, timezone), _midnight(day + timedelta(days=1), timezone))


def last_days(now: datetime, timezone: str, count: int) -> tuple[LocalDay, ...]:
    """The last `count` days, the oldest first; today is among them."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return tuple(local_day(today - timedelta(days=back), timezone) for back in reversed(range(count)))


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(timezone)).astimezone(UTC)
