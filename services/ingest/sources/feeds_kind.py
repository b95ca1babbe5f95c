"""Whether an entry of a feed tells of volunteering or an exchange abroad, from its words and its feed's."""

import re
from collections.abc import Iterable

from services.ingest.domain.words import folded
from shared.events import OpportunityKind

# Words without accents, as `folded` leaves them. A French "stage" is a placement, an English one a step of a call.
# Practices, currencies and telephones are exchanged too: an exchange counts with the people it is for.
_MOBILITY = re.compile(
    r"\b(?:volunteer\w*|volontari\w*|volontaires?|benevol\w*|mobilit\w+|internships?|traineeships?|work ?camps?"
    r"|(?:youth|students?|schools?|pupils?|learners?|staff|group|intercultural) exchanges?"
    r"|exchanges? (?:programmes?|programs?|semesters?|years?|abroad|students?)"
    r"|exchanges? (?:of|for|between) (?:young|youth|students|pupils|schools|classes|learners|apprentices)"
    r"|echanges? (?:de jeunes|entre jeunes|scolaires?|interculturels?|universitaires?|d etudiants|d eleves)"
    r"|(?:programmes?|sejours?|annees?) d echanges?"
    r"|european solidarity corps|corps europeen de solidarite|service civique|chantiers? de jeunes)\b"
)
_PLACEMENT = re.compile(r"\bstages?\b")
_TRANSPORT = re.compile(
    r"\b(urban|sustainable|smart|electric|clean|green|shared|active|low carbon|zero emission|connected)"
    r"( \w+)? mobility\b"
    r"|\bmobility (as a service|services?|solutions?|systems?|plans?|hubs?|infrastructures?|sector)\b"
    r"|\bmobilites? (durables?|urbaines?|electriques?|douces?|decarbonees?|actives?|propres?|partagees?|rurales?)\b"
)


def kind_of(words: Iterable[str], *, language: str) -> OpportunityKind:
    """The kind that titles and categories tell. Transport is no mobility of people."""
    text = _TRANSPORT.sub(" ", " | ".join(folded(word) for word in words))
    is_mobility = _MOBILITY.search(text) or (language == "fr" and _PLACEMENT.search(text))
    return "mobility" if is_mobility else "call"
