"""How good rankings, alerts and scores are, measured against graded judgements.

Grades: 3 an adviser would phone, 2 relevant, 1 marginal, 0 not. A profile with at least one grade of 2 or more is
*talking*, the others are *silent*: the best that can be done for them is to say nothing.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from sklearn.metrics import brier_score_loss, roc_auc_score

RELEVANT = 2
MUST_BE_TOLD = 3
HIGH = 0.5
BINS = 10

Grades = Mapping[str, int]


@dataclass(frozen=True)
class ScoredPair:
    """What is said of a pair: its score, 0 to 1, and whether it would be told."""

    opportunity_id: str
    score: float
    alert: bool


@dataclass(frozen=True)
class Mean:
    """A mean over profiles and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Ranking:
    """How well the best pairs come first, over talking profiles.

    `ndcg10`: gain 2^grade - 1, unjudged pairs skipped; `ndcg10_raw`: the same, unjudged pairs counted as 0. `p5`: share
    of relevant pairs among the first five judged, `p5_best` what a perfect order would reach. `recall20`: share of the
    relevant pairs among the first twenty judged. `unjudged10`: share of the first ten that nobody judged.
    """

    ndcg10: Mean
    ndcg10_raw: Mean
    p5: Mean
    p5_best: Mean
    recall20: Mean
    unjudged10: Mean


@dataclass(frozen=True)
class Alerts:
    """What would be told. `precision`: relevant / (judged + half of the unjudged). `recall`: of the grade 3 pairs."""

    precision: float | None
    recall: float | None
    per_talking: float | None
    per_silent: float | None


@dataclass(frozen=True)
class Scores:
    """What the score is worth as a probability, over judged pairs.

    `brier_skill`: 1 - Brier / Brier of always saying the base rate. `high_*`: pairs scored 0.5 or more, how many,
    what was said of them on average, and the share that is relevant.
    """

    auc: float | None
    brier_skill: float | None
    high_count: int
    high_said: float | None
    high_true: float | None


@dataclass(frozen=True)
class Bin:
    """The judged pairs of one tenth of the scores: what was said on average, the share that is relevant, how many."""

    said: float
    true: float
    count: int


@dataclass(frozen=True)
class Figures:
    """All that is measured. `per_profile` holds each talking profile's ndcg10, to compare two models pair by pair.

    `curve` holds the tenths of the scores that have judged pairs, lowest first: what was said against what is true.
    """

    profiles: int
    talking: int
    ranking: Ranking | None
    alerts: Alerts
    scores: Scores
    per_profile: Mapping[str, float]
    curve: tuple[Bin, ...] = ()


def evaluate(pairs: Mapping[str, Sequence[ScoredPair]], judged: Mapping[str, Grades], *, top: int = 100) -> Figures:
    """Measure the scored pairs of each profile against its grades.

    Only a profile's first `top` pairs with a score above 0 count for the ranking, so that depth cannot decide. Pairs of
    profiles nobody judged are left aside.
    """
    talking = {profile: grades for profile, grades in judged.items() if max(grades.values(), default=0) >= RELEVANT}
    ranked = {profile: _best(pairs.get(profile, ()), top) for profile in talking}
    known = _judged_scores(pairs, judged)
    each = {profile: _rank_one(ranked[profile], grades) for profile, grades in talking.items()}
    return Figures(
        profiles=len(judged),
        talking=len(talking),
        ranking=_ranking(list(each.values())),
        alerts=_alerts(pairs, judged, talking),
        scores=_scores(known),
        per_profile={profile: one["ndcg10"] for profile, one in each.items()},
        curve=_curve(known),
    )


def ndcg(grades: Sequence[int], all_grades: Sequence[int], *, depth: int = 10) -> float:
    """Discounted gain of the first grades over that of the best order; 0 when nothing could be gained."""
    best = _gain(sorted(all_grades, reverse=True)[:depth])
    return _gain(grades[:depth]) / best if best else 0.0


