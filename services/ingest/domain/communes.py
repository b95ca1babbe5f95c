"""The communes of the territory, found as people write them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.domain.words import folded


@dataclass(frozen=True)
class Commune:
    """One commune of the reference table."""

    insee: str
    name: str
    postcodes: tuple[str, ...]
    population: int


def comparable(name: str) -> str:
    """A name without accents, case, hyphens, and with `st` and `ste` spelled out."""
    spelled = {"st": "saint", "ste": "sainte", "s": "saint"}
    words = folded(name).split()
    return " ".join(spelled.get(word, word) if len(words) > 1 else word for word in words)


class Gazetteer:
    """Looks communes up by name, postcode or INSEE code."""

    def __init__(self, communes: Sequence[Commune]) -> None:
        self._by_insee = {commune.insee: commune for commune in communes}
        self._named = [
            (comparable(commune.name), commune) for commune in sorted(communes, key=lambda c: folded(c.name))
        ]

    def with_insee(self, insee: str) -> Commune | None:
        return self._by_insee.get(insee.strip().upper())

    def find(self, text: str, *, limit: int) -> tuple[Commune, ...]:
        """Communes that answer the text, best first: exact, then beginning with it, then holding it; largest first."""
        wanted = comparable(text)
        if not wanted:
            return tuple(commune for _, commune in self._named[:limit])
        ranked = [
            (rank, commune) for name, commune in self._named if (rank := _rank(wanted, name, commune)) is not None
        ]
        ranked.sort(key=lambda pair: (pair[0], -pair[1].population))
        return tuple(commune for _, commune in ranked[:limit])

    def only(self, text: str) -> Commune | None:
        """The one commune a text names without doubt: an INSEE code, a full name, or a postcode of its own."""
        exact = [commune for name, commune in self._named if _rank(comparable(text), name, commune) == 0]
        return exact[0] if len(exact) == 1 else None


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
