"""What ingest is asked about spreadsheets: files offered in parts, what they would do, doing it, and undoing it.

A part and a page of rows stay well under the 1 MiB that the broker takes.
"""

from base64 import b64decode, b64encode
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, Field

from shared.requests.base import Reply, Request

Subject = Literal["profiles", "partnerships"]
PART_BYTES = 600_000
MAX_FILE_BYTES = 5_000_000


class ReportLine(BaseModel):
    """What becomes of one row: `new`, `changed`, `unchanged`, `refused`; when undone `restored`, `removed`, `left`.

    `line` is 0 when no line of a file is meant. `code` and `values` are of a refusal, `sentence` says it in English.
    """

    line: int
    outcome: str
    id: str | None = None
    name: str = ""
    fields: tuple[str, ...] = ()
    code: str | None = None
    values: dict[str, str] = Field(default={})
    sentence: str = ""


class ImportSummary(BaseModel):
    """One import; counts by outcome."""

    id: str
    subject: Subject
    filename: str
    status: Literal["offered", "running", "done", "undone"]
    offered_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    undone_at: AwareDatetime | None = None
    counts: dict[str, int] = Field(default={})


class ImportReport(Reply):
    """What a file does, or would do; refusals first, `lines` are 500 at most.

    refused: `unknown`, `file` (the only line says why), `running`, `done`, `undone`.
    """

    summary: ImportSummary | None = None
    lines: tuple[ReportLine, ...] = ()


class OfferPart(Request):
    """One part of a file, before it is looked at. refused: `too_large`, `done`."""

    subject, owner, reply = "command.ingest.offer_part", "ingest", Reply

    import_id: str = Field(min_length=8, max_length=32, pattern="^[0-9a-f]+$")
    about: Subject
    filename: str = Field(max_length=200)
    number: int = Field(ge=0, le=MAX_FILE_BYTES // PART_BYTES)
    content: str = Field(max_length=PART_BYTES * 4 // 3 + 4, description="base64")
    by: str

    @classmethod
    def of(cls, part: bytes, **about: Any) -> Self:
        """The request that carries these bytes."""
        return cls(content=b64encode(part).decode(), **about)

    def part(self) -> bytes:
        """Raises ValueError for what is no base64."""
        return b64decode(self.content, validate=True)


class PreviewImport(Request):
    """What taking an offered file would do now."""

    subject, owner, reply = "question.ingest.preview_import", "ingest", ImportReport

    import_id: str


class TakeImport(Request):
    """Take an offered file: store its good rows and tell them."""

    subject, owner, reply = "command.ingest.take_import", "ingest", ImportReport

    import_id: str
    by: str


class UndoImport(Request):
    """Bring back what was there before an import of profiles."""

    subject, owner, reply = "command.ingest.undo_import", "ingest", ImportReport

    import_id: str
    by: str


class AskImport(Request):
    """The report of an import, kept for 30 days."""

    subject, owner, reply = "question.ingest.import", "ingest", ImportReport

    import_id: str


class Imports(Reply):
    """Imports that were taken, newest first."""

    imports: tuple[ImportSummary, ...] = ()


class AskImports(Request):
    """The latest imports."""

    subject, owner, reply = "question.ingest.imports", "ingest", Imports

    about: Subject
    limit: int = Field(default=10, ge=1, le=100)


class RowsPage(Reply):
    """Rows for an export, in the order of `columns`; `after` is where the next page begins, None at the end."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    after: str | None = None


class AskRows(Request):
    """Some rows of what is kept, to be written in a spreadsheet; none for an empty template."""

    subject, owner, reply = "question.ingest.rows", "ingest", RowsPage

    about: Subject
    after: str = ""
    limit: int = Field(default=500, ge=0, le=2000)
