"""When a recipient's mail is due: a local morning, daily, on Mondays or on the first of them, on DST days too."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.requests import Cadence

LOOK_BACK = timedelta(days=7)
LOOK_BACK_A_MONTH = timedelta(days=35)
MONDAY = 0
LONGEST_WAIT_DAYS = 36
SHORTEST_WAIT: dict[Cadence, timedelta] = {
    "immediate": timedelta(hours=22),
    "daily": timedelta(hours=22),
    "weekly": timedelta(days=6),
    "monthly": timedelta(days=27),
}
"""No digest is due sooner after the last one, whatever the clocks do: what a query may leave aside unread."""


@dataclass(frozen=True)
class Window:
    """A half-open stretch of time, [start, end), and the local day whose morning ends it."""

    start: datetime
    end: datetime
    local_day: date


def has_digest(day: date, cadence: Cadence) -> bool:
    """Whether a local day is one of a digest. People written to immediately get a daily one of what had to wait."""
    if cadence == "weekly":
        return day.weekday() == MONDAY
    if cadence == "monthly":
        return day.weekday() == MONDAY and day.day <= 7
    return True


def morning_of(day: date, *, timezone: str, at: time) -> datetime:
    """The moment of a local day's morning, in UTC."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def last_morning(now: datetime, *, cadence: Cadence, timezone: str, at: time) -> tuple[datetime, date]:
    """The latest morning of this cadence that is not after `now`, and its local day."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    for back in range(LONGEST_WAIT_DAYS):
        day = today - timedelta(days=back)
        if has_digest(day, cadence) and (moment := morning_of(day, timezone=timezone, at=at)) <= now:
            return moment, day
    raise AssertionError("every five weeks hold the first Monday of a month")


def next_morning(now: datetime, *, cadence: Cadence, timezone: str, at: time) -> datetime:
    """The first morning of this cadence after `now`."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    for ahead in range(LONGEST_WAIT_DAYS):
        day = today + timedelta(days=ahead)
        if has_digest(day, cadence) and (moment := morning_of(day, timezone=timezone, at=at)) > now:
            return moment
    raise AssertionError("every five weeks hold the first Monday of a month")


def window_due(
    now: datetime, *, cadence: Cadence, timezone: str, at: time, since: datetime, planned_until: datetime | None
) -> Window | None:
    """The digest that is due now, or None.

    since: when the recipient confirmed. planned_until: the end of their last window. After mornings without a run,
    one digest covers them, looking back 7 days at most, or a month where that is the rhythm.
    """
    end, local_day = last_morning(now, cadence=cadence, timezone=timezone, at=at)
    if end <= since or (planned_until is not None and end <= planned_until):
        return None
    earliest = end - (LOOK_BACK_A_MONTH if cadence == "monthly" else LOOK_BACK)
    return Window(start=max(planned_until or since, earliest), end=end, local_day=local_day)
