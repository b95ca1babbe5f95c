"""Written mails that stand in line for a connection."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.notifier.domain.pace import Pace
from services.notifier.store.records import Due


@dataclass(frozen=True)
class Mail:
    """A mail in hand: what it is, and its bytes."""

    due: Due
    content: bytes


class Line:
    """Hands out each mail once, never more at a time to a domain than it is to get."""

    def __init__(self, mails: Sequence[Mail], pace: Pace) -> None:
        self.waiting = list(mails)
        self.pace = pace
        self.relay_failed = False
        self.claimed_at = 0.0
        self._is_stopped = False
        self._turn = asyncio.Event()

    async def next(self) -> Mail | None:
        """The first mail whose domain may get one now; None when the line is empty or stopped."""
        while self.waiting and not self._is_stopped:
            for place, mail in enumerate(self.waiting):
                if self.pace.may_begin(mail.due.domain):
                    self.pace.begin(mail.due.domain)
                    return self.waiting.pop(place)
            self._turn.clear()
            await self._turn.wait()
        return None

    def done(self, mail: Mail) -> None:
        self.pace.end(mail.due.domain)
        self._turn.set()

    def stop(self) -> None:
        """Nothing more is begun."""
        self._is_stopped = True
        self._turn.set()
