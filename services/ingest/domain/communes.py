"""The communes and intercommunalities of the territory, found as people write them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingest.domain.words import folded

_SORTS = "cc|ca|cu|communaute de communes|communaute d agglomeration|communaute urbaine|metropole"
_SORT = re.compile(rf"^({_SORTS})\b( (de la|de|du|des|d)\b)?")


@dataclass(frozen=True)
class Intercommunality:
    """A group of communes, some of which may lie outside the territory; the population is of all of it."""

    siren: str
    name: str
    population: int


@dataclass(frozen=True)
class Commune:
    """One commune of the reference table."""

    insee: str
    name: str
    postcodes: tuple[str, ...]
    population: int
    intercommunality: Intercommunality | None = None


def comparable(name: str) -> str:
    """A name without accents, case, hyphens, and with `st` and `ste` spelled out."""
    spelled = {"st": "saint", "ste": "sainte", "s": "saint"}
    words = folded(name).split()
    return " ".join(spelled.get(word, word) if len(words) > 1 else word for word in words)


def bare_name(name: str) -> str:
    """The name of an intercommunality without its sort: `cc`, `communaute de communes du` and the like."""
    written = comparable(name)
    return _SORT.sub("", written).strip() or written


def facts_of_place(commune: Commune | None, whole: Intercommunality | None) -> Mapping[str, object]:
    """What a profile gets from the reference tables; `whole` when the organisation is an intercommunality itself."""
    if whole is not None:
        return {"place": whole.name, "population": whole.population, "intercommunality": whole.name}
    if commune is None:
        return {}
    group = commune.intercommunality
    return {
        "place": commune.name,
        "population": commune.population,
        "intercommunality": group.name if group else None,
    }


class Gazetteer:
    """Looks communes up by name, postcode or INSEE code, and intercommunalities by name or SIREN."""

    def __init__(self, communes: Sequence[Commune]) -> None:
        self._by_insee = {commune.insee: commune for commune in communes}
        self._named = [
            (comparable(commune.name), commune) for commune in sorted(communes, key=lambda c: folded(c.name))
        ]
        groups = {one.siren: one for commune in communes if (one := commune.intercommunality) is not None}
        self._groups = [(bare_name(one.name), one) for one in groups.values()]

    def with_insee(self, insee: str) -> Commune | None:
        return self._by_insee.get(insee.strip().upper())

    def find(self, text: str, *, limit: int) -> tuple[Commune, ...]:
        """Communes that answer the text, best first: exact, then beginning with it, then holding it; largest first."""
        wanted = comparable(text)
        if not wanted:
            return tuple(commune for _, commune in self._named[:limit])
        if (group := self.intercommunality(text)) is not None and self.only(text) is None:
            return self._members(group)[:limit]
        ranked = [
            (rank, commune) for name, commune in self._named if (rank := _rank(wanted, name, commune)) is not None
        ]
        ranked.sort(key=lambda pair: (pair[0], -pair[1].population))
        return tuple(commune for _, commune in ranked[:limit])

    def only(self, text: str) -> Commune | None:
        """The one commune a text names without doubt: an INSEE code, a full name, or a postcode of its own."""
        wanted = comparable(text)
        exact = [commune for name, commune in self._named if wanted and _rank(wanted, name, commune) == 0]
        return exact[0] if len(exact) == 1 else None

    def intercommunality(self, text: str) -> Intercommunality | None:
        """The one intercommunality a text names: its SIREN, or its name with or without what sort it is."""
        wanted = bare_name(text)
        found = [one for name, one in self._groups if wanted and (wanted == name or text.strip() == one.siren)]
        return found[0] if len(found) == 1 else None

    def _members(self, group: Intercommunality) -> tuple[Commune, ...]:
        """Its communes in the territory, largest first."""
        mine = [commune for commune in self._by_insee.values() if commune.intercommunality == group]
        return tuple(sorted(mine, key=lambda commune: -commune.population))


def _rank(wanted: str, name: str, commune: Commune) -> int | None:
    """0 for exactly it, up to 3; None when the commune does not answer."""
    if wanted == name or wanted == commune.insee.lower() or wanted in commune.postcodes:
        return 0
    if name.startswith(wanted):
        return 1
    if f" {wanted}" in f" {name}":
        return 2
    first = wanted.split()
    if first[0] in commune.postcodes or first[-1] in commune.postcodes:
        rest = " ".join(word for word in first if word not in commune.postcodes)
        return 0 if rest == name else 3
    return None
