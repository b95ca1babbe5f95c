"""What a description lacks for good matches, by what was measured to matter: see docs/benchmarks.md."""

import re
from dataclasses import dataclass
from typing import Literal

from services.portal.domain.words import fold

POOR_BELOW, GOOD_FROM = 8, 30
"""Under 8 telling words a third of what an adviser would phone about is told; from 30 on, as much as ever."""
Level = Literal["poor", "thin", "good"]

_SMALL_WORDS = """
    ainsi alors apres aussi autre autres avant avec avoir beaucoup cela celle celui ceux chaque chez comme dans
    depuis deux dont elle elles encore entre etre fait faire font ici leur leurs mais meme mieux moins notre nous
    parce pour plus plusieurs quand quelque quelques sans sera sont sous surtout tous tout toute toutes tres
    trois votre vous notamment notamment entreprise association commune societe organisation projet projets
    nouveau nouvelle nouveaux nouvelles cherchons cherche recherche recherchons souhaitons souhaite voulons
    voudrions aimerions aimerait propose proposons about also been from have into more other others over some
    than that their them they this with would your company looking search searching want wants need needs
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_LONG_ENOUGH = 4
_SENTENCE = re.compile(r"[^.!?;\n]+")
_WANTS = re.compile(r"\b(cherch|recherch|souhait|voul|voudr|aimer|besoin|envie|curieu|look|want|seek|need|wish)")


@dataclass(frozen=True)
class Completeness:
    """How much a description says: its different telling words, and whether it says only what is looked for."""

    words: int
    level: Level
    only_wishes: bool


def completeness(text: str) -> Completeness:
    """Look at a description as the matcher will: by its different words, whatever its length."""
    count = len(telling_words(text))
    level: Level = "poor" if count < POOR_BELOW else "thin" if count < GOOD_FROM else "good"
    doing = " ".join(sentence for sentence in _SENTENCE.findall(text) if not says_wish(sentence))
    return Completeness(count, level, count >= POOR_BELOW > len(telling_words(doing)))


def telling_words(text: str) -> tuple[str, ...]:
    """The different words of a text that say something, in its order."""
    return tuple(dict.fromkeys(word for word in fold(text).split() if len(word) >= _LONG_ENOUGH and word not in _SMALL))


def says_wish(sentence: str) -> bool:
    """Whether a sentence speaks of what is looked for."""
    return bool(_WANTS.search(fold(sentence)))
