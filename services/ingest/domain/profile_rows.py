"""Profiles in a CSV file: its columns, and what makes a row a profile or a refusal with a sentence."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from stdnum.fr import siren as siren_number

from services.ingest.domain.communes import Commune, Gazetteer, comparable
from services.ingest.domain.words import clean, clean_line, folded
from shared.events import Language, OrganisationKind, ProfileState

REQUIRED = ("name", "kind", "text")
PLACES = ("commune", "insee")
OPTIONAL = ("siren", "naf", "size", "themes", "language")
COLUMNS = (*REQUIRED, *PLACES, *OPTIONAL)
SHORTEST_TEXT = 40
LONGEST_TEXT = 16_000
KINDS = get_args(OrganisationKind)
SIZES = ("micro", "small", "medium", "large")
LANGUAGES = get_args(Language)
MAX_ROWS = 100_000


class FileRefused(ValueError):
    """A file that cannot be read as profiles at all: a sentence for the person who gave it."""


class RowRefused(ValueError):
    """A row that is no profile: a sentence."""


@dataclass(frozen=True)
class CsvRow:
    """A row of the file, with the number of its line as an editor shows it."""

    line: int
    cells: Mapping[str, str]


def read_rows(text: str) -> list[CsvRow]:
    """The rows of a CSV file with `;` or `,`. Raises FileRefused when its header is not one of ours."""
    lines = text.lstrip("\ufeff")
    header = lines.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(lines), delimiter=";" if header.count(";") >= header.count(",") else ",", strict=True
    )
    try:
        names = [folded(name).replace(" ", "_") for name in next(reader, [])]
        _check_header(names)
        return list(_rows(reader, names))
    except csv.Error as error:
        raise FileRefused(f"line {reader.line_num}: this is not CSV ({error})") from error


def _check_header(names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if not any(name in names for name in PLACES):
        missing.append("commune (or insee)")
    unknown = [name for name in names if name not in COLUMNS]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [
        f"missing: {', '.join(missing)}" if missing else "",
        f"unknown: {', '.join(name or '(empty)' for name in unknown)}" if unknown else "",
        f"given twice: {', '.join(twice)}" if twice and not unknown else "",
    ]
    if any(problems):
        told = "; ".join(problem for problem in problems if problem)
        raise FileRefused(f"the first line must name the columns {', '.join(COLUMNS)} ({told})")


def _rows(reader: Iterator[list[str]], names: Sequence[str]) -> Iterator[CsvRow]:
    line = 2
    for cells in reader:
        if any(cell.strip() for cell in cells):
            extra = {"": "more"} if len(cells) > len(names) else {}
            yield CsvRow(line, {**dict(zip(names, cells, strict=False)), **extra})
        if line > MAX_ROWS:
            raise FileRefused(f"more than {MAX_ROWS} lines: split the file")
        line = getattr(reader, "line_num", line) + 1


def profile_of(row: CsvRow, gazetteer: Gazetteer) -> ProfileState:
    """A row as a profile of version 1. Raises RowRefused with a sentence."""
    cells = {name: clean(value) for name, value in row.cells.items()}
    if "" in cells:
        raise RowRefused("it has more cells than the first line has columns")
    name = clean_line(cells.get("name", ""), limit=200)
    if not name:
        raise RowRefused("it has no name")
    commune = _commune(cells, gazetteer)
    siren = _siren(cells.get("siren", ""))
    return ProfileState(
        id=profile_id(name, commune.insee, siren),
        version=1,
        kind=_one_of("kind", cells.get("kind", ""), KINDS),
        name=name,
        text=_text(cells.get("text", "")),
        language=_one_of("language", cells.get("language", "") or "fr", LANGUAGES),
        insee=commune.insee,
        siren=siren,
        naf=_naf(cells.get("naf", "")),
        size=_one_of("size", cells["size"], SIZES) if cells.get("size") else None,
        themes=tuple(dict.fromkeys(theme.strip() for theme in cells.get("themes", "").split("|") if theme.strip())),
        place=commune.name,
        population=commune.population,
    )


def profile_id(name: str, insee: str, siren: str | None) -> str:
    """The same organisation gets the same id in each import: by SIREN, else by name and commune."""
    natural = siren or f"{comparable(name)}|{insee}"
    return "org-" + hashlib.sha256(natural.encode()).hexdigest()[:20]


def _text(text: str) -> str:
    if len(text) < SHORTEST_TEXT:
        raise RowRefused(f"it has a text of {len(text)} characters; at least {SHORTEST_TEXT} are needed to match it")
    return text[:LONGEST_TEXT]


def _one_of(column: str, value: str, allowed: Sequence[str]) -> str:
    wanted = folded(value)
    if wanted not in allowed:
        raise RowRefused(f"it has the {column} {value[:40]!r}; allowed: {', '.join(allowed)}")
    return wanted


def _siren(text: str) -> str | None:
    number = "".join(text.split())
    if not number:
        return None
    if not siren_number.is_valid(number):
        raise RowRefused(f"it has the SIREN {text[:20]!r}, which is not valid")
    return str(siren_number.compact(number))


def _naf(text: str) -> str | None:
    return clean_line(text, limit=10).upper() or None


def _commune(cells: Mapping[str, str], gazetteer: Gazetteer) -> Commune:
    insee, name = cells.get("insee", ""), cells.get("commune", "")
    if not insee and not name:
        raise RowRefused("it has neither commune nor INSEE code")
    found = gazetteer.with_insee(insee) if insee else gazetteer.only(name)
    if found is None:
        raise RowRefused(f"it names a commune that is not of the territory: {(insee or name)[:60]!r}")
    return found
