"""Why an opportunity is near an organisation: the words that met, and how near that is."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.portal.domain.labels import N_
from shared.events import Term

VERY_GOOD, GOOD = 0.7, 0.5
ALMOST = 0.6
"""Of the threshold: from there on, little is missing."""
MAX_ANSWERS = 3


@dataclass(frozen=True)
class MetWord:
    """A word of an organisation, those of the opportunity that answer it, and their share of the score (0..1).

    `answers` is empty when the word itself is in the opportunity and no other answers it.
    """

    word: str
    answers: tuple[str, ...]
    share: float


@dataclass(frozen=True)
class Standing:
    """A score beside the threshold, both out of 100, and in words."""

    score: int
    needed: int
    words: str


def words_met(terms: Sequence[Term]) -> tuple[MetWord, ...]:
    """Each word of the organisation once, the heaviest first."""
    shares: dict[str, float] = {}
    answers: dict[str, dict[str, None]] = {}
    for term in terms:
        shares[term.profile_word] = shares.get(term.profile_word, 0.0) + term.share
        found = answers.setdefault(term.profile_word, {})
        if term.opportunity_word.casefold() != term.profile_word.casefold():
            found[term.opportunity_word] = None
    met = [MetWord(word, tuple(answers[word])[:MAX_ANSWERS], share) for word, share in shares.items()]
    return tuple(sorted(met, key=lambda one: -one.share))


def standing(score: float, threshold: float) -> Standing:
    """How a score stands; rounded so that a score below the threshold never reads as high as it."""
    needed, shown = round(threshold * 100), round(score * 100)
    if score >= threshold:
        return Standing(max(shown, needed), needed, _words(score, threshold))
    return Standing(max(0, min(shown, needed - 1)), needed, _words(score, threshold))


def _words(score: float, threshold: float) -> str:
    if score < threshold:
        is_near = score >= ALMOST * threshold
        return N_("Rapprochement un peu trop faible") if is_near else N_("Rapprochement trop faible")
    if score >= VERY_GOOD:
        return N_("Très bon rapprochement")
    return N_("Bon rapprochement") if score >= GOOD else N_("Rapprochement possible")
