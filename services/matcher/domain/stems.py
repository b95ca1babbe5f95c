"""From a folded word to what it has in common with its relatives: stems, and French spelled as its English cognate."""

import re
from functools import lru_cache

from snowballstemmer.english_stemmer import EnglishStemmer
from snowballstemmer.french_stemmer import FrenchStemmer

_AMERICAN = re.compile(r"iz(?=e|i|a)")
_COGNATES = (
    ("ations", "ation"),
    ("ites", "ity"),
    ("ite", "ity"),
    ("iques", "ic"),
    ("ique", "ic"),
    ("eurs", "or"),
    ("eur", "or"),
    ("euses", "ous"),
    ("euse", "ous"),
    ("eux", "ous"),
    ("ismes", "ism"),
    ("isme", "ism"),
    ("aires", "ary"),
    ("aire", "ary"),
    ("ies", "y"),
    ("ie", "y"),
    ("istes", "ist"),
    ("iste", "ist"),
    ("ifs", "ive"),
    ("if", "ive"),
    ("elles", "al"),
    ("elle", "al"),
    ("els", "al"),
    ("el", "al"),
    ("aux", "al"),
    ("ales", "al"),
    ("ale", "al"),
    ("iser", "ise"),
    ("ances", "ance"),
    ("ences", "ence"),
    ("oires", "ory"),
    ("oire", "ory"),
)


@lru_cache(maxsize=200_000)
def english_stem(folded: str) -> str:
    """The English stem, British and American spellings together."""
    return str(EnglishStemmer().stemWord(_AMERICAN.sub("is", folded)))


@lru_cache(maxsize=200_000)
def french_stem(folded: str) -> str:
    """The French stem of a word without accents."""
    return str(FrenchStemmer().stemWord(folded))


@lru_cache(maxsize=200_000)
def cognate_stem(folded: str) -> str:
    """The English stem of the English word that a French one looks like: mobilité, mobility."""
    for ending, english in _COGNATES:
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            return english_stem(folded[: -len(ending)] + english)
    return english_stem(folded)
