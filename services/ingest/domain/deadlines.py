"""Deadlines: on the EU portal a day means 17:00 in Brussels, and a few minutes of jitter mean nothing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
CLOSING_TIME = time(17, 0)
JITTER = timedelta(minutes=2)
FARTHEST = timedelta(days=3660)


def closing_moment(written: datetime) -> datetime:
    """When a deadline really falls: midnight, give or take the jitter, stands for 17:00 Brussels on the written day."""
    since_midnight = timedelta(hours=written.hour, minutes=written.minute, seconds=written.second)
    if since_midnight <= JITTER:
        return datetime.combine(written.date(), CLOSING_TIME, tzinfo=BRUSSELS).astimezone(UTC)
    return written.astimezone(UTC).replace(second=0, microsecond=0)


def next_deadline(deadlines: Sequence[datetime], now: datetime) -> datetime | None:
    """The first deadline still ahead; several are usual (two stages, cut-off dates), in any order."""
    return min((deadline for deadline in deadlines if deadline > now), default=None)


def all_passed(deadlines: Sequence[datetime], now: datetime) -> bool:
    """Whether there were deadlines and none is ahead."""
    return bool(deadlines) and next_deadline(deadlines, now) is None


def brussels_day(moment: datetime) -> date:
    return moment.astimezone(BRUSSELS).date()


def same_deadline(before: datetime | None, after: datetime | None) -> bool:
    """Whether two readings of a deadline mean the same moment; a few minutes are jitter."""
    if before is None or after is None:
        return before is after
    return abs(before - after) <= JITTER


def same_deadlines(before: Sequence[datetime], after: Sequence[datetime]) -> bool:
    return len(before) == len(after) and all(map(same_deadline, sorted(before), sorted(after)))


def is_absurd(deadline: datetime, now: datetime) -> bool:
    """More than ten years ahead: a typing error such as 2049 for 2025."""
    return deadline - now > FARTHEST
