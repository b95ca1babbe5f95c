"""Reads a page of docs/ the way tests compare it with the code: its headings, and the tables below them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Section:
    """What stands between one heading and the next: the first line of text, and the rows of its table."""

    title: str
    summary: str
    rows: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The first cells, without their backticks."""
        return tuple(row[0].strip("`") for row in self.rows)


def read_sections(path: Path) -> dict[str, Section]:
    """The sections of a page by title; backticks in a title are left aside."""
    sections: dict[str, Section] = {}
    for block in re.split(r"^#{1,4} ", path.read_text(), flags=re.MULTILINE)[1:]:
        title, _, body = block.partition("\n")
        lines = [line for line in body.splitlines() if line.strip()]
        rows = [_cells(line) for line in lines if line.startswith("|")]
        title = title.replace("`", "").strip()
        sections[title] = Section(title, lines[0] if lines else "", tuple(rows[2:]))
    return sections


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
