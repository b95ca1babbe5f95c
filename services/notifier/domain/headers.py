"""Text from outside, made safe for the head of a mail and for one line of its text."""

import re
import unicodedata

MAX_SUBJECT = 150
_SPACES = re.compile(r"[^\S\u00a0\u202f]+")  # the two that keep French punctuation on its line stay


def one_line(text: str) -> str:
    """The text on one line, without controls, direction marks or invisible characters."""
    spaced = "".join(" " if _is_break(char) else char for char in text)
    return _SPACES.sub(" ", "".join(char for char in spaced if not _is_hidden(char))).strip()


def safe_subject(text: str) -> str:
    """A subject that cannot start a header, nor an encoded word: `=?` in a title really injected a Bcc once."""
    line = one_line(text).replace("=?", "= ?").replace("?=", "? =")
    if len(line) <= MAX_SUBJECT:
        return line
    return line[: MAX_SUBJECT - 1].rsplit(" ", 1)[0].rstrip(" \u00a0\u202f,;:–-") + "…"


def clean_text(text: str) -> str:
    """Several lines without controls or direction marks; XML, hence MJML, refuses most controls."""
    return "".join(char for char in text.replace("\r\n", "\n") if char in "\n\t" or not _is_hidden(char))


def _is_break(char: str) -> bool:
    return char in "\r\n\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
