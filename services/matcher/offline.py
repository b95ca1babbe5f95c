"""Scoring files, and measuring the scores, without any service running: `passerelle score` and `evaluate`.

The same files and day give the same bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from services.matcher.domain.analyser import analyser_of
from services.matcher.domain.decide import Decision, decide
from services.matcher.domain.document import Terms, read_opportunity, read_profile
from services.matcher.domain.evaluation import Figures, ScoredPair, evaluate
from services.matcher.domain.explain import explain
from services.matcher.domain.lexicon import lexicon_text
from services.matcher.domain.model import fit
from services.matcher.domain.rows import Row, weigh
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

__all__ = ["Figures", "FileProblem", "Scored", "evaluate_files", "score_files", "score_states"]


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
    """Write each profile's best pairs to a file, with a model fitted on the two files. Raises FileProblem."""
    calls = [line.state() for line in read_lines(opportunities, OpportunityLine)]
    wanting = [line.state() for line in read_lines(profiles, ProfileLine)]
    lines, alerts = [], 0
    for profile, ranked in score_states(calls, wanting, now=start_of_day(as_of), rules=rules):
        for rank, (opportunity, decision) in enumerate(ranked[:top], start=1):
            lines.append(_line(profile, opportunity, decision, rank))
            alerts += decision.matched
    out.write_text("".join(lines), encoding="utf-8")
    return Scored(len(calls), len(wanting), len(lines), alerts)


def evaluate_files(
    opportunities: Path, profiles: Path, qrels: Path, as_of: date, top: int, *, rules: RuleSet = DEFAULT_RULES
) -> Figures:
    """Score two files and measure each profile's best pairs against a file of grades. Raises FileProblem."""
    calls = [line.state() for line in read_lines(opportunities, OpportunityLine)]
    wanting = [line.state() for line in read_lines(profiles, ProfileLine)]
    judged = {line.id: line.grades for line in read_lines(qrels, JudgedLine)}
    unknown = sorted(set(judged) - {profile.id for profile in wanting})
    if unknown:
        raise FileProblem(f"{qrels}: the profile {unknown[0]!r} is not in {profiles}")
    scored = score_states(calls, wanting, now=start_of_day(as_of), rules=rules)
    return evaluate({profile.id: scored_pairs(ranked[:top]) for profile, ranked in scored}, judged, top=top)


def scored_pairs(ranked: "Ranking") -> list[ScoredPair]:
    """A ranking as what is measured."""
    return [ScoredPair(opportunity.id, decision.score, decision.matched) for opportunity, decision in ranked]


Ranking = list[tuple[OpportunityState, Decision]]


def score_states(
    opportunities: Sequence[OpportunityState], profiles: Sequence[ProfileState], *, now: datetime, rules: RuleSet
) -> list[tuple[ProfileState, Ranking]]:
    """For each profile, the opportunities with a score above 0, best first; what the rules refuse is not matched."""
    terms, analyser = Terms(), analyser_of(lexicon_text())
    calls = [
        read_opportunity(one, analyser=analyser, weights=rules.field_weights, terms=terms) for one in opportunities
    ]
    wanting = [read_profile(one, analyser=analyser, terms=terms) for one in profiles]
    idf = fit(calls, wanting, terms, analyser=analyser).weights_of(terms)
    rows = [weigh(one, idf) for one in calls]
    return [
        (profile, _ranking(profile, weigh(document, idf), opportunities, rows, rules, now))
        for profile, document in zip(profiles, wanting, strict=True)
    ]


def _ranking(
    profile: ProfileState,
    profile_row: Row,
    opportunities: Sequence[OpportunityState],
    rows: Sequence[Row],
    rules: RuleSet,
    now: datetime,
) -> Ranking:
    ranked = [
        (opportunity, decide(opportunity, profile, opportunity_row=row, profile_row=profile_row, rules=rules, now=now))
        for opportunity, row in zip(opportunities, rows, strict=True)
    ]
    kept = [(opportunity, decision) for opportunity, decision in ranked if decision.score > 0]
    return sorted(kept, key=lambda pair: (-pair[1].score, pair[0].id))


def _line(profile: ProfileState, opportunity: OpportunityState, decision: Decision, rank: int) -> str:
    content = {
        "profile_id": profile.id,
        "opportunity_id": opportunity.id,
        "rank": rank,
        "score": decision.score,
        "alert": decision.matched,
        "terms": [term.model_dump() for term in explain(decision.shared)],
    }
    return json.dumps(content, ensure_ascii=False) + "\n"
