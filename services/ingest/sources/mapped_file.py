"""The file that describes a JSON source without code: where its records are, and where in a record to find what.

`docs/source-file.schema.json` is its JSON Schema.
"""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import httpx
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from shared.events import OpportunityKind, OpportunityStatus, OrganisationKind
from shared.settings import SettingsError

SETTING = "PASSERELLE_SOURCE_FILES"
_SENSITIVE = re.compile(r"auth|cookie|key|token|secret|password", re.IGNORECASE)


class Part(BaseModel):
    """A piece of the file; an unknown name in it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _is_date_format(form: str) -> str:
    day = datetime(2026, 12, 24)  # noqa: DTZ001 - only its day is compared
    if datetime.strptime(day.strftime(form), form).date() != day.date():  # noqa: DTZ007 - the same
        raise ValueError(f"{form!r} does not read a whole day, as %d/%m/%Y does")
    return form


Path_ = Annotated[str, Field(pattern=r"^[^.]+(\.[^.]+)*$", max_length=200, description="names joined by dots")]
Paths = Annotated[
    tuple[Path_, ...],
    BeforeValidator(lambda at: [at] if isinstance(at, str) else at, json_schema_input_type=Path_ | list[Path_]),
    Field(min_length=1, description="where to look in a record; lists on the way are walked through"),
]
DateFormat = Annotated[str, AfterValidator(_is_date_format)]


def _as_found_at(given: object) -> object:
    return {"at": given} if isinstance(given, str | list) else given


class Text(Part):
    """A text: found in one place, or in several and joined; or the same for all."""

    at: Paths | None = None
    constant: str | None = Field(default=None, min_length=1)
    html: bool = Field(default=False, description="markup is removed and entities are read")
    before: str = Field(default="", description="put before what is found, such as the beginning of an address")

    @model_validator(mode="after")
    def _one_of_both(self) -> "Text":
        if (self.at is None) == (self.constant is None):
            raise ValueError("give either `at` or `constant`")
        return self


class Words(Part):
    """Several words, from lists or from one text cut at `split`."""

    at: Paths
    split: str | None = Field(default=None, min_length=1)
    html: bool = False


class Audience(Words):
    """Who may apply. Words that are not in `map` are understood as those of aides-territoires are."""

    map: dict[str, OrganisationKind | None] = Field(
        default_factory=dict, description="null for those who are no organisations here"
    )


class Status(Part):
    """Whether one can apply, by the source's words."""

    at: Path_
    map: dict[str, OpportunityStatus] = Field(min_length=1)
    otherwise: OpportunityStatus | None = Field(default=None, description="for any other word; without it, refused")


class Dates(Part):
    """Days or moments: ISO 8601, or in `formats` as strptime's, with months named in the file's language."""

    at: Paths
    formats: tuple[DateFormat, ...] = ()


class Amount(Part):
    """A number of euros, also one written out such as `1 500 €`."""

    at: Path_


def _or_path(kind: type[Part]) -> Any:
    """A piece that may be written as its path alone."""
    return BeforeValidator(_as_found_at, json_schema_input_type=str | list[str] | kind)


TextField = Annotated[Text, _or_path(Text)]
WordsField = Annotated[Words, _or_path(Words)]
DatesField = Annotated[Dates, _or_path(Dates)]
AmountField = Annotated[Amount, _or_path(Amount)]


class Fields(Part):
    """Where each field of an opportunity is found in a record."""

    key: TextField = Field(description="what the source knows the record by, the same for ever")
    title: TextField
    text: TextField | None = None
    expected_outcome: TextField | None = None
    scope: TextField | None = None
    programme: TextField | None = None
    call_title: TextField | None = None
    instrument: TextField | None = None
    url: TextField | None = None
    status: Status | None = None
    opens_on: DatesField | None = None
    deadlines: DatesField | None = None
    budget_min: AmountField | None = None
    budget_max: AmountField | None = None
    audience: Annotated[Audience, _or_path(Audience)] | None = None
    themes: WordsField | None = None
    keywords: WordsField | None = None
    places: WordsField | None = None


