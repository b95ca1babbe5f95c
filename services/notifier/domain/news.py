"""What a mail tells of: opportunities as they are now, with what makes each one for this organisation."""

from dataclasses import dataclass

from services.notifier.domain.kinds import AlertKind
from shared.events import Change, OpportunityState, Term


@dataclass(frozen=True)
class Told:
    """One opportunity a mail tells of, as it is now, and why it is for this organisation."""

    kind: AlertKind
    opportunity: OpportunityState
    changes: tuple[Change, ...]
    score: float
    terms: tuple[Term, ...]
    passage: str


@dataclass(frozen=True)
class News:
    """What an alert, a digest or a welcome mail tells, best first."""

    organisation_name: str
    cadence: str
    told: tuple[Told, ...]
