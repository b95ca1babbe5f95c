"""Why an opportunity is proposed to an organisation or not: the matcher's answer as pages show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.portal.domain.labels import GATES
from services.portal.domain.reasons import MetWord, Standing, standing, words_met
from services.portal.domain.refusals import Case, Refusal, Speech, why_not
from shared.events import OpportunityState, OrganisationKind
from shared.requests import Explanation


@dataclass(frozen=True)
class Gate:
    """One gate in words; `refusal` is None when it lets the pair through."""

    title: str
    refusal: Refusal | None


@dataclass(frozen=True)
class Why:
    """A pair explained. `refusal` is None for a match; `is_known` is False while the pair was never compared.

    `by_words` is how the words alone stand, whatever else keeps the opportunity away.
    """

    name: str
    explanation: Explanation
    standing: Standing
    by_words: Standing
    words: tuple[MetWord, ...]
    refusal: Refusal | None
    gates: tuple[Gate, ...]

    @property
    def is_known(self) -> bool:
        return self.explanation.refused is None

    @property
    def is_refused_by_words(self) -> bool:
        return self.explanation.refused_by == "threshold"


def explained(
    explanation: Explanation,
    opportunity: OpportunityState,
    *,
    name: str,
    kind: OrganisationKind,
    rules: Mapping[str, object],
    now: datetime,
    say: Speech,
) -> Why:
    """The answer about one opportunity and the organisation of that name, in words."""
    stands = standing(explanation.score, explanation.threshold)
    case = Case(opportunity, name, kind, stands, rules, now)
    refused_by = None if explanation.matched else explanation.refused_by or "threshold"
    return Why(
        name=name,
        explanation=explanation,
        standing=stands,
        by_words=standing(explanation.words_score, explanation.threshold),
        words=words_met(explanation.terms),
        refusal=why_not(refused_by, case, say) if refused_by else None,
        gates=tuple(
            Gate(GATES.get(gate.name, gate.name), None if gate.passed else why_not(gate.name, case, say))
            for gate in explanation.gates
        ),
    )
