"""What a new reading of a known opportunity means: nothing, news, a change, an end, or a return."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from services.ingest.domain.deadlines import BRUSSELS, all_passed, brussels_day, next_deadline, same_deadlines
from services.ingest.domain.readings import as_version
from services.ingest.domain.words import cut
from shared.events import Change, OpportunityState

Outcome = Literal["new", "amended", "reopened", "closed", "unchanged", "past"]
ClosingReason = Literal["closed_by_source", "deadline_passed", "withdrawn"]

COMPARED = (
    "kind", "title", "status", "opens_on", "budget_min", "budget_max", "programme", "call_title", "instrument",
    "audience", "places", "themes", "keywords", "language", "url", "text", "expected_outcome", "scope",
    "title_fr", "text_fr",
)  # fmt: skip
SHOWN_LENGTH = 300
FLAPPING_WITHIN = timedelta(hours=72)
FLAPS_BORNE = 2
FARTHEST_MOVE = timedelta(days=3 * 366)
STRANGE_FACTOR = 100


@dataclass(frozen=True)
class Known:
    """An opportunity as stored. `flips`: when its status changed lately; `merged_into`: the one told in its place."""

    state: OpportunityState
    live: bool
    closed_reason: ClosingReason | None = None
    flips: tuple[datetime, ...] = ()
    merged_into: str | None = None

    def is_flapping(self, now: datetime) -> bool:
        """Whether its status went back and forth lately, so that the next change is held until it stays."""
        return sum(now - moment < FLAPPING_WITHIN for moment in self.flips) >= FLAPS_BORNE


@dataclass(frozen=True)
class Decision:
    """What to do with a reading. `state` is the version to store, None when nothing changes."""

    outcome: Outcome
    state: OpportunityState | None = None
    changes: tuple[Change, ...] = ()
    reason: ClosingReason | None = None
    flips: bool = False


def decide(known: Known | None, read: OpportunityState, now: datetime) -> Decision:
    """Compare a reading with what is stored. Nothing here ever follows from a record's absence."""
    ended = _ended(read, now)
    if known is None:
        return Decision("past") if ended else Decision("new", as_version(read, version=1, now=now))
    version = known.state.version + 1
    if not known.live:
        if ended or not _came_back(known, read) or known.is_flapping(now):
            return Decision("unchanged")
        state = as_version(_keep_known_texts(known.state, read), version=version, now=now)
        return Decision("reopened", state, flips=True)
    if ended:
        # Held for nobody: a mail about something closed is worse than a late one.
        return replace(_closing(known, ended, now), flips=ended == "closed_by_source")
    if read.status != known.state.status and known.is_flapping(now):
        read = read.model_copy(update={"status": known.state.status})
    after = as_version(_keep_known_texts(known.state, read), version=version, now=now)
    changes = differences(known.state, after, now)
    if not changes:
        return Decision("unchanged")
    return Decision("amended", after, changes, flips=after.status != known.state.status)


def _ended(read: OpportunityState, now: datetime) -> ClosingReason | None:
    if read.status == "closed":
        return "closed_by_source"
    return "deadline_passed" if all_passed(read.deadlines, now) else None


def _came_back(known: Known, read: OpportunityState) -> bool:
    """Whether a closed one is really answerable again: the flag alone proves nothing once a deadline has passed."""
    return bool(read.deadlines) or known.closed_reason == "closed_by_source"


def _keep_known_texts(before: OpportunityState, read: OpportunityState) -> OpportunityState:
    """A stub never empties a description that was read before, nor French that was not given this time."""
    kept = {"links": before.links}
    if not (read.text or read.expected_outcome or read.scope):
        kept |= {name: getattr(before, name) for name in ("text", "expected_outcome", "scope", "language")}
    for name in ("title_fr", "text_fr"):
        if getattr(read, name) is None and before.title == read.title:
            kept[name] = getattr(before, name)
    return read.model_copy(update=kept)


def strangeness(known: Known, read: OpportunityState) -> tuple[str, str] | None:
    """A reason and a sentence when a reading is more likely an error of the source than news."""
    before = known.state
    if not known.live or read.status == "closed":
        return None
    if before.deadlines and not read.deadlines:
        return "deadline_vanished", "the deadline known before is gone"
    if before.deadlines and max(read.deadlines) - max(before.deadlines) > FARTHEST_MOVE:
        return "deadline_jumped", f"the deadline moved from {_days(before.deadlines)} to {_days(read.deadlines)}"
    for name in ("budget_min", "budget_max"):
        was, is_ = getattr(before, name), getattr(read, name)
        if was and is_ and not was / STRANGE_FACTOR < is_ < was * STRANGE_FACTOR:
            return "amount_jumped", f"{name} went from {was} to {is_} euros"
    return None


def differences(before: OpportunityState, after: OpportunityState, now: datetime) -> tuple[Change, ...]:
    """The fields that differ. Of the deadlines, those still ahead: one that passed and is listed no more is no news."""
    changes = [
        Change(field=field, before=_shown(getattr(before, field)), after=_shown(getattr(after, field)))
        for field in COMPARED
        if getattr(before, field) != getattr(after, field)
    ]
    was, is_ = (tuple(d for d in state.deadlines if d > now) for state in (before, after))
    if not same_deadlines(was, is_):
        changes.insert(0, deadline_change(was or before.deadlines, is_))
    return tuple(changes)


def deadline_change(before: Sequence[datetime], after: Sequence[datetime]) -> Change:
    """The change of deadlines, as days in Brussels; as minutes there when only the hour moved."""
    show = _days if _days(before) != _days(after) else _minutes
    return Change(field="deadline", before=show(before), after=show(after))


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


def withdrawn(known: Known, now: datetime) -> Decision:
    """Taken back by who told it, or by staff."""
    return _closing(known, "withdrawn", now)


def too_old(known: Known, now: datetime) -> Decision:
    """Without any deadline, and told too long ago to be believed."""
    return _closing(known, "deadline_passed", now)


def due_at(state: OpportunityState, now: datetime) -> datetime | None:
    """When the clock next has something to say about it."""
    return next_deadline(state.deadlines, now)


def _days(deadlines: Iterable[datetime]) -> str | None:
    return ", ".join(brussels_day(deadline).isoformat() for deadline in sorted(deadlines)) or None


def _minutes(deadlines: Iterable[datetime]) -> str | None:
    there = (deadline.astimezone(BRUSSELS) for deadline in sorted(deadlines))
    return ", ".join(moment.strftime("%Y-%m-%dT%H:%M") for moment in there) or None


def _shown(value: object) -> str | None:
    if value is None or value == ():
        return None
    if isinstance(value, tuple):
        return cut(", ".join(map(str, value)), SHOWN_LENGTH)
    return value.isoformat() if isinstance(value, date) else cut(str(value), SHOWN_LENGTH)
