"""How often a host is asked, and when it is left in peace."""

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class _Host:
    next_turn: float = 0.0
    failures: int = 0
    closed_until: float = 0.0


@dataclass
class Manners:
    """One for a process, whoever asks. Times are seconds of `monotonic`.

    A host is asked at most `per_s` times a second; one that fails `patience` times in a row rests for `rest_s`.
    """

    per_s: float = 20.0
    patience: int = 12
    rest_s: float = 300.0
    monotonic: Callable[[], float] = time.monotonic
    _hosts: dict[str, _Host] = field(default_factory=lambda: defaultdict(_Host))

    async def turn(self, host: str, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Wait for one's turn at a host."""
        there, now = self._hosts[host], self.monotonic()
        mine = max(there.next_turn, now)
        there.next_turn = mine + 1 / self.per_s
        if mine > now:
            await sleep(mine - now)

    def closed_for_s(self, host: str) -> float:
        """How long a host still rests; 0 when it may be asked."""
        return max(0.0, self._hosts[host].closed_until - self.monotonic())

    def failed(self, host: str, *, wait_s: float) -> None:
        """Note a failure. The wait that the host asked for holds for every request to it."""
        there, now = self._hosts[host], self.monotonic()
        there.failures += 1
        there.next_turn = max(there.next_turn, now + wait_s)
        if there.failures >= self.patience:
            there.closed_until, there.failures = now + self.rest_s, 0

    def answered(self, host: str) -> None:
        self._hosts[host].failures = 0
