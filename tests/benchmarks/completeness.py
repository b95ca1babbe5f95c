"""What a short or one-sided description costs.

`python -m tests.benchmarks.completeness [OPPORTUNITIES PROFILES QRELS AS_OF]`

The texts of profiles are cut, and rankings and alerts are measured again, with the shipped curve. Without arguments:
the judged set of the project. The thresholds of `services/portal/domain/completeness.py` come from this table.
"""

import json
import math
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from services.matcher.domain.analyser import Analyser, analyser_of
from services.matcher.domain.lexicon import lexicon_text
from services.matcher.domain.words import sentences
from services.matcher.offline import Evaluation, evaluate_files
from services.portal.domain.completeness import says_wish, telling_words
from services.portal.domain.words import fold

JUDGED = Path(__file__).parents[1] / "judged"
OURS = ("opportunities.jsonl", "profiles.jsonl", "qrels.jsonl")
LENGTHS = (5, 10, 20, 40, 80)
TELLING = (2, 4, 8, 12, 15, 20, 30, 50)
Cut = Callable[[str], str]


def main(opportunities: Path, profiles: Path, qrels: Path, as_of: str) -> None:
    """Print one line a cut, as a table in Markdown."""

    def measure(cut: Cut) -> tuple[Evaluation, float]:
        lines = [json.loads(line) for line in profiles.read_text().splitlines()]
        texts = [{**line, "text": cut(line["text"]) or "-"} for line in lines]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "profiles.jsonl"
            path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in texts))
            found = evaluate_files(opportunities, path, qrels, date.fromisoformat(as_of), 100)
        return found, statistics.median(len(telling_words(line["text"])) for line in texts)

    _say("| descriptions | telling words (median) | ndcg10 | difference | recall20 | alerts: precision | recall |")
    _say("|---|---|---|---|---|---|---|")
    whole, words = measure(lambda text: text)
    _say(_line("whole", whole, whole, words))
    for name, cut in _cuts().items():
        found, words = measure(cut)
        _say(_line(name, found, whole, words))


def _cuts() -> Mapping[str, Cut]:
    analyser = analyser_of(lexicon_text())
    return {
        **{f"first {n} words": lambda text, n=n: " ".join(text.split()[:n]) for n in LENGTHS},  # type: ignore[misc]
        **{f"first {n} telling words": lambda text, n=n: _telling(text, n) for n in TELLING},  # type: ignore[misc]
        "first sentence": lambda text: sentences(text)[0],
        "without what is looked for": lambda text: _joined(text, wish=False),
        "only what is looked for": lambda text: _joined(text, wish=True),
        "without the words of the thesaurus": lambda text: _known(text, analyser, known=False),
        "only the words of the thesaurus": lambda text: _known(text, analyser, known=True),
    }


def _telling(text: str, most: int) -> str:
    """The beginning of a text, up to so many different telling words."""
    kept: list[str] = []
    for word in text.split():
        if len(telling_words(" ".join([*kept, word]))) > most:
            break
        kept.append(word)
    return " ".join(kept)


def _joined(text: str, *, wish: bool) -> str:
    return " ".join(sentence for sentence in sentences(text) if says_wish(sentence) is wish)


def _known(text: str, analyser: Analyser, *, known: bool) -> str:
    """The words that the thesaurus has by themselves, or those it has not."""
    return " ".join(word for word in text.split() if analyser.has_concept(fold(word)) is known)


def _line(name: str, one: Evaluation, whole: Evaluation, words: float) -> str:
    ranking, alerts = one.figures.ranking, one.figures.alerts
    if ranking is None:
        return f"| {name} | {words:.0f} | nothing to rank |"
    gaps = [one.figures.per_profile.get(profile, 0) - before for profile, before in whole.figures.per_profile.items()]
    error = statistics.stdev(gaps) / math.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    difference = f"{statistics.mean(gaps):+.3f} ± {error:.3f}" if one is not whole else ""
    return (
        f"| {name} | {words:.0f} | {ranking.ndcg10.value:.3f} | {difference} | {ranking.recall20.value:.3f} "
        f"| {alerts.precision or 0:.2f} | {alerts.recall or 0:.2f} |"
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    given = sys.argv[1:] or [*(str(JUDGED / name) for name in OURS), "2026-11-02"]
    main(*(Path(path) for path in given[:3]), given[3])
