"""What ingest is asked about partnership requests: what a partner territory looks for, entered by staff."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events import Language, OrganisationKind
from shared.requests.base import Reply, Request


class WantedPartnership(BaseModel):
    """What somebody elsewhere looks for, as staff entered it; `contact` names the service of the office that answers.

    No address or number of a person: texts travel in facts, and the office answers.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str = ""
    organisation: str = ""
    country: str = ""
    place: str = ""
    need: str = ""
    outcome: str = ""
    themes: tuple[str, ...] = ()
    audience: tuple[OrganisationKind, ...] = ()
    deadline: date | None = None
    language: Language = "fr"
    contact: str = ""


class FieldProblem(BaseModel):
    """Why one field cannot be kept: a code with what it is filled with, and the sentence."""

    field: str
    code: str
    values: dict[str, str] = Field(default={})
    sentence: str = ""


class PartnershipSaved(Reply):
    """refused: `invalid` (see `problems`), `known` (the same request is there), `unknown`, `busy` (try again)."""

    id: str | None = None
    problems: tuple[FieldProblem, ...] = ()


class SavePartnership(Request):
    """Keep a partnership request and tell it: a new one without id; one that was withdrawn opens again."""

    subject, owner, reply = "command.ingest.save_partnership", "ingest", PartnershipSaved

    wanted: WantedPartnership
    id: str | None = None
    by: str


class WithdrawPartnership(Request):
    """Take a partnership request back. refused: `unknown`, `busy` (try again)."""

    subject, owner, reply = "command.ingest.withdraw_partnership", "ingest", Reply

    id: str
    by: str


class HeldPartnership(BaseModel):
    """A partnership request as it stands."""

    id: str
    wanted: WantedPartnership
    version: int
    state: Literal["open", "withdrawn", "past"]
    changed_at: AwareDatetime


class Partnerships(Reply):
    """Some of the partnership requests, the latest changed first; `total` is how many were asked for."""

    total: int = 0
    partnerships: tuple[HeldPartnership, ...] = ()


class AskPartnerships(Request):
    """Partnership requests, or the one of an id."""

    subject, owner, reply = "question.ingest.partnerships", "ingest", Partnerships

    id: str | None = None
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=20, ge=1, le=20)
