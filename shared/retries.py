"""When a fact that could not be handled is tried again, and when it never is."""

from pydantic import ValidationError

DELAYS_S = (0.5, 1, 2, 4, 8, 15, 30)
MAX_TRIES = 8
PATIENT_DELAYS_S = (0.1, 0.2, 0.4, 0.8, 1.5, 3, 5, 10, 30, 60)
MAX_PATIENT_TRIES = 40


class NotYet(Exception):
    """Something that must come first has not arrived; the fact is tried again patiently, and soon."""


class PermanentError(Exception):
    """Trying again cannot help: the fact is set aside at once."""


def delay_before_retry(error: Exception, tries: int) -> float | None:
    """Seconds before the next try, longer each time; None when there is none.

    A fact that cannot be read, or whose handler says so, is never tried again.
    """
    if isinstance(error, ValidationError | PermanentError):
        return None
    delays, most = (PATIENT_DELAYS_S, MAX_PATIENT_TRIES) if isinstance(error, NotYet) else (DELAYS_S, MAX_TRIES)
    return None if tries >= most else delays[min(tries, len(delays)) - 1]
