"""The decision on one pair: gates, then the score, then the threshold; with its reasons."""

import math
from dataclasses import dataclass
from datetime import datetime

from services.matcher.domain.gates import contains_any, first_refusal
from services.matcher.domain.rows import Row, Shared, closeness, shared_terms
from services.matcher.domain.rules import RuleSet
from shared.events import OpportunityState, ProfileState

HALFWAY = 0.15
STEEPNESS = 2.2
THRESHOLD_REFUSED = "threshold"


@dataclass(frozen=True)
class Decision:
    """What the rules say of a pair. `score` is calibrated, 0..1; `refused_by` is None for a match."""

    score: float
    refused_by: str | None
    shared: tuple[Shared, ...]

    @property
    def matched(self) -> bool:
        return self.refused_by is None


def decide(
    opportunity: OpportunityState,
    profile: ProfileState,
    *,
    opportunity_row: Row,
    profile_row: Row,
    rules: RuleSet,
    now: datetime,
) -> Decision:
    """The decision, with its score even when a gate refuses."""
    shared = shared_terms(profile_row, opportunity_row)
    score = calibrate(closeness(shared) * boost(opportunity, rules))
    refused_by = first_refusal(opportunity, profile, rules, now)
    if refused_by is None and score < rules.threshold:
        refused_by = THRESHOLD_REFUSED
    return Decision(score, refused_by, tuple(shared))


def calibrate(raw: float) -> float:
    """From a cosine to a score between 0 and 1, rounded to four digits: 0.5 at the halfway cosine, never decreasing.

    Read it as: of a hundred pairs with this score, about a hundred times the score deserve a look.
    """
    if raw <= 0:
        return 0.0
    powered: float = math.pow(raw, STEEPNESS)
    return round(powered / (powered + math.pow(HALFWAY, STEEPNESS)), 4)


def least_closeness(score: float) -> float:
    """The cosine from which a score is reached, a hair below to be safe with rounding."""
    if score >= 1:
        return HALFWAY * 20
    safe = max(score - 0.0001, 0.0001)
    return float(HALFWAY * (safe / (1 - safe)) ** (1 / STEEPNESS))


def boost(opportunity: OpportunityState, rules: RuleSet) -> float:
    """What the rules multiply the closeness by, for the programme and the themes of an opportunity."""
    factor = 1.0
    for one in rules.programme_boosts:
        if contains_any(opportunity.programme or "", (one.name,)):
            factor *= one.factor
    for one in rules.theme_boosts:
        if contains_any(" . ".join(opportunity.themes), (one.name,)):
            factor *= one.factor
    return factor
