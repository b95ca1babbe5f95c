"""Text from outside, made safe for the head of a mail and for one line of its text."""

import re
import unicodedata
from functools import lru_cache

MAX_SUBJECT = 150
# All but the letters and signs that nearly every text is made of; looking at each of those would take most of the
# time in which a mail is written.
_SUSPECT = re.compile(r"[^ -~\u00a0-\u00ac\u00ae-\u024f\u2010-\u2027\u202f-\u205e\u20a0-\u20bf\u2190-\u21ff]")
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # the two that keep French punctuation on its line stay


def one_line(text: str) -> str:
    """The text on one line, without controls, direction marks or invisible characters."""
    return _SPACES.sub(" ", _SUSPECT.sub(_on_one_line, text)).strip()


def safe_subject(text: str) -> str:
    """A subject that cannot start a header, nor an encoded word: `=?` in a title really injected a Bcc once."""
    line = one_line(text).replace("=?", "= ?").replace("?=", "? =")
    if len(line) <= MAX_SUBJECT:
        return line
    return line[: MAX_SUBJECT - 1].rsplit(" ", 1)[0].rstrip(" \u00a0\u202f,;:–-") + "…"


def clean_text(text: str) -> str:
    """Several lines without controls or direction marks; XML, hence MJML, refuses most controls."""
    return _SUSPECT.sub(_on_several_lines, text.replace("\r\n", "\n"))


def _on_one_line(found: re.Match[str]) -> str:
    char = found[0]
    if _is_break(char):
        return " "
    return "" if _is_hidden(char) else char


def _on_several_lines(found: re.Match[str]) -> str:
    char = found[0]
    return char if char in "\n\t" or not _is_hidden(char) else ""


def _is_break(char: str) -> bool:
    return char in "\r\n\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@lru_cache(maxsize=10_000)
def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
