"""The project's own judged set, `tests/judged`, and the floors that the matcher may not fall under.

The set is fictional and was graded, every pair of it, before any matcher was run on it. A floor is raised when the
matcher gets better; a grade is changed only because it was wrong about the pair. `make evaluate` prints all figures.
"""

from datetime import date
from pathlib import Path

import pytest

from services.matcher.domain.evaluation import RELEVANT, Figures
from services.matcher.offline import evaluate_files
from services.matcher.offline_files import JudgedLine, OpportunityLine, ProfileLine, read_lines

FLOORS = (
    ("ndcg10", 0.88),  # the best calls come first
    ("p5", 0.48),  # relevant calls among the first five; a perfect order reaches 0.60
    ("recall20", 0.95),  # relevant calls that are found among the first twenty
    ("precision", 0.68),  # alerts that are relevant
    ("recall", 0.72),  # what an adviser would phone about and an alert tells
    ("brier_skill", 0.40),  # what the score is worth as a probability, beyond the base rate
)
MOST_ALERTS_PER_SILENT = 0.6  # three alerts in all to the five trades for which there is nothing

DAY = date(2026, 11, 2)
FOLDER = Path(__file__).parents[2] / "judged"
OPPORTUNITIES, PROFILES, QRELS = (FOLDER / f"{name}.jsonl" for name in ("opportunities", "profiles", "qrels"))


@pytest.fixture(scope="module")
def figures() -> Figures:
    return evaluate_files(OPPORTUNITIES, PROFILES, QRELS, DAY, top=100).figures


@pytest.mark.parametrize(("name", "floor"), FLOORS)
def test_the_matcher_does_not_fall_under_its_floor(name: str, floor: float, figures: Figures) -> None:
    assert measured(figures)[name] >= floor


def test_trades_with_nothing_to_find_are_left_in_peace(figures: Figures) -> None:
    assert figures.alerts.per_silent is not None
    assert figures.alerts.per_silent <= MOST_ALERTS_PER_SILENT


def test_the_curve_holds_for_profiles_it_was_not_learned_from() -> None:
    found = evaluate_files(OPPORTUNITIES, PROFILES, QRELS, DAY, top=100, folds=3)
    assert found.by_folds is not None
    assert found.by_folds.scores.brier_skill is not None
    assert found.by_folds.scores.brier_skill >= 0.3
    assert found.learned is not None
    assert found.learned.by_closeness > 0


def test_every_pair_is_judged_and_five_profiles_have_nothing_to_find() -> None:
    opportunities = {line.id for line in read_lines(OPPORTUNITIES, OpportunityLine)}
    profiles = {line.id for line in read_lines(PROFILES, ProfileLine)}
    grades = {line.id: line.grades for line in read_lines(QRELS, JudgedLine)}
    assert (len(opportunities), len(profiles)) == (70, 18)
    assert grades.keys() == profiles
    assert all(one.keys() == opportunities for one in grades.values())
    assert sum(max(one.values()) < RELEVANT for one in grades.values()) == 5


def measured(figures: Figures) -> dict[str, float]:
    """The figures with a floor, by name; a figure that could not be measured is under every floor."""
    means = {name: mean.value for name, mean in vars(figures.ranking).items()} if figures.ranking else {}
    known = means | vars(figures.alerts) | vars(figures.scores)
    return {name: -1.0 if known.get(name) is None else known[name] for name, _ in FLOORS}
