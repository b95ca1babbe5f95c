"""The words of aides-territoires: who an aid is for, and under which themes."""

from collections.abc import Iterable, Sequence

from services.ingest.domain.words import folded
from shared.events import OrganisationKind

# How a word for an audience begins, in its folded form. None: no organisation that Passerelle knows.
_AUDIENCES: tuple[tuple[str, OrganisationKind | None], ...] = (
    ("collectivite d outre mer", None),
    ("collectivites d outre mer", None),
    ("commune", "commune"),
    ("intercommunalite", "commune"),
    ("epci", "commune"),
    ("collectivite", "commune"),
    ("association", "association"),
    ("entreprise", "business"),
    ("agriculteur", "business"),
    ("ecole", "school"),
    ("lycee", "school"),
    ("etablissement d enseignement", "school"),
    ("etablissements d enseignement", "school"),
    ("etablissements publics ecoles", "school"),
    ("etablissement public", None),
    ("etablissements public", None),
    ("departement", None),
    ("region", None),
    ("particulier", None),
    ("recherche", None),
)


def audience_of(names: Sequence[str]) -> tuple[OrganisationKind, ...] | None:
    """Who may apply: empty when anyone may or the words are not known, None when nobody that Passerelle serves."""
    found = [_kind_of(name) for name in names if name.strip()]
    kinds = tuple(dict.fromkeys(kind for known, kind in found if known and kind))
    return None if found and not kinds and all(known for known, _ in found) else kinds


def _kind_of(name: str) -> tuple[bool, OrganisationKind | None]:
    word = folded(name)
    return next(((True, kind) for start, kind in _AUDIENCES if word.startswith(start)), (False, None))


def themes_and_subjects(categories: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Categories such as `Eau et milieux aquatiques / Assainissement`: the themes, and what is under them."""
    themes: list[str] = []
    subjects: list[str] = []
    for category in categories:
        theme, _, subject = (part.strip() for part in category.partition(" / "))
        themes += [theme] if theme else []
        subjects += [subject] if subject else []
    return tuple(dict.fromkeys(themes)), tuple(dict.fromkeys(subjects))
