"""The rows of a spreadsheet under its named columns, whatever file they came in."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.ingest.domain.refused import FileRefused
from services.ingest.domain.words import folded

MAX_ROWS = 100_000
_PREFIXED = re.compile(r"'+[=+\-@\t\r\n]")


@dataclass(frozen=True)
class Line:
    """One line of a file as an editor numbers it."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Row:
    """A row of the file, by column, with the number of its line as an editor shows it; `""` holds what is too much."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Columns:
    """The columns a file may have; one at least of `either`, when there are some."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    either: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.required, *self.either, *self.optional)


def named_rows(lines: Iterable[Line], columns: Columns, *, most: int = MAX_ROWS) -> list[Row]:
    """The rows that hold something. Raises FileRefused when the first line does not name the columns."""
    found = iter(lines)
    first = next(found, Line(1, ()))
    names = [folded(name).replace(" ", "_") for name in _without_empty_end(first.cells)]
    _check_names(names, columns)
    rows: list[Row] = []
    for line in found:
        if not any(cell.strip() for cell in line.cells):
            continue
        if len(rows) == most:
            raise FileRefused("too_many_rows", limit=most)
        extra = {"": "more"} if any(cell.strip() for cell in line.cells[len(names) :]) else {}
        cells = {name: without_prefix(cell) for name, cell in zip(names, line.cells, strict=False)}
        rows.append(Row(line.number, {**cells, **extra}))
    return rows


def without_prefix(cell: str) -> str:
    """The cell as it was before an export kept a spreadsheet from taking it for a formula."""
    return cell[1:] if _PREFIXED.match(cell) else cell


def csv_lines(text: str) -> Iterator[Line]:
    """The lines of a CSV text with `;`, `,` or tabs. Raises FileRefused."""
    text = text.lstrip("\ufeff")
    header = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=header.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            yield Line(number, cells)
            number = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused("not_csv", line=reader.line_num, why=error) from error


def _without_empty_end(cells: Sequence[str]) -> Sequence[str]:
    """Spreadsheets save empty columns after the last one used."""
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def _check_names(names: Sequence[str], columns: Columns) -> None:
    missing = [name for name in columns.required if name not in names]
    if columns.either and not any(name in names for name in columns.either):
        missing.append(f"{columns.either[0]} (or {', '.join(columns.either[1:])})")
    unknown = [name[:40] for name in names if name not in columns.all]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [
        f"missing: {', '.join(missing)}" if missing else "",
        f"unknown: {', '.join(name or '(empty)' for name in unknown[:10])}" if unknown else "",
        f"given twice: {', '.join(twice)}" if twice and not unknown else "",
    ]
    if any(problems):
        told = "; ".join(problem for problem in problems if problem)
        listed = {"missing": ", ".join(missing), "unknown": ", ".join(unknown[:10]), "twice": ", ".join(twice)}
        raise FileRefused("columns", columns=", ".join(columns.all), problems=told, **listed)
