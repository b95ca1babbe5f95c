"""Identifiers of European calls, as they stand in texts and addresses: how copies of one call are known."""

import re

_PROGRAMMES = (
    "HORIZON|LIFE|CERV|ERASMUS|CREA|DIGITAL|CEF|SMP|EU4H|EMFAF|AMIF|ISF|BMVI|ESF|JUST|RFCS|EDF|EUAF|UCPM|PERI|I3|"
    "AGRIP|INNOVFUND|SOCPL|PPPA|CUST|FISC|EURATOM|NDICI|IMCAP|ESC|EUAID|EUBA|REC|COSME|EASI|JTM"
)
_IDENTIFIER = re.compile(
    rf"(?<![A-Za-z0-9-])(?:{_PROGRAMMES})-(?:[A-Za-z0-9]+-)*20\d\d(?:-[A-Za-z0-9]+)*", re.IGNORECASE
)


def call_ids(text: str) -> tuple[str, ...]:
    """The identifiers in a text, in capitals, each once: `HORIZON-CL5-2027-D3-01`, also out of an address."""
    return tuple(dict.fromkeys(found.group().upper() for found in _IDENTIFIER.finditer(text)))
