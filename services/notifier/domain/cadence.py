"""When a recipient's mail is due: the local morning, daily or on Mondays, on DST days too."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.requests import Cadence

LOOK_BACK = timedelta(days=7)
MONDAY = 0


@dataclass(frozen=True)
class Window:
    """A half-open stretch of time, [start, end), and the local day whose morning ends it."""

    start: datetime
    end: datetime
    local_day: date


def morning_of(day: date, *, timezone: str, at: time) -> datetime:
    """The moment of a local day's morning, in UTC."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def last_morning(now: datetime, *, cadence: Cadence, timezone: str, at: time) -> tuple[datetime, date]:
    """The latest morning of this cadence that is not after `now`, and its local day.

    People who are written to immediately still get a daily digest of what had to wait.
    """
    day = now.astimezone(ZoneInfo(timezone)).date()
    for back in range(8):
        candidate = day - timedelta(days=back)
        if cadence == "weekly" and candidate.weekday() != MONDAY:
            continue
        moment = morning_of(candidate, timezone=timezone, at=at)
        if moment <= now:
            return moment, candidate
    raise AssertionError("every eight days hold a Monday morning")


def next_morning(now: datetime, *, cadence: Cadence, timezone: str, at: time) -> datetime:
    """The first morning of this cadence after `now`."""
    day = now.astimezone(ZoneInfo(timezone)).date()
    for ahead in range(9):
        candidate = day + timedelta(days=ahead)
        if cadence == "weekly" and candidate.weekday() != MONDAY:
            continue
        moment = morning_of(candidate, timezone=timezone, at=at)
        if moment > now:
            return moment
    raise AssertionError("every nine days hold a Monday morning to come")


def window_due(
    now: datetime, *, cadence: Cadence, timezone: str, at: time, since: datetime, planned_until: datetime | None
) -> Window | None:
    """The digest that is due now, or None.

    since: when the recipient confirmed. planned_until: the end of their last window. After days without a run, one
    digest covers them, looking back 7 days at most.
    """
    end, local_day = last_morning(now, cadence=cadence, timezone=timezone, at=at)
    if end <= since or (planned_until is not None and end <= planned_until):
        return None
    start = max(planned_until or since, end - LOOK_BACK)
    return Window(start=start, end=end, local_day=local_day)
