"""Learning which English words a French word stands for, from labels written in both languages.

IBM model 1 (Brown et al., 1993), in both directions: a pair of words is kept when each calls for the other.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.analyser import content_words
from services.matcher.domain.stems import english_stem, french_stem

ROUNDS = 6
MAX_WORDS_IN_A_LABEL = 12
LEAST_SEEN = 2
LEAST_WEIGHT = 0.2
MAX_TRANSLATIONS = 4


@dataclass(frozen=True)
class Translation:
    """A French word, an English one, and how surely the one stands for the other: 0 to 1."""

    french: str
    english: str
    weight: float


@dataclass(frozen=True)
class _Links:
    """Every French word beside every English word of the same label. All arrays are (n_links,)."""

    french: NDArray[np.int64]
    english: NDArray[np.int64]
    label: NDArray[np.int64]


def learn(labels: Sequence[tuple[str, str]], *, rounds: int = ROUNDS) -> list[Translation]:
    """Pairs of words from pairs of labels (French, English), the surest first for each French word.

    A word seen in fewer than two labels is left aside unless its label has one word on each side. The same labels give
    the same pairs.
    """
    french, english = _Words(french_stem), _Words(english_stem)
    pairs = sorted({(fr.strip(), en.strip()) for fr, en in labels})
    links = _link(pairs, french, english)
    if not len(links.label):
        return []
    seen_together, where = np.unique(np.stack([links.french, links.english]), axis=1, return_inverse=True)
    where = where.ravel()
    forth = _train(links.french, links.english, links.label, where, rounds)
    back = _train(links.english, links.french, links.label, where, rounds)
    weight = np.sqrt(forth * back)
    together = np.bincount(where)
    alone = _alone(links, where, len(together))
    kept = np.flatnonzero((weight >= LEAST_WEIGHT) & ((together >= LEAST_SEEN) | alone))
    found: defaultdict[str, list[Translation]] = defaultdict(list)
    for at in kept.tolist():
        one = Translation(
            french.as_written(int(seen_together[0, at])),
            english.as_written(int(seen_together[1, at])),
            round(float(weight[at]), 3),
        )
        found[one.french].append(one)
    return [
        one
        for word in sorted(found)
        for one in sorted(found[word], key=lambda t: (-t.weight, t.english))[:MAX_TRANSLATIONS]
    ]


class _Words:
    """Numbers for stems, and the commonest way each was written."""

    def __init__(self, stem: Callable[[str], str]) -> None:
        self._stem = stem
        self._numbers: dict[str, int] = {}
        self._written: list[Counter[str]] = []

    def number(self, folded: str) -> int:
        stem = self._stem(folded)
        number = self._numbers.setdefault(stem, len(self._numbers))
        if number == len(self._written):
            self._written.append(Counter())
        self._written[number][folded] += 1
        return number

    def as_written(self, number: int) -> str:
        return min(self._written[number], key=lambda word: (-self._written[number][word], word))


def _link(pairs: Sequence[tuple[str, str]], french: _Words, english: _Words) -> _Links:
    columns: tuple[list[int], list[int], list[int]] = ([], [], [])
    for label, (fr, en) in enumerate(pairs):
        mine = dict.fromkeys(french.number(word.folded) for word in content_words(fr, "fr")[:MAX_WORDS_IN_A_LABEL])
        theirs = dict.fromkeys(english.number(word.folded) for word in content_words(en, "en")[:MAX_WORDS_IN_A_LABEL])
        for one in mine:
            for other in theirs:
                columns[0].append(one)
                columns[1].append(other)
                columns[2].append(label)
    return _Links(*(np.array(column, dtype=np.int64) for column in columns))


def _train(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    label: NDArray[np.int64],
    where: NDArray[np.int64],
    rounds: int,
) -> NDArray[np.float64]:
    """(n_pairs,) the chance of each target word given its source word, after some rounds of expectation."""
    n_targets = int(target.max()) + 1
    _, slot = np.unique(label * n_targets + target, return_inverse=True)
    source_of_pair = np.zeros(int(where.max()) + 1, dtype=np.int64)
    source_of_pair[where] = source
    chance = np.full(len(source_of_pair), 1.0)
    for _ in range(rounds):
        here = chance[where]
        expected = here / np.bincount(slot, weights=here)[slot]
        counts = np.bincount(where, weights=expected)
        chance = counts / np.bincount(source_of_pair, weights=counts)[source_of_pair]
    return chance


def _alone(links: _Links, where: NDArray[np.int64], n_pairs: int) -> NDArray[np.bool_]:
    """(n_pairs,) whether a pair was once a whole label on both sides."""
    size = np.bincount(links.label)
    alone = np.zeros(n_pairs, dtype=bool)
    alone[where[size[links.label] == 1]] = True
    return alone
