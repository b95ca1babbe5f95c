"""What a mail tells of: opportunities as they are now, with what makes each one for this organisation."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.notifier.domain.kinds import TOLD_AGAIN_ON, AlertKind
from shared.events import Change, Language, OpportunityState, OrganisationKind, Term
from shared.requests import Cadence


@dataclass(frozen=True)
class Told:
    """One opportunity a mail tells of, as it is now, and why it is for this organisation.

    `sentences`: what changed, in words, by language; `deadline`: the one a reminder is about; `closed_because` is
    set for an opportunity that ended.
    """

    kind: AlertKind
    opportunity: OpportunityState
    changes: tuple[Change, ...]
    score: float
    terms: tuple[Term, ...]
    passage: str
    subscription_id: str
    organisation_name: str
    organisation_kind: OrganisationKind | None = None
    population: int | None = None
    sentences: tuple[tuple[Language, str], ...] = ()
    deadline: datetime | None = None
    closed_because: str | None = None


@dataclass(frozen=True)
class News:
    """What a mail about opportunities tells, best first, and of which organisations; a check-in tells of none."""

    organisations: tuple[str, ...]
    cadence: Cadence
    told: tuple[Told, ...]


def deadlines_of(opportunity: OpportunityState) -> tuple[datetime, ...]:
    """Every deadline of an opportunity, in their order."""
    return tuple(sorted({*opportunity.deadlines, *([opportunity.deadline] if opportunity.deadline else [])}))


def is_material(changes: Iterable[Change]) -> bool:
    """Whether those who know an opportunity are told that it changed."""
    return any(change.field in TOLD_AGAIN_ON for change in changes)
