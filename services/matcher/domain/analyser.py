"""From a text to weighted terms: concepts where the lexicon knows the words, stems elsewhere.

A term is a string: `#heat pump` for a concept, `@energy` for its theme, a bare stem for any other word. Both languages
end in the same terms, so that a French profile meets an English call.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from services.matcher.domain.common_words import ENGLISH_STOP_WORDS, FRENCH_STOP_WORDS
from services.matcher.domain.lexicon import Concept, read_lexicon
from services.matcher.domain.stems import cognate_stem, english_stem, french_stem
from services.matcher.domain.words import Word, sentences, words

NEAR_WEIGHT = 0.4
THEME_WEIGHT = 0.15
MAX_PHRASE_WORDS = 4
MAX_TEXT_LETTERS = 60_000

TextLanguage = Literal["fr", "en"]


@dataclass(frozen=True)
class Found:
    """A term met in a text, as it was written there, and how much it counts."""

    term: str
    written: str
    weight: float


def guess_language(text: str, default: str = "en") -> TextLanguage:
    """French or English, by the stop words that only one of them has; the default when none tells."""
    seen = [word.folded for sentence in sentences(text[:5000]) for word in words(sentence)]
    french = sum(word in FRENCH_STOP_WORDS and word not in ENGLISH_STOP_WORDS for word in seen)
    english = sum(word in ENGLISH_STOP_WORDS and word not in FRENCH_STOP_WORDS for word in seen)
    if french == english:
        return "fr" if default == "fr" else "en"
    return "fr" if french > english else "en"


class Analyser:
    """Reads texts with one lexicon. Pure: the same text and lexicon give the same terms."""

    def __init__(self, lexicon: str) -> None:
        self.lexicon = lexicon
        self._exact: dict[tuple[str, ...], Concept] = {}  # French words as they are: restaurer is not restaurant
        self._french: dict[tuple[str, ...], Concept] = {}
        self._english: dict[tuple[str, ...], Concept] = {}
        concepts = read_lexicon(lexicon)
        for concept in concepts:
            for phrase in concept.french:
                self._french.setdefault(_key(phrase, "fr"), concept)
                self._exact.setdefault(tuple(word.folded for word in _content_words(phrase, "fr")), concept)
            for phrase in concept.english:
                self._english.setdefault(_key(phrase, "en"), concept)
        self._near = _near_both_ways(concepts)
        self._remembered = lru_cache(maxsize=64)(self._by_sentence)

    def read(self, text: str, language: str, *, widen: bool = False) -> Iterator[Found]:
        """The terms of a text, in order; `widen` adds the concepts near those found, for the profile's side."""
        spoken = guess_language(text, language)
        for sentence in sentences(text[:MAX_TEXT_LETTERS]):
            yield from self._read_sentence(sentence, spoken, widen)

    def read_by_sentence(self, text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
        """Each sentence with its terms; the last texts read are remembered, since many profiles ask about one."""
        return self._remembered(text, language)

    def _by_sentence(self, text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
        spoken = guess_language(text, language)
        return tuple(
            (sentence, frozenset(found.term for found in self._read_sentence(sentence, spoken, False)))
            for sentence in sentences(text[:MAX_TEXT_LETTERS])
        )

    def _read_sentence(self, sentence: str, language: TextLanguage, widen: bool) -> Iterator[Found]:
        content = _content_words(sentence, language)
        exact = [word.folded for word in content] if language == "fr" else []
        french = [french_stem(word) for word in exact]
        english = [english_stem(word.folded) for word in content]
        at = 0
        while at < len(content):
            concept, length = self._longest(exact, french, english, at)
            written = " ".join(word.written for word in content[at : at + length])
            if concept is None:
                folded = content[at].folded
                yield Found(cognate_stem(folded) if language == "fr" else english[at], written, 1.0)
            else:
                yield from self._concept(concept, written, widen)
            at += length

    def _longest(
        self, exact: Sequence[str], french: Sequence[str], english: Sequence[str], at: int
    ) -> tuple[Concept | None, int]:
        for length in range(min(MAX_PHRASE_WORDS, len(english) - at), 0, -1):
            here = slice(at, at + length)
            for known, words_here in ((self._exact, exact), (self._french, french), (self._english, english)):
                concept = known.get(tuple(words_here[here])) if words_here else None
                if concept is not None:
                    return concept, length
        return None, 1

    def _concept(self, concept: Concept, written: str, widen: bool) -> Iterator[Found]:
        yield Found("#" + concept.name, written, 1.0)
        yield Found("@" + concept.theme, written, THEME_WEIGHT)
        if widen:
            for near in self._near[concept.name]:
                yield Found("#" + near, written, NEAR_WEIGHT)


@lru_cache(maxsize=4)
def analyser_of(lexicon: str) -> Analyser:
    """The analyser of a lexicon; made once, since reading one takes a while."""
    return Analyser(lexicon)


def _content_words(sentence: str, language: TextLanguage) -> list[Word]:
    stop_words = FRENCH_STOP_WORDS if language == "fr" else ENGLISH_STOP_WORDS
    return [
        word
        for word in words(sentence)
        if word.folded not in stop_words and len(word.folded) > 1 and not word.folded.isdigit()
    ]


def _key(phrase: str, language: TextLanguage) -> tuple[str, ...]:
    stem = french_stem if language == "fr" else english_stem
    return tuple(stem(word.folded) for word in _content_words(phrase, language))


def _near_both_ways(concepts: Sequence[Concept]) -> dict[str, tuple[str, ...]]:
    near: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for concept in concepts:
        for other in concept.near:
            near[concept.name][other] = None
            near[other][concept.name] = None
    return defaultdict(tuple, {name: tuple(others) for name, others in near.items()})
