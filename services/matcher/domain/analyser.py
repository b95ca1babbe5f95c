"""From a text to weighted terms: concepts where the thesaurus knows the words, stems elsewhere.

A term is a string: `#heat pump` for a concept, a bare stem for any other word. Both languages
end in the same terms, so that a French profile meets an English call. Words that say several concepts are settled by
the rest of the text.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from services.matcher.domain.common_words import ENGLISH_STOP_WORDS, FRENCH_STOP_WORDS
from services.matcher.domain.lexicon import Concept, Phrase, Translation, read_lexicon
from services.matcher.domain.spelling import is_french, put_right
from services.matcher.domain.stems import cognate_stem, english_stem, french_stem
from services.matcher.domain.words import Word, runs, sentences, words, words_of_run

PLAIN_WEIGHT = 0.5  # of a word that no concept has
BROADER_WEIGHT = 0.5
NARROWER_WEIGHT = 0.1
RELATED_WEIGHT = 0.2
# what speaks for one of several meanings: nothing, its theme, a concept beside it
LEAST_SUPPORT, THEME_SUPPORT, NEAR_SUPPORT = 0.02, 0.05, 0.3
MAX_PHRASE_WORDS = 4
MAX_TEXT_LETTERS = 60_000
MIXED_LANGUAGES = 3
LEAST_COGNATE_LETTERS = 6  # below, a French word spelled as an English one rarely means it: tire, fur, pain
MAX_RUNS_REMEMBERED = 300_000

TextLanguage = Literal["fr", "en"]


class Found(NamedTuple):
    """A term met in a text, as it was written there, and how much it counts."""

    term: str
    written: str
    weight: float


class _Meaning(NamedTuple):
    concept: Concept
    weight: float


class _Token(NamedTuple):
    written: str
    exact: str  # as it is, folded
    stem: str  # in the language of the text
    english: str  # the English stem of the word, or of its cognate; "" when it is no English word
    terms: tuple[tuple[str, float], ...]  # when no concept has it: what it is by itself
    longest: int  # words in the longest phrase it may begin; 0 for none


class _Spot(NamedTuple):
    """A place of a text: its words, the concepts they may mean, and the plain terms they are without any."""

    written: str
    meanings: tuple[_Meaning, ...]
    terms: tuple[tuple[str, float], ...] = ()


def guess_language(text: str, default: str = "en") -> TextLanguage:
    """French or English, by the stop words that only one of them has; the default when none tells."""
    french, english = _small_words(text[:5000])
    if french == english:
        return "fr" if default == "fr" else "en"
    return "fr" if french > english else "en"


def _small_words(text: str) -> tuple[int, int]:
    """How many different words of a text only French has, and only English."""
    seen = {word.folded for run in set(runs(text)) for word in words_of_run(run)}
    return len(seen & _ONLY_FRENCH), len(seen & _ONLY_ENGLISH)


_ONLY_FRENCH = FRENCH_STOP_WORDS - ENGLISH_STOP_WORDS
_ONLY_ENGLISH = ENGLISH_STOP_WORDS - FRENCH_STOP_WORDS


class Analyser:
    """Reads texts with one lexicon. Pure: the same text and lexicon give the same terms."""

    def __init__(self, lexicon: str) -> None:
        self.lexicon = lexicon
        read = read_lexicon(lexicon)
        concepts = read.concepts
        exact, french, english = _Phrases(), _Phrases(), _Phrases()  # restaurer, as it is, is not restaurant
        for concept in concepts:
            for phrase in concept.french:
                content = content_words(phrase.text, "fr")
                exact.add([word.folded for word in content], concept, phrase)
                french.add([french_stem(word.folded) for word in content], concept, phrase)
            for phrase in concept.english:
                english.add([english_stem(word.folded) for word in content_words(phrase.text, "en")], concept, phrase)
        self._exact, self._french, self._english = exact, french, english
        self._known_words = frozenset(
            word.folded
            for phrase in (
                *(phrase.text for one in concepts for phrase in one.french),
                *(one.french for one in read.translations),
            )
            for word in content_words(phrase, "fr")
        )
        self.spread = _spread(concepts)
        self._tokens: dict[TextLanguage, dict[str, tuple[_Token, ...]]] = {"fr": {}, "en": {}}
        self._translations = _Translations(read.translations, lambda text: self._read_sentence(text, "en"))
        self._remembered = lru_cache(maxsize=64)(self._by_sentence)

    def read(self, text: str, language: str) -> Iterator[Found]:
        """The terms of an opportunity's text, in order."""
        spots = [spot for _, line in self._spots(text, language) for spot in line]
        context = self._context(spots)
        for spot in spots:
            yield from self._terms(spot, context, widen=False)

    def read_profile(self, text: str, language: str) -> Iterator[Found]:
        """The terms of a profile's text, with the concepts near those it names.

        A sentence counts once, and a word once a sentence: nobody is closer for saying it again.
        """
        lines = dict.fromkeys(
            tuple({spot.written.lower(): spot for spot in line}.values()) for _, line in self._spots(text, language)
        )
        spots = [spot for line in lines for spot in line]
        context = self._context(spots)
        for spot in spots:
            yield from self._terms(spot, context, widen=True)

    def has_concept(self, french: str) -> bool:
        """Whether a concept has these French words, so that no translation of them would count."""
        here = [self._french_token(word, word.folded) for word in content_words(french, "fr")]
        return bool(self._meanings(here, tuple(token.stem for token in here), "fr"))

    def read_by_sentence(self, text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
        """Each sentence with its terms; the last texts read are remembered, since many profiles ask about one."""
        return self._remembered(text, language)

    def _by_sentence(self, text: str, language: str) -> tuple[tuple[str, frozenset[str]], ...]:
        lines = list(self._spots(text, language))
        context = self._context([spot for _, line in lines for spot in line])
        return tuple(
            (sentence, frozenset(found.term for spot in line for found in self._terms(spot, context, False)))
            for sentence, line in lines
        )

    def _spots(self, text: str, language: str) -> Iterator[tuple[str, list[_Spot]]]:
        text = text[:MAX_TEXT_LETTERS]
        small = _small_words(text)
        spoken = guess_language(text, language)
        is_mixed = min(small) >= MIXED_LANGUAGES
        for sentence in sentences(text):
            yield sentence, self._read_sentence(sentence, guess_language(sentence, spoken) if is_mixed else spoken)

    def _read_sentence(self, sentence: str, language: TextLanguage) -> list[_Spot]:
        known = self._tokens[language]
        tokens: list[_Token] = []
        for run in runs(sentence):
            tokens += known[run] if run in known else self._remember(run, language)
        spots = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if not token.longest:
                spots.append(_Spot(token.written, (), token.terms))
                at += 1
                continue
            spot, length = self._longest(tokens, at, language)
            spots.append(spot)
            at += length
        return spots

    def _remember(self, run: str, language: TextLanguage) -> tuple[_Token, ...]:
        known = self._tokens[language]
        if len(known) > MAX_RUNS_REMEMBERED:
            known.clear()
        made = (self._make_token(word, language) for word in words_of_run(run))
        known[run] = tuple(token for token in made if token is not None)
        return known[run]

    def _make_token(self, word: Word, language: TextLanguage) -> _Token | None:
        folded = word.folded
        if not _tells(word, language):
            return None
        if language == "en":
            stem = english_stem(folded)
            return _Token(word.written, stem, stem, stem, ((stem, 1.0),), self._english.longest.get(stem, 0))
        return self._french_token(word, put_right(word, self._known_words))

    def _french_token(self, word: Word, folded: str) -> _Token:
        """A French word, read as the folded one."""
        stem, cognate = french_stem(folded), cognate_stem(folded)
        looks_english = len(folded) >= LEAST_COGNATE_LETTERS or word.written.isupper() or not is_french(folded)
        longest = max(
            self._exact.longest.get(folded, 0),
            self._french.longest.get(stem, 0),
            self._english.longest.get(cognate, 0) if looks_english else 0,
            self._translations.longest.get(stem, 0),
        )
        return _Token(word.written, folded, stem, cognate if looks_english else "", ((cognate, 1.0),), longest)

    def _longest(self, tokens: Sequence[_Token], at: int, language: TextLanguage) -> tuple[_Spot, int]:
        """The longest phrase known here: a concept's, else one that was translated, else the word alone."""
        for length in range(min(tokens[at].longest, len(tokens) - at), 0, -1):
            here = tokens[at : at + length]
            written = here[0].written if length == 1 else " ".join(token.written for token in here)
            stems = tuple(token.stem for token in here)
            if meanings := self._meanings(here, stems, language):
                return _Spot(written, tuple(meanings)), length
            if language == "fr" and stems in self._translations.by_words:
                return self._translations.by_words[stems]._replace(written=written), length
        return _Spot(tokens[at].written, (), tokens[at].terms), 1

    def _meanings(
        self, here: Sequence[_Token], stems: tuple[str, ...], language: TextLanguage
    ) -> Sequence[_Meaning] | None:
        if language == "en":
            return self._english.by_words.get(stems)
        return (
            self._exact.by_words.get(tuple(token.exact for token in here))
            or self._french.by_words.get(stems)
            or self._english.by_words.get(tuple(token.english for token in here))
        )

    def _context(self, spots: Sequence[_Spot]) -> "_Context":
        context = _Context()
        for spot in spots:
            if len(spot.meanings) == 1:
                concept, weight = spot.meanings[0]
                context.concepts[concept.name] += weight
                context.themes[concept.theme] += weight
        return context

    def _terms(self, spot: _Spot, context: "_Context", widen: bool) -> Iterator[Found]:
        for term, weight in spot.terms:
            yield Found(term, spot.written, PLAIN_WEIGHT * weight)
        if not spot.meanings:
            return
        for (concept, weight), share in zip(spot.meanings, self._shares(spot.meanings, context), strict=True):
            weight *= share
            yield Found("#" + concept.name, spot.written, weight)
            if widen:
                for near, strength in self.spread[concept.name]:
                    yield Found("#" + near, spot.written, strength * weight)

    def _shares(self, meanings: tuple[_Meaning, ...], context: "_Context") -> list[float]:
        if len(meanings) == 1:
            return [1.0]
        support = [LEAST_SUPPORT + self._support(concept, context) for concept, _ in meanings]
        return [one / sum(support) for one in support]

    def _support(self, concept: Concept, context: "_Context") -> float:
        near = NEAR_SUPPORT * sum(context.concepts.get(name, 0.0) for name, _ in self.spread[concept.name])
        return context.concepts.get(concept.name, 0.0) + near + THEME_SUPPORT * context.themes.get(concept.theme, 0.0)


class _Context:
    """What the words of one meaning say, to settle the others."""

    def __init__(self) -> None:
        self.concepts: defaultdict[str, float] = defaultdict(float)
        self.themes: defaultdict[str, float] = defaultdict(float)


class _Phrases:
    """Phrases by their words, in one form of words."""

    def __init__(self) -> None:
        self.by_words: dict[tuple[str, ...], list[_Meaning]] = {}
        self.longest: dict[str, int] = {}

    def add(self, form: Sequence[str], concept: Concept, phrase: Phrase) -> None:
        if not 0 < len(form) <= MAX_PHRASE_WORDS:
            return
        meanings = self.by_words.setdefault(tuple(form), [])
        if all(meaning.concept is not concept for meaning in meanings):
            meanings.append(_Meaning(concept, phrase.weight))
        self.longest[form[0]] = max(self.longest.get(form[0], 0), len(form))


class _Translations:
    """French phrases, by their stems, and what the English ones they stand for say: concepts, or plain terms."""

    def __init__(self, translations: Sequence[Translation], read_english: Callable[[str], list[_Spot]]) -> None:
        self.by_words: dict[tuple[str, ...], _Spot] = {}
        self.longest: dict[str, int] = {}
        for translation in translations:
            form = tuple(french_stem(word.folded) for word in content_words(translation.french, "fr"))
            if not 0 < len(form) <= MAX_PHRASE_WORDS:
                continue
            self.by_words[form] = _together([(phrase, read_english(phrase.text)) for phrase in translation.english])
            self.longest[form[0]] = max(self.longest.get(form[0], 0), len(form))


def _together(phrases: Sequence[tuple[Phrase, list[_Spot]]]) -> _Spot:
    """One place that may mean what any of the phrases does, each as surely as its phrase."""
    meanings: dict[str, _Meaning] = {}
    terms: dict[str, float] = {}
    for phrase, spots in phrases:
        for concept, weight in (meaning for spot in spots for meaning in spot.meanings):
            known = meanings.get(concept.name, _Meaning(concept, 0.0))
            meanings[concept.name] = _Meaning(concept, max(known.weight, weight * phrase.weight))
        for term, weight in (term for spot in spots for term in spot.terms):
            terms[term] = max(terms.get(term, 0.0), weight * phrase.weight)
    return _Spot("", tuple(meanings.values()), tuple(terms.items()))


@lru_cache(maxsize=4)
def analyser_of(lexicon: str) -> Analyser:
    """The analyser of a lexicon; made once, since reading one takes a while."""
    return Analyser(lexicon)


def _tells(word: Word, language: TextLanguage) -> bool:
    stop_words = FRENCH_STOP_WORDS if language == "fr" else ENGLISH_STOP_WORDS
    is_stop_word = word.folded in stop_words and "ï" not in word.written.lower()  # maïs is not mais
    return not is_stop_word and len(word.folded) > 1 and not word.folded.isdigit()


def content_words(phrase: str, language: TextLanguage) -> list[Word]:
    return [word for word in words(phrase) if _tells(word, language)]


def can_count(french: str, english: str) -> bool:
    """Whether the words of a translation could ever be met in texts: neither only small words, nor too many."""
    return 0 < len(content_words(french, "fr")) <= MAX_PHRASE_WORDS and bool(content_words(english, "en"))


def _spread(concepts: Sequence[Concept]) -> dict[str, tuple[tuple[str, float], ...]]:
    """For each concept, those it is linked with, and how much of it they say."""
    steps: defaultdict[str, dict[str, float]] = defaultdict(dict)

    def link(start: str, end: str, weight: float) -> None:
        steps[start][end] = max(weight, steps[start].get(end, 0.0))

    for concept in concepts:
        for broader in concept.broader:
            link(concept.name, broader, BROADER_WEIGHT)
            link(broader, concept.name, NARROWER_WEIGHT)
        for related in concept.related:
            link(concept.name, related, RELATED_WEIGHT)
            link(related, concept.name, RELATED_WEIGHT)
    return {
        concept.name: tuple(sorted(steps[concept.name].items(), key=lambda one: (-one[1], one[0])))
        for concept in concepts
    }
