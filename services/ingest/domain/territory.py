"""Whether a perimeter, as a source names it, holds the territory or a part of it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from services.ingest.domain.communes import comparable

# Said of a group of communes, and by themselves no name: `CA du Pays de Saint-Malo` is Saint-Malo's.
_GROUP_WORDS = {"ca", "cc", "cu", "communaute", "communautes", "agglomeration", "commune", "communes", "pays"}
_SMALL_WORDS = {"de", "du", "des", "d", "la", "le", "les", "l", "et"}
_WHOLE_COUNTRY = {"france", "france entiere", "national", "nationale", "territoire national"}
_MAINLAND = {"france metropolitaine", "france hexagonale", "metropole", "hexagone"}
_OVERSEAS = {"outre mer", "france d outre mer", "drom", "dom", "drom com"}
_BEYOND = {"europe", "union europeenne", "ue", "international", "monde"}


@dataclass(frozen=True)
class Territory:
    """A département by its names; all but `communes` as they are officially written."""

    departement: str
    region: str
    overseas: bool
    intercommunalities: tuple[str, ...]
    communes: Collection[str]

    def holds(self, perimeter: str, scale: str | None) -> bool:
        """Whether somebody here may be concerned; `scale` is such as Commune, EPCI, Département, Région, Ad-hoc.

        A perimeter that is not told excludes nobody. One of another département's commune with the same name is taken.
        """
        name, kind = comparable(perimeter), comparable(scale or "")
        if not name or name in _WHOLE_COUNTRY | _BEYOND:
            return True
        if name in _MAINLAND | _OVERSEAS:
            return self.overseas is (name in _OVERSEAS)
        own = {comparable(self.departement), comparable(self.region)}
        if kind in ("departement", "region"):
            return name in own
        if kind in ("pays", "continent"):
            return False
        if kind == "commune":
            return name in self._commune_names
        if _told_apart(name) in self._group_names:
            return True
        if kind == "epci":
            return False
        return any(f" {place} " in f" {name} " for place in own) or (not kind and name in self._commune_names)

    @cached_property
    def _commune_names(self) -> set[str]:
        return {comparable(name) for name in self.communes}

    @cached_property
    def _group_names(self) -> set[frozenset[str]]:
        return {_told_apart(comparable(name)) for name in self.intercommunalities}


def _told_apart(name: str) -> frozenset[str]:
    """The words of a group's name that tell it from others."""
    return frozenset(name.split()) - _GROUP_WORDS - _SMALL_WORDS
