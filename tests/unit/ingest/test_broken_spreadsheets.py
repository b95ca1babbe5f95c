"""Files that are not what they seem: each is refused in a sentence, or read as far as it is sound."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime

import pytest

from services.ingest.domain.importing import candidates_in
from services.ingest.domain.profile_rows import COLUMNS as OURS
from services.ingest.domain.refused import FileRefused
from services.ingest.domain.sheets import named_rows
from services.ingest.reference import gazetteer
from services.ingest.spreadsheets import Limits, read_lines
from tests.unit.ingest.workbooks import (
    BOMB,
    COLUMNS,
    GOOD,
    HEADER,
    TEXT,
    csv,
    rewritten,
    sheet_of,
    text_cells,
    with_sheet,
    xlsx,
)

PLACES = gazetteer("35")
SMALL = Limits(size=3_000_000, unpacked=5_000_000, rows=500)


def archive(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, part in parts.items():
            made.writestr(name.replace("__", "."), part)
    return content.getvalue()


def encrypted(content: bytes) -> bytes:
    """The archive with every entry flagged as encrypted."""
    return content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")


def tried(content: bytes) -> tuple[int, list[str], str]:
    """How many rows were understood, why others were not, and why the whole file was not."""
    try:
        found, refused = candidates_in(named_rows(read_lines(content, SMALL), OURS, most=SMALL.rows), PLACES)
    except FileRefused as error:
        return 0, [], str(error)
    return len(found), [line.sentence for line in refused], ""


WHOLE: Mapping[str, bytes] = {
    "empty": b"",
    "only spaces": b"   \n \n",
    "only a mark": b"\xef\xbb\xbf",
    "a NUL": csv(COLUMNS, GOOD) + b"\x00",
    "an image": b"\x89PNG\r\n\x1a\n\x00\x00",
    "a PDF": b"%PDF-1.7\n1 0 obj\n",
    "an HTML page": b"<!doctype html><html><body>Connexion</body></html>",
    "JSON": b'{"name": "A", "kind": "business"}',
    "UTF-16": csv(COLUMNS, GOOD, encoding="utf-16"),
    "UTF-32": csv(COLUMNS, GOOD, encoding="utf-32"),
    "an old XLS": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "an ODS": archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content__xml=b"<a/>"),
    "a Word file": archive(word__xml=b"<a/>"),
    "an empty archive": archive(),
    "a truncated archive": xlsx(COLUMNS, GOOD)[:-400],
    "half an archive": xlsx(COLUMNS, GOOD)[:2000],
    "only a magic number": b"PK\x03\x04",
    "a locked archive": encrypted(xlsx(COLUMNS, GOOD)),
    "a bomb": rewritten(lambda name, part: b" " * 40_000_000 if name == "xl/worksheets/sheet1.xml" else part),
    "too large": csv(COLUMNS, GOOD) + b"x" * 3_000_000,
    "entities": with_sheet(BOMB),
    "no sheet": rewritten(lambda name, part: None if name.startswith("xl/worksheets") else part),
    "no workbook": rewritten(lambda name, part: None if name == "xl/workbook.xml" else part),
    "no content types": rewritten(lambda name, part: None if name == "[Content_Types].xml" else part),
    "a sheet that is no XML": with_sheet(b"name,kind"),
    "a sheet that ends early": with_sheet(b"<worksheet><sheetData><row><c>"),
    "an empty sheet": sheet_of(""),
    "a sheet with one cell": sheet_of(text_cells(1, ("name",))),
    "shared strings that are not there": sheet_of('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'),
    "a number that is none": sheet_of(HEADER + '<row r="2"><c r="A2"><v>abc</v></c></row>'),
    "a hundred columns": sheet_of(
        '<row r="1">' + "".join(f'<c t="inlineStr"><is><t>c{n}</t></is></c>' for n in range(100)) + "</row>"
    ),
    "rows far apart": sheet_of(HEADER + text_cells(900_000, GOOD)),
    "a header in French": csv(("nom", "type", "texte", "commune"), GOOD),
    "no commune": csv(("name", "kind", "text"), GOOD[:3]),
    "a column twice": csv((*COLUMNS, "name"), (*GOOD, "B")),
    "an unknown column": csv((*COLUMNS, "phone"), (*GOOD, "0")),
    "a header after a title": csv(("Liste des entreprises",), COLUMNS, GOOD),
    "a quote left open": csv(COLUMNS, ('"Fromagerie', *GOOD[1:])),
    "a quote inside a cell": csv(COLUMNS, ('"From" agerie', *GOOD[1:])),
    "a cell larger than a CSV takes": csv(COLUMNS, (GOOD[0], GOOD[1], "é" * 140_000, GOOD[3])),
    "too many rows": csv(COLUMNS, *[GOOD] * 501),
    "too many rows of a workbook": xlsx(COLUMNS, *[GOOD] * 501),
    "two thousand columns": csv(tuple(f"c{n}" for n in range(2000)), GOOD),
}
ROWS: Mapping[str, tuple[object, ...]] = {
    "no name": ("", *GOOD[1:]),
    "a name of spaces": ("   ", *GOOD[1:]),
    "a name of control characters": ("\x07\x1f", *GOOD[1:]),
    "no kind": (GOOD[0], "", *GOOD[2:]),
    "a kind of nobody": (GOOD[0], "banque", *GOOD[2:]),
    "a huge kind": (GOOD[0], "b" * 30_000, *GOOD[2:]),
    "no text": (*GOOD[:2], "", GOOD[3]),
    "a text too short": (*GOOD[:2], "Du fromage.", GOOD[3]),
    "no commune": (*GOOD[:3], ""),
    "a commune of elsewhere": (*GOOD[:3], "Lutèce"),
    "a postcode of several": (*GOOD[:3], "35360"),
    "one cell": ("Fromagerie",),
    "one cell too many": (*GOOD, "de trop"),
    "an error as name": ("#REF!", "#N/A", "#VALUE!", "#NAME?"),
    "numbers everywhere": ("1", "2", "3", "4"),
    "not a number": ("nan", "nan", "nan", "nan"),
    "markup": ("<b>A</b>", "<script>", TEXT, "<i>"),
    "the header again": COLUMNS,
    "a null": ("NULL", "null", "NULL", "NULL"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_no_list_of_profiles_is_refused_in_a_sentence(name: str) -> None:
    understood, refused, whole = tried(WHOLE[name])
    assert (understood, refused) == (0, [])
    assert len(whole) > 10


@pytest.mark.parametrize("make", [csv, xlsx], ids=["csv", "xlsx"])
@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_is_refused_alone(name: str, make: object) -> None:
    row = tuple("".join(c for c in str(cell) if c >= " ") if make is xlsx else str(cell) for cell in ROWS[name])
    understood, refused, whole = tried(make(COLUMNS, GOOD, row, ("B", *GOOD[1:])))  # type: ignore[operator]
    assert (understood, whole) == (2, "")
    assert len(refused) == 1
    assert refused[0].startswith("it ")


def test_what_a_spreadsheet_makes_of_numbers_and_days_is_read_as_people_see_it() -> None:
    rows = named_rows(
        read_lines(xlsx((*COLUMNS, "siren", "themes"), (*GOOD, 732829320.0, datetime(2027, 1, 31))), SMALL),  # noqa: DTZ001
        OURS,
    )
    assert (rows[0].cells["siren"], rows[0].cells["themes"]) == ("732829320", "2027-01-31")


def test_a_formula_counts_by_its_last_value() -> None:
    cells = "".join(f'<c r="{chr(65 + n)}2" t="str"><f>A1</f><v>{cell}</v></c>' for n, cell in enumerate(GOOD))
    assert tried(sheet_of(f'{HEADER}<row r="2">{cells}</row>')) == (1, [], "")


def test_columns_and_rows_left_empty_by_a_spreadsheet_do_not_count() -> None:
    assert tried(xlsx((*COLUMNS, None, None), (None,) * 6, GOOD)) == (1, [], "")
    assert tried(csv((*COLUMNS, "", ""), ("", "", "", "", "", ""), (*GOOD, "", ""))) == (1, [], "")


def test_tabs_part_cells_too() -> None:
    assert tried("\n".join("\t".join(row) for row in (COLUMNS, GOOD)).encode()) == (1, [], "")
