"""Why an opportunity is for somebody: the words that met, and the passage where."""

import re
from dataclasses import dataclass

from services.notifier.domain.headers import one_line
from services.notifier.domain.news import Told

_CUT = re.compile(r"[\s,;:–-]+…$")


@dataclass(frozen=True)
class Reason:
    """A word of the profile, and the other words of the opportunity that answer it; none when it is there itself."""

    word: str
    answers: tuple[str, ...]


def reasons_of(told: Told, *, most: int, most_answers: int, longest: int) -> tuple[Reason, ...]:
    """The words that weigh most; each word of the profile is said once, with those that answer it best."""
    answers: dict[str, dict[str, None]] = {}
    for term in sorted(told.terms, key=lambda term: -term.share):
        word, answer = shortened(term.profile_word, longest), shortened(term.opportunity_word, longest)
        found = answers.setdefault(word, {})
        if answer.casefold() != word.casefold():
            found[answer] = None
    heaviest = list(answers.items())[:most]
    return tuple(Reason(word, tuple(found)[:most_answers]) for word, found in heaviest if word)


def shortened(text: str, limit: int) -> str:
    """The text on one line, or its beginning; what was cut already loses the comma before its dots."""
    # One mail in a thousand may bring a text without measure: what cannot be shown is not even cleaned.
    text = one_line(text[: limit * 4])
    if len(text) > limit:
        text = text[: limit - 1].rsplit(" ", 1)[0] + "…"
    return _CUT.sub("…", text)
