"""When a deadline is near enough for a recipient to be reminded of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.notifier.domain.words import days_between


def reminder_due(
    deadline: datetime, *, told_at: datetime, now: datetime, days: Iterable[int], timezone: str
) -> int | None:
    """Of how many days ahead a reminder is due now, None when none is.

    days: what the recipient chose. Only who was told before that day came is reminded; of several that are due after
    days without a run, the nearest counts.
    """
    left = days_between(now, deadline, timezone)
    due = [ahead for ahead in days if left <= ahead and told_at < deadline - timedelta(days=ahead)]
    return min(due, default=None) if deadline > now else None


def next_of(deadlines: Iterable[datetime], now: datetime) -> datetime | None:
    """The first deadline still ahead."""
    return min((deadline for deadline in deadlines if deadline > now), default=None)
