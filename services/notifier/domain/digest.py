"""What a digest says: the best first, within the cap, the rest counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from services.notifier.domain.kinds import AlertKind

# Of two alerts about one opportunity the first of these kinds is told, and speaks for the other.
BY_WEIGHT: tuple[AlertKind, ...] = ("closed", "amended", "closing_soon", "new", "reminder", "welcome", "also_open")
WEIGHT = {kind: weight for weight, kind in enumerate(BY_WEIGHT)}
FOLLOW_UPS: frozenset[AlertKind] = frozenset({"closed", "amended", "reminder"})


@dataclass(frozen=True)
class Candidate:
    """An opportunity a recipient could be told about.

    `alert_id` is None when no alert was planned for it yet; a reminder has its `deadline`, and of how many days ahead.
    """

    opportunity_id: str
    opportunity_version: int
    score: float
    kind: AlertKind
    subscription_id: str = ""
    alert_id: str | None = None
    deadline: datetime | None = None
    days_ahead: int | None = None

    @property
    def row_kind(self) -> str:
        """The kind under which the alert is stored: one reminder for each number of days."""
        return self.kind if self.days_ahead is None else f"{self.kind}-{self.days_ahead}"


@dataclass(frozen=True)
class Digest:
    """The chosen ones, best first; those that only count; those another alert of the same opportunity speaks for."""

    chosen: tuple[Candidate, ...]
    rest: tuple[Candidate, ...]
    doubles: tuple[Candidate, ...] = ()


def compose_digest(candidates: Iterable[Candidate], *, cap: int) -> Digest:
    """Each opportunity once; what follows up on what was told before, then news by score, then what is also open.

    The cap holds for the follow-ups and for the rest apart. The order is the same whatever order candidates come in.
    """
    weighed = sorted(candidates, key=lambda one: (WEIGHT[one.kind], *_rank(one)))
    once: dict[str, Candidate] = {}
    doubles = []
    for candidate in weighed:
        if once.setdefault(candidate.opportunity_id, candidate) is not candidate:
            doubles.append(candidate)
    ranked = sorted(once.values(), key=_rank)
    follow_ups = [candidate for candidate in ranked if candidate.kind in FOLLOW_UPS]
    others = [candidate for candidate in ranked if candidate.kind not in FOLLOW_UPS]
    return Digest(
        chosen=(*follow_ups[:cap], *others[:cap]),
        rest=(*follow_ups[cap:], *others[cap:]),
        doubles=tuple(doubles),
    )


@cache
def kind_of_row(kind: str) -> AlertKind:
    """The kind of a stored alert: `reminder-7` is a reminder."""
    name = kind.partition("-")[0]
    return next(known for known in BY_WEIGHT if known == name)


def is_reminder_only(chosen: Sequence[Candidate]) -> bool:
    return all(candidate.kind == "reminder" for candidate in chosen)


def _rank(candidate: Candidate) -> tuple[bool, float, str, str]:
    return (candidate.kind == "also_open", -candidate.score, candidate.opportunity_id, candidate.row_kind)
