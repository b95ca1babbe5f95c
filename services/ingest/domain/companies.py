"""The directory's answer about one number, as facts for a declaration: no natural person is kept of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stdnum.fr import siren as siren_number
from stdnum.fr import siret as siret_number
from stdnum.util import clean

from services.ingest.domain.words import clean_line
from shared.events import OrganisationKind

Size = Literal["micro", "small", "medium", "large"]

LONGEST_NUMBER = 40
LONGEST_NAME, LONGEST_ADDRESS = 160, 300
_NAF = re.compile(r"\d{2}\.\d{2}[A-Z]")
_INSEE = re.compile(r"\d[\dAB]\d{3}")
_NATURE = re.compile(r"\d{4}")
# INSEE writes these in place of what its owner does not want spread.
_WITHHELD = re.compile(r"\[(NON[- ]DIFFUSIBLE|ND)\]", re.IGNORECASE)

# Brackets of staff, as INSEE codes them; NN employs nobody.
SIZES: Mapping[str, Size] = {
    **dict.fromkeys(("NN", "00", "01", "02", "03"), "micro"),
    **dict.fromkeys(("11", "12"), "small"),
    **dict.fromkeys(("21", "22", "31"), "medium"),
    **dict.fromkeys(("32", "41", "42", "51", "52", "53"), "large"),
}
LARGE_CATEGORIES = ("ETI", "GE")
# Legal categories of INSEE, by their first digits; the longest that fits counts.
KINDS: Mapping[str, OrganisationKind] = {
    "2": "business",
    "3": "business",
    "4": "business",
    "5": "business",
    "6": "business",
    "1": "business",
    "7210": "commune",
    "734": "commune",  # métropoles, communities of communes and their syndicates
    "7353": "commune",
    "7354": "commune",
    "7355": "commune",
    "7331": "school",
    "7383": "school",
    "7384": "school",
    "92": "association",
    "93": "association",
}


class NumberRefused(ValueError):
    """What was typed is no SIREN and no SIRET."""


class AnswerRefused(ValueError):
    """The directory answered something else than its specification says: a sentence."""


@dataclass(frozen=True)
class Company:
    """What the directory knows of an organisation. Empty fields are for its people to type.

    `is_person`: a sole trader, whose name and address are a person's and are not kept. `is_withheld`: its people asked
    that it not be spread. `unread` names the fields that came in another shape than expected.
    """

    siren: str
    name: str | None = None
    naf: str | None = None
    size: Size | None = None
    kind: OrganisationKind | None = None
    address: str | None = None
    insee: str | None = None
    is_closed: bool = False
    is_person: bool = False
    is_withheld: bool = False
    unread: tuple[str, ...] = ()


def read_number(typed: str) -> str:
    """A SIREN or a SIRET, digits only, from what was typed. Raises NumberRefused."""
    if len(typed) > LONGEST_NUMBER:
        raise NumberRefused("too long")
    digits = clean(typed, " .-/")
    for number in (siren_number, siret_number):
        if number.is_valid(digits):
            return str(number.compact(digits))
    raise NumberRefused("neither a SIREN nor a SIRET")


def read_company(answer: object, number: str) -> Company | None:
    """The organisation that has a number; None when the directory has none of it. Raises AnswerRefused."""
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, Sequence) or isinstance(results, str | bytes):
        raise AnswerRefused("The directory's answer has no list of results.")
    mine = [row for row in results if isinstance(row, Mapping) and row.get("siren") == number[:9]]
    if mine:
        return _company(_Row(mine[0]), number)
    if any(not isinstance(row, Mapping) or not isinstance(row.get("siren"), str) for row in results):
        raise AnswerRefused("The directory's answer has results without number.")
    return None


class _Row:
    """A record read field by field; what has another shape than expected is noted and counts as empty."""

    def __init__(self, fields: Mapping[str, object], unread: list[str] | None = None, prefix: str = "") -> None:
        self._fields = fields
        self._prefix = prefix
        self.unread: list[str] = [] if unread is None else unread

    def text(self, name: str, pattern: re.Pattern[str] | None = None, *, needed: bool = False) -> str | None:
        value = self._fields.get(name)
        if value is None and not needed:
            return None
        kept = clean_line(value, limit=1_000) if isinstance(value, str) else ""
        if kept and _WITHHELD.search(kept):
            return None
        if isinstance(value, str) and not value and not needed:
            return None
        if not kept or (pattern and not pattern.fullmatch(kept)):
            self.unread.append(self._prefix + name)
            return None
        return kept

    def flag(self, name: str) -> bool:
        value = self._fields.get(name)
        if value is not None and not isinstance(value, bool):
            self.unread.append(self._prefix + name)
        return value is True

    def inner(self, name: str, *, needed: bool = False) -> "_Row":
        value = self._fields.get(name)
        if not isinstance(value, Mapping):
            if value is not None or needed:
                self.unread.append(self._prefix + name)
            value = {}
        return _Row(value, self.unread, f"{name}.")

    def place_of(self, siret: str) -> "_Row | None":
        """The establishment of a SIRET among those that answered the question."""
        places = self._fields.get("matching_etablissements")
        if places is not None and not isinstance(places, list):
            self.unread.append("matching_etablissements")
        for place in places if isinstance(places, list) else ():
            if isinstance(place, Mapping) and place.get("siret") == siret:
                return _Row(place, self.unread, "matching_etablissements.")
        return None


def _company(row: _Row, number: str) -> Company:
    nature = row.text("nature_juridique", _NATURE, needed=True)
    flags = row.inner("complements")
    is_person = flags.flag("est_entrepreneur_individuel") or (nature or "").startswith("1")
    place = (row.place_of(number) if len(number) == 14 else None) or row.inner("siege", needed=True)
    naf = row.text("activite_principale", _NAF)
    if row.text("statut_diffusion", needed=True) != "O":
        return Company(number[:9], is_closed=_is_closed(row, place), is_withheld=True, unread=tuple(row.unread))
    return Company(
        siren=number[:9],
        name=None if is_person else _name(row, nature),
        naf=naf,
        size=_size(row),
        kind=_kind(nature, flags, naf),
        address=None if is_person else _address(place),
        insee=place.text("commune", _INSEE),
        is_closed=_is_closed(row, place),
        is_person=is_person,
        unread=tuple(row.unread),
    )


def _name(row: _Row, nature: str | None) -> str | None:
    """The company's name. `nom_complet` may be a person's: it only counts when the legal category says it is not."""
    whole = row.text("nom_complet", needed=True)
    name = row.text("nom_raison_sociale") or (whole if nature else None)
    return clean_line(name, limit=LONGEST_NAME) if name else None


def _address(place: _Row) -> str | None:
    if place.text("statut_diffusion_etablissement") != "O":
        return None
    address = place.text("adresse")
    return clean_line(address, limit=LONGEST_ADDRESS) if address else None


def _size(row: _Row) -> Size | None:
    bracket = row.text("tranche_effectif_salarie")
    if bracket is not None and bracket not in SIZES:
        row.unread.append("tranche_effectif_salarie")
    category = row.text("categorie_entreprise")
    return SIZES.get(bracket or "") or ("large" if category in LARGE_CATEGORIES else None)


def _kind(nature: str | None, flags: _Row, naf: str | None) -> OrganisationKind | None:
    if flags.flag("est_uai") and (naf or "").startswith("85"):
        return "school"
    fitting = [digits for digits in KINDS if nature and nature.startswith(digits)]
    return KINDS[max(fitting, key=len)] if fitting else None


def _is_closed(row: _Row, place: _Row) -> bool:
    states = (row.text("etat_administratif", needed=True), place.text("etat_administratif"))
    if any(state not in (None, "A", "C", "F") for state in states):
        row.unread.append("etat_administratif")
    return states[0] == "C" or states[1] == "F"
