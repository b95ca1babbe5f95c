"""Profiles in a spreadsheet: its columns, what makes a row a profile, and how a profile is written in one."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import get_args

from stdnum.fr import siren as siren_number

from services.ingest.domain.communes import Commune, Gazetteer, Intercommunality, comparable, facts_of_place
from services.ingest.domain.refused import FileRefused, RowRefused
from services.ingest.domain.sheets import Columns, Row, csv_lines, named_rows
from services.ingest.domain.words import clean, clean_line, folded
from shared.events import Language, OrganisationKind, ProfileState

__all__ = ["FileRefused", "RowRefused", "cells_of", "fields_changed", "profile_id", "profile_of", "read_rows"]

COLUMNS = Columns(
    required=("name", "kind", "text"),
    either=("commune", "insee"),
    optional=("siren", "naf", "size", "themes", "language", "id"),
)
SHORTEST_TEXT = 40
LONGEST_TEXT = 16_000
LONGEST_THEMES, LONGEST_THEME = 20, 100
KINDS = get_args(OrganisationKind)
SIZES = ("micro", "small", "medium", "large")
LANGUAGES = get_args(Language)
SHOWN = (
    "name",
    "kind",
    "text",
    "language",
    "place",
    "insee",
    "siren",
    "naf",
    "size",
    "themes",
    "population",
    "intercommunality",
)


def read_rows(text: str) -> list[Row]:
    """The rows of a CSV text. Raises FileRefused when its header is not one of ours."""
    return named_rows(csv_lines(text), COLUMNS)


def profile_of(row: Row, gazetteer: Gazetteer) -> ProfileState:
    """A row as a profile of version 1. Raises RowRefused with a sentence."""
    cells = {name: clean(value) for name, value in row.cells.items()}
    if "" in cells:
        raise RowRefused("too_many_cells")
    name = clean_line(cells.get("name", ""), limit=200)
    if not name:
        raise RowRefused("missing", column="name")
    kind = _one_of("kind", cells.get("kind", ""), KINDS)
    commune, whole = _place(cells, gazetteer, kind)
    siren = _siren(cells.get("siren", ""))
    insee = commune.insee if commune else None
    return ProfileState.model_validate(
        {
            "id": profile_id(name, insee or "", siren),
            "version": 1,
            "kind": kind,
            "name": name,
            "text": _text(cells.get("text", "")),
            "language": _one_of("language", cells.get("language", "") or "fr", LANGUAGES),
            "insee": insee,
            "siren": siren or (whole.siren if whole else None),
            "naf": _naf(cells.get("naf", "")),
            "size": _one_of("size", cells["size"], SIZES) if cells.get("size") else None,
            "themes": themes_in(cells.get("themes", "")),
            **facts_of_place(commune, whole),
        }
    )


def cells_of(profile: ProfileState) -> tuple[str, ...]:
    """A profile as a row, in the order of `COLUMNS.all`; imported again, it changes nothing."""
    return (
        profile.name,
        profile.kind,
        profile.text,
        profile.place or "",
        profile.insee or "",
        profile.siren or "",
        profile.naf or "",
        profile.size or "",
        "|".join(profile.themes),
        profile.language,
        profile.id,
    )


def fields_changed(before: ProfileState, after: ProfileState) -> tuple[str, ...]:
    """What differs between two versions, spaces and line breaks of no account."""
    return tuple(name for name in SHOWN if _plain(getattr(before, name)) != _plain(getattr(after, name)))


def profile_id(name: str, insee: str, siren: str | None) -> str:
    """The same organisation gets the same id in each import: by SIREN, else by name and commune."""
    return "org-" + hashlib.sha256((siren or natural_key(name, insee)).encode()).hexdigest()[:20]


def natural_key(name: str, insee: str) -> str:
    """How an organisation without SIREN is known again."""
    return f"{comparable(name)}|{insee}"


def themes_in(text: str) -> tuple[str, ...]:
    """Themes separated by `|`, each once."""
    found = dict.fromkeys(clean_line(theme, limit=LONGEST_THEME) for theme in text.split("|") if theme.strip())
    return tuple(found)[:LONGEST_THEMES]


def _plain(value: object) -> object:
    return clean(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    if len(text) < SHORTEST_TEXT:
        raise RowRefused("too_short", column="text", length=len(text), least=SHORTEST_TEXT)
    return text[:LONGEST_TEXT]


def _one_of(column: str, value: str, allowed: Sequence[str]) -> str:
    wanted = folded(value)
    if wanted not in allowed:
        raise RowRefused("not_one_of", column=column, value=repr(value[:40]), allowed=", ".join(allowed))
    return wanted


def _siren(text: str) -> str | None:
    number = "".join(text.split())
    if not number:
        return None
    if not siren_number.is_valid(number):
        raise RowRefused("siren", value=repr(text[:20]))
    return str(siren_number.compact(number))


def _naf(text: str) -> str | None:
    return clean_line(text, limit=10).upper() or None


def _place(cells: Mapping[str, str], gazetteer: Gazetteer, kind: str) -> tuple[Commune | None, Intercommunality | None]:
    """Where a row is: a commune, or for a collectivity the intercommunality it is."""
    insee, name = cells.get("insee", ""), cells.get("commune", "")
    if not insee and not name:
        raise RowRefused("no_place")
    found = gazetteer.with_insee(insee.zfill(5)) if insee else gazetteer.only(name)
    whole = None
    if kind == "commune":
        whole = gazetteer.intercommunality(cells.get("name", ""))
        whole = whole or (gazetteer.intercommunality(name) if found is None else None)
    if found is None and whole is None:
        raise RowRefused("not_here", value=repr((insee or name)[:60]))
    return found, whole
