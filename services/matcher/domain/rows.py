"""Documents weighted by a model: rows of length 1, and how close two of them are."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from services.matcher.domain.document import Document

BREADTH = 0.75
DOUBT = 400.0
"""What a profile does not say weighs as much as some ten rare words."""


@dataclass(frozen=True)
class TermWeights:
    """What a model knows of terms, by number: both (n_terms,)."""

    idf: NDArray[np.float64]
    variance: NDArray[np.float64]


@dataclass(frozen=True)
class Row:
    """A document in the unit ball: term numbers (ascending), weights, and the word behind each.

    `spread` is how far its closeness to opportunities usually varies: the deviation of the cosine with any of them, as
    if terms came independently. `words` is how many different words stand behind its terms.
    """

    numbers: NDArray[np.int64]
    weights: NDArray[np.float64]
    written: tuple[str, ...]
    spread: float = 0.0
    words: int = 0


@dataclass(frozen=True)
class Shared:
    """A term that two rows have in common, and what it adds to their closeness."""

    number: int
    profile_word: str
    opportunity_word: str
    worth: float


def weigh_opportunity(document: Document, known: TermWeights) -> Row:
    """The row of an opportunity, of length 1 unless terms were left out."""
    return _weigh(document, known, doubt=0.0)


def weigh_profile(document: Document, known: TermWeights) -> Row:
    """The row of a profile, of length 1 or less: a few words say less about somebody than many."""
    return _weigh(document, known, doubt=DOUBT)


def _weigh(document: Document, known: TermWeights, doubt: float) -> Row:
    """The length is summed exactly, so that the order of terms cannot change a bit of it.

    Terms that were left out lengthen the text as if each weighed as much as the mean of the others.
    """
    weights = document.counts * known.idf[document.numbers]
    kept = math.fsum((weights * weights).tolist())
    length = math.sqrt(kept * (1 + document.left_out / max(1, len(weights))) + doubt)
    weights = weights / length if length else weights
    spread = math.sqrt(math.fsum((weights * weights * known.variance[document.numbers]).tolist()))
    return Row(document.numbers, weights, document.written, spread, len(set(document.written)))


def shared_terms(profile: Row, opportunity: Row) -> list[Shared]:
    """What two rows have in common; the sum of `worth` is their cosine."""
    _, mine, theirs = np.intersect1d(profile.numbers, opportunity.numbers, assume_unique=True, return_indices=True)
    worth = (profile.weights[mine] * opportunity.weights[theirs]).tolist()
    return [
        Shared(int(profile.numbers[p]), profile.written[p], opportunity.written[o], one)
        for p, o, one in zip(mine.tolist(), theirs.tolist(), worth, strict=True)
    ]


def evidence(terms: Sequence[Shared]) -> dict[str, float]:
    """What each word of the profile brings: its worth to the power BREADTH, so that two beat one twice as good."""
    worths: defaultdict[str, list[float]] = defaultdict(list)
    for term in terms:
        worths[term.profile_word].append(term.worth)
    return {word: math.pow(math.fsum(each), BREADTH) for word, each in worths.items()}


def closeness(terms: Sequence[Shared]) -> float:
    """How close two rows are, from what they share; summed exactly: the same in any order, in any process.

    It is their cosine when one word of the profile has it all, and more as more words bring their part.
    """
    return math.pow(math.fsum(evidence(terms).values()), 1 / BREADTH)


def least_cosine(needed: float, n_words: int) -> float:
    """The cosine below which a closeness cannot be reached: it is worth most when all words bring the same."""
    return needed * math.pow(max(n_words, 1), 1 - 1 / BREADTH) * (1 - 1e-9)


def matrix(rows: Sequence[Row], n_terms: int) -> csr_matrix:
    """(n_rows, n_terms) the rows one under the other."""
    starts = np.cumsum([0, *(len(row.numbers) for row in rows)])
    if not rows:
        return csr_matrix((0, n_terms))
    columns = np.concatenate([row.numbers for row in rows])
    return csr_matrix((np.concatenate([row.weights for row in rows]), columns, starts), shape=(len(rows), n_terms))


def cosines(one: Row, many: csr_matrix) -> NDArray[np.float64]:
    """(n_rows,) the cosine of one row with each of many, up to rounding: to choose candidates, never to decide.

    `many` may be narrower than the numbers of `one`: terms it does not have cannot be shared.
    """
    dense = np.zeros(many.shape[1])
    known = one.numbers < many.shape[1]
    dense[one.numbers[known]] = one.weights[known]
    return np.asarray(many @ dense)
