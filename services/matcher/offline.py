"""Scoring files, and measuring the scores, without any service running: `passerelle score` and `evaluate`.

The same files and day give the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from services.matcher.domain.analyser import analyser_of
from services.matcher.domain.calibration import Calibration, Sample, learn
from services.matcher.domain.decide import Decision, decide
from services.matcher.domain.document import Terms, read_opportunity, read_profile
from services.matcher.domain.evaluation import RELEVANT, Figures, ScoredPair, evaluate
from services.matcher.domain.explain import explain
from services.matcher.domain.lexicon import lexicon_text
from services.matcher.domain.model import fit
from services.matcher.domain.rows import weigh_opportunity, weigh_profile
from services.matcher.domain.rules import DEFAULT_RULES, RuleSet
from services.matcher.offline_files import (
    FileProblem,
    JudgedLine,
    OpportunityLine,
    ProfileLine,
    read_lines,
    start_of_day,
)
from shared.events import OpportunityState, ProfileState

__all__ = ["Evaluation", "FileProblem", "Scored", "Table", "evaluate_files", "score_files"]


@dataclass(frozen=True)
class Scored:
    """What was written."""

    opportunities: int
    profiles: int
    pairs: int
    alerts: int


def score_files(
    opportunities: Path, profiles: Path, as_of: date, top: int, out: Path, *, rules: RuleSet = DEFAULT_RULES
) -> Scored:
    """Write each profile's best pairs to a file, with a model fitted on the opportunities. Raises FileProblem."""
    calls = [line.state() for line in read_lines(opportunities, OpportunityLine)]
    wanting = [line.state() for line in read_lines(profiles, ProfileLine)]
    lines, alerts = [], 0
    table = Table(calls, wanting, now=start_of_day(as_of), rules=rules)
    for profile in wanting:
        ranked = table.ranking(profile)
        told = told_first(ranked, rules)
        alerts += len(told)
        for rank, (opportunity, decision) in enumerate(ranked[:top], start=1):
            lines.append(_line(profile, opportunity, decision, rank, opportunity.id in told))
    out.write_text("".join(lines), encoding="utf-8")
    return Scored(len(calls), len(wanting), len(lines), alerts)


@dataclass(frozen=True)
class Evaluation:
    """What was measured; by folds too when asked: each profile scored with the curve learned from the others' grades.

    `learned` is the curve that fits all the grades.
    """

    figures: Figures
    by_folds: Figures | None = None
    learned: Calibration | None = None


def evaluate_files(
    opportunities: Path,
    profiles: Path,
    qrels: Path,
    as_of: date,
    top: int,
    *,
    folds: int = 0,
    rules: RuleSet = DEFAULT_RULES,
) -> Evaluation:
    """Score two files and measure each profile's best pairs against a file of grades. Raises FileProblem."""
    calls = [line.state() for line in read_lines(opportunities, OpportunityLine)]
    wanting = [line.state() for line in read_lines(profiles, ProfileLine)]
    judged = {line.id: line.grades for line in read_lines(qrels, JudgedLine)}
    unknown = sorted(set(judged) - {profile.id for profile in wanting})
    if unknown:
        raise FileProblem(f"{qrels}: the profile {unknown[0]!r} is not in {profiles}")
    table = Table(calls, wanting, now=start_of_day(as_of), rules=rules)
    figures = evaluate(
        {profile.id: _pairs(table.ranking(profile), rules)[:top] for profile in wanting}, judged, top=top
    )
    if not folds:
        return Evaluation(figures)
    samples = {
        profile.id: _samples(table.ranking(profile), judged[profile.id]) for profile in wanting if profile.id in judged
    }
    curves = _learned_without(samples, folds)
    ranked = {
        profile.id: _pairs(table.ranking(profile, curves[profile.id]), rules)[:top]
        for profile in wanting
        if profile.id in judged
    }
    everything = learn([sample for each in samples.values() for sample in each])
    return Evaluation(figures, evaluate(ranked, judged, top=top), everything)


def _learned_without(samples: Mapping[str, Sequence[Sample]], folds: int) -> dict[str, Calibration]:
    """For each profile, the curve learned from the profiles of the other folds; profiles are dealt in order of id."""
    fold_of = {profile: n % folds for n, profile in enumerate(sorted(samples))}
    curves = [
        learn([sample for profile, each in samples.items() if fold_of[profile] != fold for sample in each])
        for fold in range(folds)
    ]
    return {profile: curves[fold] for profile, fold in fold_of.items()}


def _samples(ranked: "Ranking", grades: Mapping[str, int]) -> list[Sample]:
    return [
        Sample(decision.closeness, decision.spread, grades[opportunity.id] >= RELEVANT)
        for opportunity, decision in ranked
        if opportunity.id in grades
    ]


def told_first(ranked: "Ranking", rules: RuleSet) -> frozenset[str]:
    """What the first digest of a profile would hold: its best matches, as many as one message takes."""
    matched = [opportunity.id for opportunity, decision in ranked if decision.matched]
    return frozenset(matched[: rules.digest_cap])


def _pairs(ranked: "Ranking", rules: RuleSet) -> list[ScoredPair]:
    told = told_first(ranked, rules)
    return [ScoredPair(opportunity.id, decision.score, opportunity.id in told) for opportunity, decision in ranked]


Ranking = list[tuple[OpportunityState, Decision]]


class Table:
    """Opportunities and profiles, read and weighed once with one model; ranked as often as one likes."""

    def __init__(
        self,
        opportunities: Sequence[OpportunityState],
        profiles: Sequence[ProfileState],
        *,
        now: datetime,
        rules: RuleSet,
    ) -> None:
        self.now = now
        self.rules = rules
        terms, analyser = Terms(), analyser_of(lexicon_text())
        weights = rules.field_weights
        calls = [read_opportunity(one, analyser=analyser, weights=weights, terms=terms) for one in opportunities]
        wanting = [read_profile(one, analyser=analyser, terms=terms) for one in profiles]
        self.model = fit(calls, terms, analyser=analyser)
        known = self.model.weights_of(terms)
        self._calls = [(one, weigh_opportunity(read, known)) for one, read in zip(opportunities, calls, strict=True)]
        self._rows = {one.id: weigh_profile(read, known) for one, read in zip(profiles, wanting, strict=True)}

    def ranking(self, profile: ProfileState, calibration: Calibration | None = None) -> Ranking:
        """The opportunities with a score above 0, best first; what the rules refuse is there, but not matched."""
        ranked = [
            (
                opportunity,
                decide(
                    opportunity,
                    profile,
                    opportunity_row=row,
                    profile_row=self._rows[profile.id],
                    calibration=calibration or self.model.calibration,
                    rules=self.rules,
                    now=self.now,
                ),
            )
            for opportunity, row in self._calls
        ]
        kept = [(opportunity, decision) for opportunity, decision in ranked if decision.score > 0]
        return sorted(kept, key=lambda pair: (-pair[1].score, -pair[1].closeness, pair[0].id))


def _line(profile: ProfileState, opportunity: OpportunityState, decision: Decision, rank: int, is_told: bool) -> str:
    content = {
        "profile_id": profile.id,
        "opportunity_id": opportunity.id,
        "rank": rank,
        "score": decision.score,
        "alert": is_told,
        "terms": [term.model_dump() for term in explain(decision.shared)],
    }
    return json.dumps(content, ensure_ascii=False) + "\n"
