"""Documents weighted by a model: rows of length 1, and how close two of them are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from services.matcher.domain.document import Document


@dataclass(frozen=True)
class Row:
    """A document on the unit sphere: term numbers (ascending), weights, and the word behind each."""

    numbers: NDArray[np.int64]
    weights: NDArray[np.float64]
    written: tuple[str, ...]


@dataclass(frozen=True)
class Shared:
    """A term that two rows have in common, and what it adds to their closeness."""

    number: int
    profile_word: str
    opportunity_word: str
    worth: float


def weigh(document: Document, idf: NDArray[np.float64]) -> Row:
    """The row of a document. Its length is summed exactly, so that the order of terms cannot change a bit of it."""
    weights = document.counts * idf[document.numbers]
    length = math.sqrt(math.fsum((weights * weights).tolist()))
    return Row(document.numbers, weights / length if length else weights, document.written)


def shared_terms(profile: Row, opportunity: Row) -> list[Shared]:
    """What two rows have in common; the sum of `worth` is their cosine."""
    _, mine, theirs = np.intersect1d(profile.numbers, opportunity.numbers, assume_unique=True, return_indices=True)
    worth = (profile.weights[mine] * opportunity.weights[theirs]).tolist()
    return [
        Shared(int(profile.numbers[p]), profile.written[p], opportunity.written[o], one)
        for p, o, one in zip(mine.tolist(), theirs.tolist(), worth, strict=True)
    ]


def closeness(terms: Sequence[Shared]) -> float:
    """The cosine, summed exactly: the same in any order, in any process."""
    return math.fsum(term.worth for term in terms)


def matrix(rows: Sequence[Row], n_terms: int) -> csr_matrix:
    """(n_rows, n_terms) the rows one under the other."""
    starts = np.cumsum([0, *(len(row.numbers) for row in rows)])
    if not rows:
        return csr_matrix((0, n_terms))
    columns = np.concatenate([row.numbers for row in rows])
    return csr_matrix((np.concatenate([row.weights for row in rows]), columns, starts), shape=(len(rows), n_terms))


def closeness_to_all(one: Row, many: csr_matrix) -> NDArray[np.float64]:
    """(n_rows,) how close one row is to each of many, up to rounding: to choose candidates, never to decide.

    `many` may be narrower than the numbers of `one`: terms it does not have cannot be shared.
    """
    dense = np.zeros(many.shape[1])
    known = one.numbers < many.shape[1]
    dense[one.numbers[known]] = one.weights[known]
    return np.asarray(many @ dense)
