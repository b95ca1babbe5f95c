"""The lines of a file that a spreadsheet saves: CSV or XLSX, bounded in bytes, rows and cells; formulas as values."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from charset_normalizer import from_bytes
from openpyxl import load_workbook

from services.ingest.domain.refused import FileRefused
from services.ingest.domain.sheets import MAX_ROWS, Line, csv_lines

ZIP, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
MAX_COLUMNS = 60
MAX_CELL = 40_000
MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """The most a file may hold; `unpacked` is what a zipped one becomes."""

    size: int = 50 * MB
    unpacked: int = 200 * MB
    rows: int = MAX_ROWS


def read_lines(content: bytes, limits: Limits) -> Iterator[Line]:
    """The lines of a file, read as they are asked for. Raises FileRefused, at once or on the way."""
    if len(content) > limits.size:
        raise FileRefused("too_large", limit=limits.size // MB)
    if content.startswith(OLD_OFFICE):
        raise FileRefused("old_format", format="XLS (or protected)")
    return _xlsx_lines(content, limits) if content.startswith(ZIP) else csv_lines(decode(content))


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a mark, or as Western spreadsheets save it. Raises FileRefused."""
    if b"\x00" in content:
        raise FileRefused("not_text")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        guess = from_bytes(content, cp_isolation=["cp1252"]).best()
    if guess is None:
        raise FileRefused("encoding")
    return str(guess)


def _xlsx_lines(content: bytes, limits: Limits) -> Iterator[Line]:
    """The lines of the first sheet. openpyxl raises anything for a file that is not what it seems: a refusal here."""
    try:
        _check_archive(content, limits)
        yield from _sheet_lines(content, limits)
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused("unreadable", why=type(error).__name__) from error


def _check_archive(content: bytes, limits: Limits) -> None:
    """What the archive says it unpacks to: zipfile never unpacks more than that."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if "content.xml" in names and "mimetype" in names:
            raise FileRefused("old_format", format="ODS")
        if any(entry.flag_bits & 0x1 for entry in entries):
            raise FileRefused("locked")
        if sum(entry.file_size for entry in entries) > limits.unpacked:
            raise FileRefused("too_large_inside", limit=limits.unpacked // MB)


def _sheet_lines(content: bytes, limits: Limits) -> Iterator[Line]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns about parts of the file that hold no cell
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), book.worksheets[0])
        sheet.reset_dimensions()  # what a sheet says of its own size is often wrong
        for number, values in enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1), start=1):
            if number > limits.rows + 1:
                raise FileRefused("too_many_rows", limit=limits.rows)
            if len(values) > MAX_COLUMNS and values[MAX_COLUMNS] is not None:
                raise FileRefused("too_many_columns", limit=MAX_COLUMNS)
            yield Line(number, [_written(value) for value in values])
    finally:
        book.close()


def _written(value: object) -> str:
    """A cell as a person reads it: whole numbers without a point, days as ISO dates."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)[:MAX_CELL]
