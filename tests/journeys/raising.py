"""Runs `passerelle` with handlers that each raise once: `python -m tests.journeys.raising up`."""

from typing import Any

from shared.bus import Bus
from tests.journeys.later import turn_on_if_asked

deliver = Bus.deliver


def deliver_raising_once(self: Bus, fact: Any, handler: Any, set_aside: Any) -> None:
    """Deliver to a handler that fails the first time it is called, before it does anything."""
    failed = False

    async def failing_once(heard: Any) -> None:
        nonlocal failed
        if not failed:
            failed = True
            raise RuntimeError(f"{self.service} raises once on {fact.subject}")
        await handler(heard)

    deliver(self, fact, failing_once, set_aside)


if __name__ == "__main__":
    turn_on_if_asked()
    from services.cli import main

    Bus.deliver = deliver_raising_once  # type: ignore[method-assign]
    main()
