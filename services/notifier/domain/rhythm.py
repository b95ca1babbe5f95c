"""What a person may ask for as to when they are written to."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.notifier.domain.kinds import FARTHEST_REMINDER, LONGEST_PAUSE, MAX_REMINDERS
from shared.requests import ChangeRhythm


def refusal_of_rhythm(wish: ChangeRhythm, now: datetime) -> str | None:
    """The code of what is wrong with a wish, None when it can be had."""
    if wish.digest_at is not None and not _is_hour(wish.digest_at):
        return "invalid_hour"
    if not _is_timezone(wish.timezone):
        return "invalid_timezone"
    if wish.paused_until is not None and not timedelta(0) < wish.paused_until - now <= LONGEST_PAUSE:
        return "invalid_pause"
    days = set(wish.reminder_days)
    if len(days) > MAX_REMINDERS or not all(1 <= day <= FARTHEST_REMINDER for day in days):
        return "invalid_reminders"
    return None


def _is_hour(text: str) -> bool:
    """HH:MM, but not between 02:00 and 03:00, which a night of the year does not have, or has twice."""
    try:
        at = time.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == 5 and at.hour != 2


def _is_timezone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return bool(name)