def _gain(grades: Sequence[int]) -> float:
    return math.fsum((2.0**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(grades))


def _best(pairs: Sequence[ScoredPair], top: int) -> list[ScoredPair]:
    return sorted((pair for pair in pairs if pair.score > 0), key=lambda pair: -pair.score)[:top]


def _rank_one(ranked: Sequence[ScoredPair], grades: Grades) -> dict[str, float]:
    seen = [grades[pair.opportunity_id] for pair in ranked if pair.opportunity_id in grades]
    relevant = sum(grade >= RELEVANT for grade in grades.values())
    everything = list(grades.values())
    return {
        "ndcg10": ndcg(seen, everything),
        "ndcg10_raw": ndcg([grades.get(pair.opportunity_id, 0) for pair in ranked], everything),
        "p5": sum(grade >= RELEVANT for grade in seen[:5]) / 5,
        "p5_best": min(relevant, 5) / 5,
        "recall20": sum(grade >= RELEVANT for grade in seen[:20]) / relevant,
        "unjudged10": sum(pair.opportunity_id not in grades for pair in ranked[:10]) / max(1, len(ranked[:10])),
    }


def _ranking(each: Sequence[Mapping[str, float]]) -> Ranking | None:
    if not each:
        return None
    return Ranking(**{field.name: _mean([one[field.name] for one in each]) for field in fields(Ranking)})


def _mean(values: Sequence[float]) -> Mean:
    mean = math.fsum(values) / len(values)
    spread = math.fsum((value - mean) ** 2 for value in values)
    return Mean(mean, math.sqrt(spread / max(1, len(values) - 1) / len(values)))


def _alerts(
    pairs: Mapping[str, Sequence[ScoredPair]], judged: Mapping[str, Grades], talking: Mapping[str, Grades]
) -> Alerts:
    told = {profile: [one.opportunity_id for one in pairs.get(profile, ()) if one.alert] for profile in judged}
    graded = [judged[profile].get(opportunity) for profile, ids in told.items() for opportunity in ids]
    good = sum(grade is not None and grade >= RELEVANT for grade in graded)
    weighed = sum(0.5 if grade is None else 1.0 for grade in graded)
    wanted = [
        opportunity in told[profile]
        for profile, grades in judged.items()
        for opportunity, grade in grades.items()
        if grade == MUST_BE_TOLD
    ]
    spoken = [len(told[profile]) for profile in talking]
    noise = [len(told[profile]) for profile in judged if profile not in talking]
    return Alerts(
        precision=good / weighed if weighed else None,
        recall=sum(wanted) / len(wanted) if wanted else None,
        per_talking=sum(spoken) / len(spoken) if spoken else None,
        per_silent=sum(noise) / len(noise) if noise else None,
    )


def _judged_scores(pairs: Mapping[str, Sequence[ScoredPair]], judged: Mapping[str, Grades]) -> list[tuple[float, bool]]:
    return [
        (pair.score, grades[pair.opportunity_id] >= RELEVANT)
        for profile, grades in judged.items()
        for pair in pairs.get(profile, ())
        if pair.opportunity_id in grades
    ]


def _scores(known: Sequence[tuple[float, bool]]) -> Scores:
    said, true = [score for score, _ in known], [good for _, good in known]
    high = [(score, good) for score, good in known if score >= HIGH]
    high_said = math.fsum(score for score, _ in high) / len(high) if high else None
    high_true = sum(good for _, good in high) / len(high) if high else None
    if len(set(true)) < 2:
        return Scores(None, None, len(high), high_said, high_true)
    base = sum(true) / len(true)
    skill = 1 - float(brier_score_loss(true, said)) / (base * (1 - base))
    return Scores(float(roc_auc_score(true, said)), skill, len(high), high_said, high_true)


def _curve(known: Sequence[tuple[float, bool]]) -> tuple[Bin, ...]:
    held: defaultdict[int, list[tuple[float, bool]]] = defaultdict(list)
    for score, good in known:
        held[min(int(score * BINS), BINS - 1)].append((score, good))
    return tuple(
        Bin(
            said=math.fsum(score for score, _ in held[at]) / len(held[at]),
            true=sum(good for _, good in held[at]) / len(held[at]),
            count=len(held[at]),
        )
        for at in sorted(held)
    )
