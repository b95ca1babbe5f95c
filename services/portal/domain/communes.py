"""Which commune somebody means by what they typed."""

import re
from collections.abc import Sequence

from services.portal.domain.words import fold
from shared.requests import Commune

_CODE = re.compile(r"\((\d[\dAB]\d{3})\)\s*$")


def label(commune: Commune) -> str:
    """As offered in the list: `Rennes (35238)`."""
    return f"{commune.name} ({commune.insee})"


def asked_text(typed: str) -> str:
    """What to look up: the code when the person took a line of the list, else what they wrote."""
    code = _CODE.search(typed)
    return code.group(1) if code else typed


def choose(typed: str, found: Sequence[Commune]) -> Commune | None:
    """The one commune meant, or None when there is none or a choice to make."""
    wanted = asked_text(typed)
    exact = [commune for commune in found if wanted == commune.insee or fold(wanted) == fold(commune.name)]
    if len(exact) == 1:
        return exact[0]
    by_postcode = [commune for commune in found if wanted in commune.postcodes]
    return by_postcode[0] if len(by_postcode) == 1 and not exact else None
