"""Cutting a text into words: sentences, elisions, hyphens, accents; each word keeps how it was written."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|(?<=[a-zé)][.;])(?=[A-ZÉ])|\n+|•")
_WORD = re.compile(r"\b[eE]-[^\W_]+|[^\W_]+(?:['’ʼ][^\W_]+)*")
_ELIDED = frozenset(("l", "d", "qu", "n", "s", "j", "c", "m", "t", "jusqu", "lorsqu", "puisqu", "aujourd", "quelqu"))
MAX_WORD_LETTERS = 40


@dataclass(frozen=True)
class Word:
    """A word as written, and folded: lower case, no accent, no elision."""

    written: str
    folded: str


def sentences(text: str) -> list[str]:
    """The sentences of a text, in order, without empty ones."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]


def words(sentence: str) -> Iterator[Word]:
    """The words of a sentence, in order. Hyphens and slashes part words, elided articles are dropped."""
    for run in runs(sentence):
        yield from words_of_run(run)


def runs(sentence: str) -> list[str]:
    """The runs of letters and figures of a sentence, elisions still on."""
    return _WORD.findall(sentence)


@lru_cache(maxsize=200_000)
def words_of_run(run: str) -> tuple[Word, ...]:
    """The words of one run: none, one, or several when an elision parts them."""
    pieces = re.split("['’ʼ]", run)
    if len(pieces) > 1 and pieces[-1].lower() in ("s", "t", "re", "ve", "ll"):  # English: the region's
        pieces = pieces[:-1]
    kept = [piece for n, piece in enumerate(pieces) if n == len(pieces) - 1 or fold(piece) not in _ELIDED]
    return tuple(Word(piece, fold(piece)) for piece in kept if len(piece) <= MAX_WORD_LETTERS)


@lru_cache(maxsize=100_000)
def fold(text: str) -> str:
    """Lower case and without accents, as people type when in a hurry; e-commerce is ecommerce."""
    opened = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe").replace("æ", "ae").replace("-", ""))
    return "".join(letter for letter in opened if not unicodedata.combining(letter))


@lru_cache(maxsize=1024)
def plain_text(text: str) -> str:
    """A text as folded words between single spaces, a space at both ends: made to look for plain words in."""
    return " " + " ".join(word.folded for word in words(text)) + " "
