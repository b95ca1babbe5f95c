"""The deadlines of an opportunity as a calendar people add to their own (RFC 5545)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event

from shared.events import OpportunityState

WARN_BEFORE = timedelta(days=7)


@dataclass(frozen=True)
class Said:
    """The words of a calendar, in the reader's language."""

    title: str
    deadline: str
    stage: str
    cancelled: str


def deadlines_of(opportunity: OpportunityState) -> Sequence[datetime]:
    """Every deadline that is known, the earliest first."""
    own = (opportunity.deadline,) if opportunity.deadline is not None else ()
    return sorted({*opportunity.deadlines, *own})


def agenda(opportunity: OpportunityState, *, version: int, url: str, host: str, said: Said, now: datetime) -> bytes:
    """One event a deadline. Its UID names the stage, not the day: a moved deadline moves the event that was added.

    `version` is the latest that was told, that of a closing included: with it SEQUENCE grows.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Passerelle//Deadlines//FR")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    deadlines = deadlines_of(opportunity)
    for stage, deadline in enumerate(deadlines, start=1):
        is_cancelled = opportunity.status == "closed" and deadline > now
        event = Event()
        event.add("uid", f"{opportunity.id}-{stage}@{host}")
        event.add("sequence", version if is_cancelled else version - 1)
        event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
        event.add("dtstart", deadline.astimezone(UTC))
        event.add("summary", _summary(said, stage, len(deadlines), is_cancelled=is_cancelled))
        event.add("url", url)
        event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT")
        if not is_cancelled:
            event.add_component(_alarm(said))
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _summary(said: Said, stage: int, stages: int, *, is_cancelled: bool) -> str:
    which = f"{said.deadline} ({said.stage} {stage})" if stages > 1 else said.deadline
    summary = f"{which} – {said.title}"
    return f"{said.cancelled} – {summary}" if is_cancelled else summary


def _alarm(said: Said) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"{said.deadline} – {said.title}")
    alarm.add("trigger", -WARN_BEFORE)
    return alarm
