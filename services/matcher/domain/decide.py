"""The decision on one pair: gates, then the score, then the threshold; with its reasons."""

from dataclasses import dataclass
from datetime import datetime

from services.matcher.domain.calibration import Calibration
from services.matcher.domain.gates import NOT_NOW, contains_any, first_refusal
from services.matcher.domain.rows import Row, Shared, closeness, shared_terms
from services.matcher.domain.rules import RuleSet
from shared.events import OpportunityState, ProfileState

THRESHOLD_REFUSED = "threshold"
JUDGED = "judged"
"""The last gate: somebody of the organisation said that it is not for them."""


@dataclass(frozen=True)
class Decision:
    """What the rules say of a pair. `score` is calibrated, 0..1; `refused_by` is None for a match.

    The score is made of `closeness`, boosts included, and of the `spread` of the profile.
    """

    score: float
    closeness: float
    spread: float
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
    calibration: Calibration,
    rules: RuleSet,
    now: datetime,
    is_judged: bool = False,
) -> Decision:
    """The decision. What a gate keeps for others scores 0; what is only closed or too late keeps its score.

    `is_judged`: the organisation said that it is not for them.
    """
    shared = shared_terms(profile_row, opportunity_row)
    close = closeness(shared) * boost(opportunity, rules)
    refused_by = first_refusal(opportunity, profile, rules, now) or (JUDGED if is_judged else None)
    is_for_others = refused_by is not None and refused_by not in NOT_NOW
    score = 0.0 if is_for_others else calibration.score(close, profile_row.spread)
    if refused_by is None and score < rules.threshold:
        refused_by = THRESHOLD_REFUSED
    return Decision(score, close, profile_row.spread, refused_by, tuple(shared))


def boost(opportunity: OpportunityState, rules: RuleSet) -> float:
    """What the rules multiply the closeness by, for the programme, the form and the themes of an opportunity."""
    factor = 1.0
    for boosts, text in (
        (rules.programme_boosts, opportunity.programme or ""),
        (rules.instrument_boosts, opportunity.instrument or ""),
        (rules.theme_boosts, " . ".join(opportunity.themes)),
    ):
        for one in boosts:
            if contains_any(text, (one.name,)):
                factor *= one.factor
    return factor
