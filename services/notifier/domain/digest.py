"""What a digest says: the best first, within the cap, the rest counted."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.notifier.domain.kinds import AlertKind


@dataclass(frozen=True)
class Candidate:
    """An opportunity a recipient could be told about. `alert_id` is None when no alert was planned for it yet."""

    opportunity_id: str
    opportunity_version: int
    score: float
    kind: AlertKind
    alert_id: str | None = None


@dataclass(frozen=True)
class Digest:
    """The chosen ones, best first, and those that only count."""

    chosen: tuple[Candidate, ...]
    rest: tuple[Candidate, ...]


def compose_digest(candidates: Iterable[Candidate], *, cap: int) -> Digest:
    """Each opportunity once; what was planned comes before what is also open, then by score.

    The order is the same whatever order the candidates come in.
    """
    ranked = sorted(candidates, key=_rank)
    once = {candidate.opportunity_id: candidate for candidate in reversed(ranked)}
    kept = sorted(once.values(), key=_rank)
    return Digest(chosen=tuple(kept[:cap]), rest=tuple(kept[cap:]))


def _rank(candidate: Candidate) -> tuple[bool, float, str, str]:
    return (candidate.kind == "also_open", -candidate.score, candidate.opportunity_id, candidate.kind)
