"""Whether an entry of a feed tells of volunteering or an exchange abroad, from its words and its feed's."""

import re
from collections.abc import Iterable

from services.ingest.domain.words import folded
from shared.events import OpportunityKind

# Words without accents, as `folded` leaves them. A French "stage" is a placement, an English one a step of a call.
_MOBILITY = re.compile(r"\b(volunteer\w*|volontari\w*|volontaires?|mobilit\w+|exchanges?|echanges?|internships?)\b")
_PLACEMENT = re.compile(r"\bstages?\b")
_TRANSPORT = re.compile(
    r"\b(urban|sustainable|smart|electric|clean|green|shared|active|low carbon|zero emission|connected)"
    r"( \w+)? mobility\b"
    r"|\bmobilites? (durables?|urbaines?|electriques?|douces?|decarbonees?|actives?|propres?|partagees?|rurales?)\b"
)


def kind_of(words: Iterable[str], *, language: str) -> OpportunityKind:
    """The kind that titles and categories tell. Transport is no mobility of people."""
    text = _TRANSPORT.sub(" ", " | ".join(folded(word) for word in words))
    is_mobility = _MOBILITY.search(text) or (language == "fr" and _PLACEMENT.search(text))
    return "mobility" if is_mobility else "call"
