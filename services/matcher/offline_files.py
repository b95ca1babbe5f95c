"""The files of `passerelle score` and `evaluate`: one JSON object a line, checked line by line."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from shared.events import OpportunityKind, OpportunityState, OpportunityStatus, OrganisationKind, ProfileState

BRUSSELS = ZoneInfo("Europe/Brussels")


class FileProblem(ValueError):
    """A line that cannot be used; the sentence begins with file:line."""


class Line(BaseModel):
    """Fields that are not known are left aside, so that a file may carry more than what is scored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str = Field(min_length=1)


class ScoredLine(Line):
    """What opportunities and profiles have in common."""

    themes: tuple[str, ...] = ()

    @field_validator("themes", "keywords", "audience", "places", mode="before", check_fields=False)
    @classmethod
    def _list_or_commas(cls, given: object) -> object:
        if given is None:
            return ()
        return tuple(part.strip() for part in given.split(",") if part.strip()) if isinstance(given, str) else given


class OpportunityLine(ScoredLine):
    """One opportunity. A deadline without hour is the end of that day in Brussels."""

    title: str = ""
    description: str = ""
    kind: OpportunityKind = "call"
    programme: str | None = None
    status: OpportunityStatus = "open"
    deadline: date | datetime | None = None
    budget_min: float | None = Field(default=None, allow_inf_nan=False)
    budget_max: float | None = Field(default=None, allow_inf_nan=False)
    language: str = "en"
    audience: tuple[OrganisationKind, ...] = ()
    places: tuple[str, ...] = ()
    instrument: str | None = None
    expected_outcome: str = ""
    scope: str = ""
    keywords: tuple[str, ...] = ()
    call_title: str | None = None

    @field_validator("deadline", mode="before")
    @classmethod
    def _day_or_moment(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        try:
            return (date.fromisoformat(given) if len(given) == 10 else datetime.fromisoformat(given)) if given else None
        except ValueError as error:
            raise ValueError("it must be a day or a moment, such as 2026-11-30") from error

    def state(self) -> OpportunityState:
        return OpportunityState(
            id=self.id,
            version=1,
            kind=self.kind,
            source="file",
            title=self.title,
            text=self.description,
            expected_outcome=self.expected_outcome,
            scope=self.scope,
            language=self.language or "en",
            programme=self.programme,
            call_title=self.call_title,
            status=self.status,
            deadline=_moment(self.deadline),
            budget_min=None if self.budget_min is None else int(self.budget_min),
            budget_max=None if self.budget_max is None else int(self.budget_max),
            audience=self.audience,
            themes=self.themes,
            keywords=self.keywords,
            instrument=self.instrument,
            places=self.places,
        )


class ProfileLine(ScoredLine):
    """One profile."""

    kind: OrganisationKind
    text: str
    naf: str | None = None
    size: str | int | None = None
    insee: str | None = None
    language: str | None = None

    def state(self) -> ProfileState:
        return ProfileState(
            id=self.id,
            version=1,
            kind=self.kind,
            name=self.id,
            text=self.text,
            language="en" if self.language == "en" else "fr",
            insee=self.insee,
            naf=self.naf,
            size=self._size(),
            population=self.size if isinstance(self.size, int) else None,
            themes=self.themes,
        )

    def _size(self) -> Literal["micro", "small", "medium", "large"] | None:
        sizes: tuple[Literal["micro", "small", "medium", "large"], ...] = ("micro", "small", "medium", "large")
        return next((size for size in sizes if size == self.size), None)


class JudgedLine(Line):
    """One profile's grades, by the id of the opportunity: 3 an adviser would phone, 2 relevant, 1 marginal, 0 not."""

    grades: dict[str, Annotated[int, Field(ge=0, le=3)]]


L = TypeVar("L", bound=Line)


def read_lines(path: Path, line_type: type[L]) -> list[L]:
    """The lines of a file, in order. Raises FileProblem: a line that is malformed, or an id that comes twice."""
    seen: dict[str, int] = {}
    lines = []
    for number, text in _numbered(path):
        try:
            line = line_type.model_validate(json.loads(text))
        except ValidationError as error:
            raise FileProblem(f"{path}:{number}: {_first_problem(error)}") from error
        except (ValueError, RecursionError) as error:
            raise FileProblem(f"{path}:{number}: not a JSON object ({error})") from error
        if line.id in seen:
            raise FileProblem(f"{path}:{number}: the id {line.id!r} was already on line {seen[line.id]}")
        seen[line.id] = number
        lines.append(line)
    return lines


def start_of_day(day: date) -> datetime:
    """The moment from which a day is scored."""
    return datetime.combine(day, time(0), tzinfo=BRUSSELS).astimezone(UTC)


def _numbered(path: Path) -> Iterator[tuple[int, str]]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FileProblem(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblem(f"{path}: it cannot be read as UTF-8 text ({error})") from error
    return ((number, text) for number, text in enumerate(content.split("\n"), start=1) if text.strip())


def _first_problem(error: ValidationError) -> str:
    problem: Any = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in problem["loc"])
    sentence = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {sentence}" if place else "not a JSON object"


def _moment(given: date | datetime | None) -> datetime | None:
    if given is None or isinstance(given, datetime):
        return given.replace(tzinfo=BRUSSELS) if isinstance(given, datetime) and given.tzinfo is None else given
    return datetime.combine(given, time(23, 59), tzinfo=BRUSSELS)