class Pages(Part):
    """Pages by their number in the address, until one is empty or short, or all that is announced was read."""

    by: Literal["number"]
    parameter: str = Field(default="page", min_length=1)
    first: int = Field(default=1, ge=0)
    size: int | None = Field(default=None, ge=1, le=10_000, description="records on a full page")
    size_parameter: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _size_is_told(self) -> "Pages":
        if self.size_parameter and self.size is None:
            raise ValueError("`size_parameter` needs `size`")
        return self


class Links(Part):
    """Pages by the address of the next one, in the body; null or nothing on the last page."""

    by: Literal["link"]
    at: Path_ = "next"


class FromSecret(Part):
    """A value that does not stand in the file: `secret` names a member of PASSERELLE_SOURCE_SECRETS."""

    secret: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")
    before: str = Field(default="", pattern=r"^[ -~]*$", description="such as `Bearer `")


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]
HeaderValue = Annotated[str, Field(pattern=r"^[ -~]*$", max_length=1000)]


class SourceFile(Part):
    """One JSON source."""

    schema_: str | None = Field(default=None, alias="$schema")
    name: str = Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", min_length=2, max_length=40)
    title: str = Field(min_length=1, max_length=200)
    url: str = Field(max_length=2000)
    headers: dict[HeaderName, HeaderValue | FromSecret] = Field(default_factory=dict)
    any_content_type: bool = Field(default=False, description="read the answer as JSON whatever it is said to be")
    records: str = Field(pattern=r"^([^.]+(\.[^.]+)*)?$", description="path of the list; empty when the body is it")
    total: Path_ | None = Field(default=None, description="path of the number of records that are announced")
    paging: Annotated[Pages | Links, Field(discriminator="by")] | None = None
    kind: OpportunityKind = "call"
    language: Literal["fr", "en"]
    timezone: str = "Europe/Paris"
    authority: int = Field(default=40, ge=0, le=100)
    shows_latest_only: bool = False
    fields: Fields

    @field_validator("url")
    @classmethod
    def _is_web(cls, value: str) -> str:
        try:
            url = httpx.URL(value)
        except httpx.InvalidURL as error:
            raise ValueError("not an address") from error
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ValueError("give an http or https address, without a user in it")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone, such as Europe/Paris") from error
        return value

    @field_validator("headers")
    @classmethod
    def _no_secret_in_the_file(cls, value: dict[str, str | FromSecret]) -> dict[str, str | FromSecret]:
        for name, given in value.items():
            if isinstance(given, str) and _SENSITIVE.search(name):
                raise ValueError(
                    f'{name} looks like a secret: write {{"secret": "…"}} and set PASSERELLE_SOURCE_SECRETS'
                )
        return value

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(given.secret for given in self.headers.values() if isinstance(given, FromSecret))

    @property
    def asks_for_one_document(self) -> bool:
        return self.paging is None


def read_files(folder: Path, *, taken: tuple[str, ...]) -> tuple[SourceFile, ...]:
    """The files of a folder, by their names. Raises SettingsError with every problem of every file.

    taken: names that other sources have.
    """
    if not folder.is_dir():
        raise SettingsError([f"{SETTING}: {folder} is not a folder"])
    problems: list[str] = []
    read: dict[str, SourceFile] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            file = read_file(path)
        except SettingsError as error:
            problems += error.problems
            continue
        if file.name in taken or file.name in read:
            problems.append(f"{SETTING}: {path.name}: name: there is another source named {file.name}")
        read[file.name] = file
    if problems:
        raise SettingsError(problems)
    return tuple(read.values())


def read_file(path: Path) -> SourceFile:
    """One file. Raises SettingsError with a sentence for each thing to mend, by file and field."""
    try:
        given = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{SETTING}: {path.name}: cannot be read as UTF-8 ({type(error).__name__})"]) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError([f"{SETTING}: {path.name}: not JSON ({error})"]) from error
    try:
        return SourceFile.model_validate(given)
    except ValidationError as error:
        told = error.errors(include_input=False, include_url=False)
        raise SettingsError([_sentence(path, problem) for problem in told]) from error


def _sentence(path: Path, problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    message = problem["msg"].removeprefix("Value error, ")
    return f"{SETTING}: {path.name}: {place}: {message}" if place else f"{SETTING}: {path.name}: {message}"
