"""How long a mail waits after a refusal that may pass: growing over four days, then given up and visible."""

from datetime import datetime, timedelta

from services.notifier.domain.kinds import Lane

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
QUICK = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 30))
SLOW = (
    *(MINUTE * minutes for minutes in (1, 5, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 4, 8, 12, 24, 24, 24)),
)
GIVE_UP_AFTER = timedelta(days=5)
RELAY_PAUSES_S = (1, 2, 5, 10, 20, 30, 60)


def delay_after(attempts: int, lane: Lane) -> timedelta | None:
    """The wait after this many attempts, None when it is time to give up. People wait for login mail: quick first."""
    schedule = (*QUICK, *SLOW) if lane == "login" else SLOW
    return schedule[attempts - 1] if attempts <= len(schedule) else None


def is_expired(now: datetime, *, planned_at: datetime, expires_at: datetime | None) -> bool:
    """Whether a mail is not worth sending any more."""
    return now - planned_at > GIVE_UP_AFTER or (expires_at is not None and now >= expires_at)


def relay_pause_s(failures: int) -> int:
    """How long to leave a relay alone that failed this many times in a row."""
    return RELAY_PAUSES_S[min(failures, len(RELAY_PAUSES_S)) - 1]
