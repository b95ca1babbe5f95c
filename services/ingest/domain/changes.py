"""What a new reading of a known opportunity means: nothing, news, a change, an end, or a return."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from services.ingest.domain.deadlines import all_passed, brussels_day, next_deadline, same_deadlines
from services.ingest.domain.readings import as_version
from services.ingest.domain.words import cut
from shared.events import Change, OpportunityState

Outcome = Literal["new", "amended", "reopened", "closed", "unchanged", "past"]
ClosingReason = Literal["closed_by_source", "deadline_passed", "withdrawn", "merged"]

COMPARED = (
    "kind", "title", "status", "opens_on", "budget_min", "budget_max", "programme", "call_title", "instrument",
    "audience", "places", "themes", "keywords", "language", "url", "text", "expected_outcome", "scope",
)  # fmt: skip
SHOWN_LENGTH = 300


@dataclass(frozen=True)
class Known:
    """An opportunity as stored."""

    state: OpportunityState
    live: bool
    closed_reason: ClosingReason | None = None


@dataclass(frozen=True)
class Decision:
    """What to do with a reading. `state` is the version to store, None when nothing changes."""

    outcome: Outcome
    state: OpportunityState | None = None
    changes: tuple[Change, ...] = ()
    reason: ClosingReason | None = None


def decide(known: Known | None, read: OpportunityState, now: datetime) -> Decision:
    """Compare a reading with what is stored. Nothing here ever follows from a record's absence."""
    ended = _ended(read, now)
    if known is None:
        return Decision("past") if ended else Decision("new", as_version(read, version=1, now=now))
    version = known.state.version + 1
    if not known.live:
        if ended or not _came_back(known, read):
            return Decision("unchanged")
        return Decision("reopened", as_version(_keep_known_texts(known.state, read), version=version, now=now))
    if ended:
        return _closing(known, ended, now)
    after = as_version(_keep_known_texts(known.state, read), version=version, now=now)
    changes = differences(known.state, after)
    return Decision("amended", after, changes) if changes else Decision("unchanged")


def _ended(read: OpportunityState, now: datetime) -> ClosingReason | None:
    if read.status == "closed":
        return "closed_by_source"
    return "deadline_passed" if all_passed(read.deadlines, now) else None


def _came_back(known: Known, read: OpportunityState) -> bool:
    """Whether a closed one is really answerable again: the flag alone proves nothing once a deadline has passed."""
    return bool(read.deadlines) or known.closed_reason == "closed_by_source"


def _keep_known_texts(before: OpportunityState, read: OpportunityState) -> OpportunityState:
    """A stub without description never empties a description that was read before."""
    if read.text or read.expected_outcome or read.scope:
        return read
    kept = ("text", "expected_outcome", "scope", "language")
    return read.model_copy(update={field: getattr(before, field) for field in kept})


def loses_its_deadline(known: Known, read: OpportunityState) -> bool:
    """A deadline that vanishes is an error of the source until someone has looked."""
    return known.live and read.status != "closed" and bool(known.state.deadlines) and not read.deadlines


def differences(before: OpportunityState, after: OpportunityState) -> tuple[Change, ...]:
    """The fields that differ, deadlines by their day in Brussels."""
    changes = [
        Change(field=field, before=_shown(getattr(before, field)), after=_shown(getattr(after, field)))
        for field in COMPARED
        if getattr(before, field) != getattr(after, field)
    ]
    if not same_deadlines(before.deadlines, after.deadlines):
        changes.insert(0, deadline_change(before.deadlines, after.deadlines))
    return tuple(changes)


def deadline_change(before: Sequence[datetime], after: Sequence[datetime]) -> Change:
    """The change of deadlines, as days in Brussels."""
    return Change(field="deadline", before=_days(before), after=_days(after))


def at_deadline(known: Known, now: datetime) -> Decision:
    """What the clock alone does to a live opportunity: the next deadline takes over, or it is closed."""
    state = known.state
    if not all_passed(state.deadlines, now):
        after = as_version(state, version=state.version + 1, now=now)
        if after.deadline == state.deadline or after.deadline is None:
            return Decision("unchanged")
        change = deadline_change((state.deadline,) if state.deadline else (), (after.deadline,))
        return Decision("amended", after, (change,))
    return _closing(known, "deadline_passed", now)


def _closing(known: Known, reason: ClosingReason, now: datetime) -> Decision:
    state = known.state.model_copy(update={"status": "closed"})
    return Decision("closed", as_version(state, version=state.version + 1, now=now), reason=reason)


def due_at(state: OpportunityState, now: datetime) -> datetime | None:
    """When the clock next has something to say about it."""
    return next_deadline(state.deadlines, now)


def _days(deadlines: Iterable[datetime]) -> str | None:
    return ", ".join(brussels_day(deadline).isoformat() for deadline in sorted(deadlines)) or None


def _shown(value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, tuple):
        return cut(", ".join(map(str, value)), SHOWN_LENGTH)
    return value.isoformat() if isinstance(value, date) else cut(str(value), SHOWN_LENGTH)
