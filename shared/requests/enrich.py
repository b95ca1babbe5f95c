"""What ingest is asked to find about an organisation that is about to declare itself."""

from typing import Literal

from pydantic import Field

from shared.events import Language, OrganisationKind
from shared.requests.base import Reply, Request


class CompanyFound(Reply):
    """What the directory knows; empty fields are for its people to type.

    refused: `number` (neither a SIREN nor a SIRET), `unknown` (the directory has none of it), `unreachable`.
    `place` is the commune's name when it is one of the territory.
    """

    siren: str = ""
    name: str | None = None
    naf: str | None = None
    naf_label: str | None = None
    size: Literal["micro", "small", "medium", "large"] | None = None
    kind: OrganisationKind | None = None
    address: str | None = None
    insee: str | None = None
    place: str | None = None
    is_closed: bool = False
    is_person: bool = Field(default=False, description="a sole trader: name and address are left out")
    is_withheld: bool = Field(default=False, description="its people asked that it not be spread: nothing is given")


class LookUpCompany(Request):
    """Look a SIREN or a SIRET up in the directory of companies, as somebody typed it."""

    subject, owner, reply = "question.ingest.company", "ingest", CompanyFound

    number: str


class DraftStarted(Reply):
    """refused: `address` (no website that we read), `busy` (too many readings wait)."""

    id: str = ""


class StartDraft(Request):
    """Begin to read a website for a draft; it takes up to a minute. Ask with AskDraft how far it is."""

    subject, owner, reply = "command.ingest.start_draft", "ingest", DraftStarted

    url: str


class Draft(Reply):
    """A draft as it stands. refused: `unknown` (never begun, or forgotten since).

    `problem`, when it failed: `unreachable`, `unwelcome` (robots.txt), `empty` (no text to propose).
    """

    state: Literal["pending", "ready", "failed"] = "pending"
    site: str = ""
    pages: int = Field(default=0, description="read so far")
    text: str = ""
    language: Language = "fr"
    problem: Literal["unreachable", "unwelcome", "empty"] | None = None


class AskDraft(Request):
    """How far the reading of a website is, and the draft once it is there."""

    subject, owner, reply = "question.ingest.draft", "ingest", Draft

    id: str
