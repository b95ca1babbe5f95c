"""Words as people search them: without case, accents or punctuation."""

import re
import unicodedata

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Lower case, accents and punctuation gone, one space between words."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae")).casefold()
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", bare).strip()


def clean_line(text: str) -> str:
    """One line without control characters or repeated spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def clean_text(text: str) -> str:
    """Text of several lines, without control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(clean_line(line) for line in lines).strip()
