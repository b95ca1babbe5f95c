"""How fast mails leave: to one domain, while it refuses us, and how many are taken in hand at a time."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MINUTE = timedelta(minutes=1)
HEAD_START = timedelta(seconds=10)
PAUSES = tuple(timedelta(hours=hours) for hours in (1, 4, 12, 24))
LARGEST_BATCH = 50
SENT_WITHIN_S = 20
KEPT_DOMAINS = 10_000


@dataclass
class Pace:
    """What one process may hand over to each recipient domain: mails at once, and mails a minute; 0 is any number.

    A domain may be ten seconds ahead of its rate, so that a few mails to it leave together.
    """

    at_once: int = 0
    per_minute: int = 0
    _busy: Counter[str] = field(default_factory=Counter)
    _free_at: dict[str, datetime] = field(default_factory=dict)
    _last_in_line: dict[str, datetime] = field(default_factory=dict)

    def comes_back_at(self, domain: str, now: datetime) -> datetime | None:
        """None when a mail to this domain may leave now, and is counted; else when it is to be looked at again."""
        if not self.per_minute:
            return None
        every = MINUTE / self.per_minute
        free_at = max(self._free_at.get(domain, now), now)
        if free_at <= now + HEAD_START:
            self._forget_old(now)
            self._free_at[domain] = free_at + every
            return None
        in_line = max(self._last_in_line.get(domain, now), free_at - HEAD_START) + every
        self._last_in_line[domain] = in_line
        return in_line

    def _forget_old(self, now: datetime) -> None:
        if len(self._free_at) > KEPT_DOMAINS:
            self._free_at = {domain: moment for domain, moment in self._free_at.items() if moment > now}
            self._last_in_line = {domain: moment for domain, moment in self._last_in_line.items() if moment > now}

    def may_begin(self, domain: str) -> bool:
        return not self.at_once or self._busy[domain] < self.at_once

    def begin(self, domain: str) -> None:
        self._busy[domain] += 1

    def end(self, domain: str) -> None:
        self._busy[domain] -= 1
        if not self._busy[domain]:
            del self._busy[domain]


def domain_of(address: str | None) -> str:
    """The domain a mail goes to, in lower case; empty for a forgotten address."""
    return (address or "").rpartition("@")[2].lower()


def pause_after(times: int) -> timedelta:
    """How long a domain that refuses us by its policy is left alone, the nth time in a row."""
    return PAUSES[min(times, len(PAUSES)) - 1]


def batch_size(connections: int, seconds_each: float) -> int:
    """How many mails to take in hand: as many as leave well within their lease, at the pace seen lately."""
    return max(connections, min(LARGEST_BATCH, int(connections * SENT_WITHIN_S / max(seconds_each, 0.001))))
