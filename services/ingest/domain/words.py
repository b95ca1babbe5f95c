"""Small repairs of texts from outside: control characters, repeated titles, and which language they are really in."""

import re
import unicodedata
from collections import Counter

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff]")
_SPACES = re.compile(r"[^\S\n]+")
_LETTERS = re.compile(r"[a-zà-ÿœ]+")

# Words so common that a few of them give the language away, and that the other languages lack.
_TELLTALES = {
    "en": ["the", "of", "and", "for", "to", "with", "in", "on", "is", "are", "by", "from", "this", "that", "support"],
    "fr": [
        "le",
        "les",
        "des",
        "et",
        "pour",
        "dans",
        "du",
        "au",
        "aux",
        "sur",
        "est",
        "une",
        "par",
        "avec",
        "la",
        "de",
        "en",
    ],
    "es": ["los", "las", "el", "y", "para", "con", "del", "por", "una", "en", "la", "de", "al", "es"],
    "pt": ["os", "as", "e", "para", "com", "do", "da", "dos", "das", "em", "uma", "no", "na", "ao", "de"],
}


def clean(text: str) -> str:
    """The text in one line of a database's trust: no control characters, no lone surrogates, single spaces."""
    text = unicodedata.normalize("NFC", _CONTROLS.sub("", text.replace("\r", "\n")))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def clean_line(text: str, *, limit: int) -> str:
    """The text on one line, at most `limit` characters."""
    return cut(clean(text).replace("\n", " "), limit)


def cut(text: str, limit: int) -> str:
    """The text, ended at a word with an ellipsis when it is longer than `limit`."""
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return (kept.rsplit(" ", 1)[0] if " " in kept[limit // 2 :] else kept).rstrip() + "…"


def said_once(title: str) -> str:
    """A title without its own repetition: one source row said the same sentence eight times."""
    sentences = [part.strip() for part in re.split(r"(?<=[.!?;])\s+|\s*\|\s*|\n", title) if part.strip()]
    unique = list(dict.fromkeys(sentences))
    if len(unique) < len(sentences):
        return " ".join(unique)
    words = title.split()
    for size in range(2, len(words) // 2 + 1):
        if len(words) % size == 0 and words == words[:size] * (len(words) // size):
            return " ".join(words[:size])
    return title


def language_of(text: str, *, flagged: str) -> str:
    """The language a text is written in; the source's flag when the text is too short to tell."""
    words = Counter(_LETTERS.findall(text[:4000].lower()))
    hits = {language: sum(words[word] for word in telltales) for language, telltales in _TELLTALES.items()}
    best, second = sorted(hits.values(), reverse=True)[:2]
    if best < 2 or best == second:
        return flagged
    return max(hits, key=lambda language: hits[language])


def folded(text: str) -> str:
    """Lower case without accents, apostrophes or hyphens: how people's spellings are compared."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae")
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", plain))
