"""The figures of evaluation, against cases worked by hand."""

import math

import pytest

from services.matcher.domain.evaluation import ScoredPair, evaluate, ndcg


def scored(*pairs: tuple[str, float] | tuple[str, float, bool]) -> list[ScoredPair]:
    return [ScoredPair(one[0], one[1], len(one) > 2 and bool(one[2])) for one in pairs]


def test_ndcg_is_the_gain_over_the_best_gain() -> None:
    # grades 3, 0, 2 in this order: 7/log2(2) + 0 + 3/log2(4) = 8.5; the best order: 7 + 3/log2(3) = 8.892789
    assert ndcg([3, 0, 2], [3, 2, 0]) == pytest.approx(8.5 / (7 + 3 / math.log2(3)))


def test_ndcg_looks_at_ten_only() -> None:
    assert ndcg([0] * 10 + [3], [3] + [0] * 10) == 0


def test_ndcg_of_nothing_to_gain_is_zero() -> None:
    assert ndcg([0, 0], [0, 0]) == 0


def test_unjudged_pairs_are_skipped_but_count_as_wrong_when_raw() -> None:
    figures = evaluate({"p": scored(("nobody", 0.9), ("good", 0.8))}, {"p": {"good": 3}})
    assert figures.ranking is not None
    assert figures.ranking.ndcg10.value == 1
    assert figures.ranking.ndcg10_raw.value == pytest.approx(1 / math.log2(3))
    assert figures.ranking.unjudged10.value == 0.5


def test_p5_and_recall20_count_judged_pairs() -> None:
    grades = {"a": 2, "b": 0, "c": 3, "d": 1, "e": 0, "f": 2}
    order = scored(("x", 1.0), ("a", 0.9), ("b", 0.8), ("c", 0.7), ("d", 0.6), ("e", 0.5), ("f", 0.4))
    ranking = evaluate({"p": order}, {"p": grades}).ranking
    assert ranking is not None
    assert ranking.p5.value == pytest.approx(2 / 5)
    assert ranking.p5_best.value == pytest.approx(3 / 5)
    assert ranking.recall20.value == 1


def test_only_the_top_counts_for_the_ranking() -> None:
    grades = {"a": 3, "b": 3}
    ranking = evaluate({"p": scored(("a", 0.9), ("b", 0.8))}, {"p": grades}, top=1).ranking
    assert ranking is not None
    assert ranking.recall20.value == 0.5


def test_a_pair_without_score_is_not_ranked() -> None:
    ranking = evaluate({"p": scored(("a", 0.0))}, {"p": {"a": 3}}).ranking
    assert ranking is not None
    assert ranking.ndcg10.value == 0


def test_alerts_count_the_unjudged_by_half() -> None:
    judged = {"talks": {"a": 3, "b": 1, "c": 3}, "silent": {"a": 1, "b": 0}}
    told = {
        "talks": scored(("a", 0.9, True), ("b", 0.8, True), ("nobody", 0.7, True), ("c", 0.2, False)),
        "silent": scored(("b", 0.6, True)),
    }
    alerts = evaluate(told, judged).alerts
    assert alerts.precision == pytest.approx(1 / 3.5)  # a is good; a, b and the silent b are judged, nobody is half
    assert alerts.recall == 0.5
    assert (alerts.per_talking, alerts.per_silent) == (3, 1)


def test_the_standard_error_is_that_of_the_mean() -> None:
    judged = {"p": {"a": 3}, "q": {"a": 3}}
    ranking = evaluate({"p": scored(("a", 0.9))}, judged).ranking  # 1 for p, 0 for q
    assert ranking is not None
    assert ranking.ndcg10.value == 0.5
    assert ranking.ndcg10.error == pytest.approx(math.sqrt(0.5 / 1 / 2))


def test_scores_are_measured_as_probabilities() -> None:
    judged = {"p": {"a": 3, "b": 0, "c": 2, "d": 1}}
    scores = evaluate({"p": scored(("a", 0.8), ("b", 0.6), ("c", 0.4), ("d", 0.2))}, judged).scores
    # Brier: (.04 + .36 + .36 + .04) / 4 = .2; always saying one half: .25
    assert scores.brier_skill == pytest.approx(1 - 0.2 / 0.25)
    assert scores.auc == pytest.approx(3 / 4)
    assert (scores.high_count, scores.high_said, scores.high_true) == (2, pytest.approx(0.7), 0.5)


def test_nothing_judged_gives_no_figures_but_no_error() -> None:
    figures = evaluate({"p": scored(("a", 0.8))}, {})
    assert (figures.ranking, figures.alerts.precision, figures.scores.auc) == (None, None, None)


def test_the_curve_says_what_was_said_and_what_was_true() -> None:
    judged = {"p": {"a": 3, "b": 0, "c": 0}}
    curve = evaluate({"p": scored(("a", 0.95), ("b", 0.91), ("c", 0.12))}, judged).curve
    assert [(one.said, one.true, one.count) for one in curve] == [
        (pytest.approx(0.12), 0, 1),
        (pytest.approx(0.93), 0.5, 2),
    ]
