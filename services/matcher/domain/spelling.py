"""Words mistyped by one letter, put right towards the words of the thesaurus."""

from collections.abc import Container
from functools import cache

from spellchecker import SpellChecker

from services.matcher.domain.words import Word, fold

LEAST_LETTERS = 6


def put_right(word: Word, towards: Container[str]) -> str:
    """The word, folded, or the only word of `towards` one letter away when French has no such word.

    Short words and those written with a capital are left alone: they are too often names.
    """
    folded = word.folded
    if len(folded) < LEAST_LETTERS or word.written.istitle() or not folded.isalpha():
        return folded
    if folded in towards or is_french(folded):
        return folded
    candidates = [near for near in _dictionary().edit_distance_1(folded) if near in towards]
    return candidates[0] if len(candidates) == 1 else folded


def is_french(folded: str) -> bool:
    """Whether French has this word."""
    return folded in _french_words()


@cache
def _dictionary() -> SpellChecker:
    return SpellChecker(language="fr")


@cache
def _french_words() -> frozenset[str]:
    """(about 140,000) French words, without accents."""
    return frozenset(fold.__wrapped__(word) for word in _dictionary().word_frequency.dictionary)
