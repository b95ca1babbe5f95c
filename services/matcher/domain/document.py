"""An opportunity or a profile as counted terms: what both the model and the score are made from."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matcher.domain.analyser import Analyser, Found
from services.matcher.domain.parts import parts
from services.matcher.domain.rules import FieldWeights
from shared.events import OpportunityState, ProfileState

OPPORTUNITY_SATURATION, PROFILE_SATURATION = 8.0, 4.0  # nobody says more by saying it again
MAX_PROFILE_TERMS = 150
MAX_OPPORTUNITY_TERMS = 500


class Terms:
    """Numbers for terms, given as they come; only comparable within one process, never stored."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, term: str) -> int:
        number = self._numbers.get(term)
        if number is None:
            number = self._numbers[term] = len(self.names)
            self.names.append(term)
        return number

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class Document:
    """Terms of one text: their numbers (ascending), their saturated counts, and the word that stands for each.

    `left_out` is how many terms were over the limit: they do not count, but the text is about them too.
    """

    numbers: NDArray[np.int64]
    counts: NDArray[np.float64]
    written: tuple[str, ...]
    left_out: int = 0


def opportunity_fields(state: OpportunityState, weights: FieldWeights) -> Iterator[tuple[str, float]]:
    """The texts of an opportunity that are scored, with the weight of each; those of weight 0 are left out."""
    by_part = {"text": weights.text, "expected_outcome": weights.expected_outcome, "scope": weights.scope}
    fields = (
        (state.title, weights.title),
        *((text, by_part.get(part, 0.0)) for part, text in parts(state.text)),
        (state.expected_outcome, weights.expected_outcome),
        (state.scope, weights.scope),
        (". ".join(state.keywords), weights.keywords),
        (state.call_title or "", weights.call_title),
        (". ".join(state.themes), weights.themes),
    )
    return ((text, weight) for text, weight in fields if text and weight > 0)


def read_opportunity(state: OpportunityState, *, analyser: Analyser, weights: FieldWeights, terms: Terms) -> Document:
    """The terms of an opportunity, at most 500."""
    found = (
        (one, weight)
        for text, weight in opportunity_fields(state, weights)
        for one in analyser.read(text, state.language)
    )
    return _document(found, terms, MAX_OPPORTUNITY_TERMS, OPPORTUNITY_SATURATION)


def read_profile(state: ProfileState, *, analyser: Analyser, terms: Terms) -> Document:
    """The terms of a profile, at most 150, with the concepts near those it names."""
    text = ". ".join((state.text, *state.themes))
    found = ((one, 1.0) for one in analyser.read_profile(text, state.language))
    return _document(found, terms, MAX_PROFILE_TERMS, PROFILE_SATURATION)


def _document(found: Iterator[tuple[Found, float]], terms: Terms, limit: int, saturation: float) -> Document:
    counts: defaultdict[str, float] = defaultdict(float)
    written: dict[str, tuple[float, str]] = {}
    for one, weight in found:
        worth = one.weight * weight
        counts[one.term] += worth
        if one.term not in written or written[one.term][0] < worth:
            written[one.term] = (worth, one.written)
    kept = sorted(counts, key=lambda term: (-counts[term], term))[:limit]
    numbered = sorted((terms.number(term), term) for term in kept)
    return Document(
        numbers=np.array([number for number, _ in numbered], dtype=np.int64),
        counts=np.array([_saturated(counts[term], saturation) for _, term in numbered], dtype=np.float64),
        written=tuple(sys.intern(written[term][1].lower()) for _, term in numbered),
        left_out=len(counts) - len(kept),
    )


def _saturated(count: float, saturation: float) -> float:
    """A count that grows ever more slowly, as in BM25: ten times the word is not ten times the subject."""
    return count * (1 + saturation) / (count + saturation)
