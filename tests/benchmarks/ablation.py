"""What each ingredient of matching is worth.

`python -m tests.benchmarks.ablation [OPPORTUNITIES PROFILES QRELS AS_OF]`

Each line leaves one ingredient out, or adds one that was tried and left, and measures rankings and alerts again; every
profile is scored with the curve learned from the grades of the others (eight folds). The difference in ndcg10 is paired
by profile, with its standard error. Without arguments: the judged set of the project.
"""

import math
import statistics
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from pathlib import Path
from unittest.mock import patch

import numpy as np
from sklearn.decomposition import TruncatedSVD

from services.matcher import offline
from services.matcher.domain import analyser, document, model, rows
from services.matcher.domain.lexicon import lexicon_text
from services.matcher.domain.rules import DEFAULT_RULES, FieldWeights, RuleSet

FOLDS = 8
JUDGED = Path(__file__).parents[1] / "judged"
OURS = ("opportunities.jsonl", "profiles.jsonl", "qrels.jsonl")
Change = Callable[[], AbstractContextManager[object]]


def main(opportunities: Path, profiles: Path, qrels: Path, as_of: str) -> None:
    """Print one line a change, as a table in Markdown."""

    def measure(change: Change, rules: RuleSet = DEFAULT_RULES) -> offline.Evaluation:
        analyser.analyser_of.cache_clear()
        with change():
            day = date.fromisoformat(as_of)
            return offline.evaluate_files(opportunities, profiles, qrels, day, 100, folds=FOLDS, rules=rules)

    whole = measure(nullcontext)
    _say("| | ndcg10 | difference | p5 | recall20 | alerts: precision | recall | per silent profile |")
    _say("|---|---|---|---|---|---|---|---|")
    _say(_line("as it is", whole, whole))
    for name, change in CHANGES.items():
        _say(_line(name, measure(change), whole))
    for name, rules in RULES.items():
        _say(_line(name, measure(nullcontext, rules), whole))


def setting(module: object, **values: object) -> Change:
    """A change of some constants of a module."""
    return lambda: patch.multiple(module, **values)


def reading(change: Callable[[str], str]) -> Change:
    """A change of the text of the lexicon."""
    return lambda: patch.object(offline, "lexicon_text", lambda: change(lexicon_text()))


def no_concepts(text: str) -> str:
    """The lexicon without its concepts: what is left to cognates and stems."""
    return "\n".join(line for line in text.splitlines() if line.startswith("["))


def no_links(text: str) -> str:
    """Every concept by itself."""
    return "\n".join(line.split(">")[0].split("|")[0] for line in text.splitlines())


def no_weak_clues(text: str) -> str:
    """Every clue as good as another."""
    return text.replace("~", "")


def even_meanings() -> AbstractContextManager[object]:
    """Words with several meanings shared out evenly, whatever the rest of the text."""
    return patch.object(analyser.Analyser, "_shares", lambda _, meanings, __: [1 / len(meanings)] * len(meanings))


def nothing_put_right() -> AbstractContextManager[object]:
    """Mistyped words left as they are."""
    return patch.object(analyser, "put_right", lambda word, _: word.folded)


@contextmanager
def latent(dimensions: int, share: float) -> Iterator[None]:
    """Profiles moved towards the main directions of the opportunities (LSA)."""
    plain = offline.Table.__init__

    def smoothed(self: offline.Table, *given: object, **named: object) -> None:
        plain(self, *given, **named)  # type: ignore[arg-type]
        calls = [row for _, row in self._calls]
        n_terms = 1 + max(int(row.numbers.max(initial=0)) for row in (*calls, *self._rows.values()))
        space = TruncatedSVD(min(dimensions, len(calls) - 1), random_state=0, n_iter=7)
        space.fit(rows.matrix(calls, n_terms))
        basis = space.components_

        def moved(row: rows.Row) -> rows.Row:
            weights = np.zeros(n_terms)
            weights[row.numbers] = row.weights
            weights = (1 - share) * weights + share * ((basis @ weights) @ basis)
            numbers = np.sort(np.argsort(-weights)[: document.MAX_OPPORTUNITY_TERMS])
            word = dict(zip(row.numbers.tolist(), row.written, strict=True))
            written = tuple(word.get(number, "") for number in numbers.tolist())
            return rows.Row(numbers, np.maximum(weights[numbers], 0), written, row.spread, row.words)

        self._rows = {profile: moved(row) for profile, row in self._rows.items()}

    with patch.object(offline.Table, "__init__", smoothed):
        yield


CHANGES: Mapping[str, Change] = {
    "no thesaurus: cognates and stems only": reading(no_concepts),
    "no links between concepts": reading(no_links),
    "no weak clues": reading(no_weak_clues),
    "several meanings shared out evenly": even_meanings,
    "no mistyped word put right": lambda: nothing_put_right(),
    "many words no better than one": setting(rows, BREADTH=1.0),
    "short profiles not doubted": setting(rows, DOUBT=0.0),
    "no background of jargon": setting(model, LEAST_BACKGROUND=0, BACKGROUND_SHARE=0.0),
    "counts not saturated": setting(document, OPPORTUNITY_SATURATION=1e9, PROFILE_SATURATION=1e9),
    "tried and left: LSA, 100 dimensions": lambda: latent(100, 0.3),
    "tried and left: LSA, 300 dimensions": lambda: latent(300, 0.3),
}
RULES: Mapping[str, RuleSet] = {
    "a title weighs as the rest": DEFAULT_RULES.model_copy(update={"field_weights": FieldWeights(title=1.0)}),
    "every form of funding alike": DEFAULT_RULES.model_copy(update={"instrument_boosts": ()}),
}


def _line(name: str, one: offline.Evaluation, whole: offline.Evaluation) -> str:
    figures, reference = one.by_folds or one.figures, whole.by_folds or whole.figures
    ranking, alerts = figures.ranking, figures.alerts
    if ranking is None:
        return f"| {name} | nothing to rank |"
    gaps = [figures.per_profile[profile] - before for profile, before in reference.per_profile.items()]
    error = statistics.stdev(gaps) / math.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    difference = f"{statistics.mean(gaps):+.3f} ± {error:.3f}" if one is not whole else ""
    return (
        f"| {name} | {ranking.ndcg10.value:.3f} | {difference} | {ranking.p5.value:.3f} | {ranking.recall20.value:.3f} "
        f"| {alerts.precision or 0:.2f} | {alerts.recall or 0:.2f} | {alerts.per_silent or 0:.2f} |"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = sys.argv[1:] or [*(str(JUDGED / name) for name in OURS), "2026-11-02"]
    main(*(Path(path) for path in given[:3]), given[3])
