"""Runs `passerelle` some days from now, with its hours brought near: `LATER_S=86400 python -m tests.journeys.later up`.

Nothing of the product knows of it: its clock is turned on, mornings are looked for every other second instead of
every minute, and the broker gives what a killed process had in hand to the next one sooner.
"""

import os
from datetime import datetime, timedelta, tzinfo

from apscheduler.triggers.interval import IntervalTrigger

import shared.bus
import shared.clock
import shared.runtime
from shared.service import Job

EVERY_S = {"plan-mornings": 2, "ask-again": 3}
ACK_WAIT_S = 4
exact_trigger = shared.runtime._trigger


def turn_on(later: timedelta) -> None:
    """Move the clock that every service is handed, and bring hours near."""

    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + later

    shared.clock.datetime = Later  # type: ignore[misc]
    shared.bus.ACK_WAIT_S = ACK_WAIT_S
    shared.runtime._trigger = _near  # type: ignore[assignment]


def turn_on_if_asked() -> None:
    """As the environment says."""
    if seconds := os.environ.get("LATER_S"):
        turn_on(timedelta(seconds=float(seconds)))


def _near(job: Job) -> object:
    if job.name in EVERY_S:
        return IntervalTrigger(seconds=EVERY_S[job.name], start_date=shared.runtime.EPOCH, timezone="UTC")
    return exact_trigger(job)


if __name__ == "__main__":
    turn_on_if_asked()
    from services.cli import main

    main()
