"""The parts of a call that stand in one text: objective, expected outcome, scope, and conditions."""

import re
from collections.abc import Iterator
from typing import Literal

Part = Literal["text", "expected_outcome", "scope", "conditions"]

_HEADINGS: tuple[tuple[Part, str], ...] = (
    ("expected_outcome", r"Expected (?:Outcomes?|Impacts?)|Résultats attendus|Impacts? attendus?"),
    ("scope", r"Scope|Périmètre|Champ d['’]application"),
    ("text", r"Objectives?|Specific Challenge|Objectifs?"),
    ("conditions", r"General conditions|Specific conditions|Admissibility [Cc]onditions|Conditions générales"),
)
# "…in Europe.Scope:Projects" as the portal runs paragraphs together, or a line of its own
_HEADING = re.compile(
    "(?:(?<=^)|(?<=[\\s.;:)»”]))(?:" + "|".join(f"(?P<{part}>{names})" for part, names in _HEADINGS) + r")\s*:"
)


def parts(text: str) -> Iterator[tuple[Part, str]]:
    """The parts in order; what stands before the first heading is the objective."""
    part: Part = "text"
    start = 0
    for heading in _HEADING.finditer(text):
        if text[start : heading.start()].strip():
            yield part, text[start : heading.start()]
        part = next(name for name, _ in _HEADINGS if heading.group(name))
        start = heading.end()
    if text[start:].strip():
        yield part, text[start:]
