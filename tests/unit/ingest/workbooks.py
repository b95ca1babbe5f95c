"""Spreadsheets made by hand, sound and broken, for the tests of imports."""

import io
import zipfile
from collections.abc import Callable, Sequence

from openpyxl import Workbook

COLUMNS = ("name", "kind", "text", "commune")
TEXT = "Nous fabriquons du fromage au lait cru et cherchons des partenaires en Europe."
GOOD = ("Fromagerie Exemple", "business", TEXT, "Rennes")


def xlsx(*rows: Sequence[object]) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def csv(*rows: Sequence[str], encoding: str = "utf-8") -> bytes:
    return "\n".join(";".join(row) for row in rows).encode(encoding)


def rewritten(change: Callable[[str, bytes], bytes | None]) -> bytes:
    """A good workbook with its parts changed; None leaves one out."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(COLUMNS, GOOD))) as book, zipfile.ZipFile(content, "w") as made:
        for name in book.namelist():
            if (part := change(name, book.read(name))) is not None:
                made.writestr(name, part, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def with_sheet(sheet: bytes) -> bytes:
    """A workbook whose only sheet is this XML."""
    return rewritten(lambda name, part: sheet if name == "xl/worksheets/sheet1.xml" else part)


def sheet_of(rows: str) -> bytes:
    """A workbook with these rows as XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_sheet(
        f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    )


def text_cells(number: int, cells: Sequence[str]) -> str:
    inner = "".join(
        f'<c r="{chr(65 + n)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for n, cell in enumerate(cells)
    )
    return f'<row r="{number}">{inner}</row>'


HEADER = text_cells(1, COLUMNS)
BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "' + b"&a;" * 50 + b'">]><a>&b;</a>'
