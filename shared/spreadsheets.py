"""Writes spreadsheets, CSV or XLSX, whose cells no program takes for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n]")
MOST_IN_A_CELL = 32_767


def harmless(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would compute; reading it back takes that one away."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a mark and `;` between cells, as French spreadsheets open it."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet of texts; a cell holds 32,767 characters at most."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Passerelle")
    sheet.append(list(columns))
    for row in rows:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", harmless(cell))[:MOST_IN_A_CELL] for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
