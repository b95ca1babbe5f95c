"""Partnership requests in a spreadsheet: its columns, what makes a row one, and how one is written."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import get_args

from services.ingest.domain.partnerships import problems_of, tidy
from services.ingest.domain.refused import RowRefused
from services.ingest.domain.sheets import Columns, Row
from services.ingest.domain.words import clean, folded
from shared.events import Language, OrganisationKind
from shared.requests import WantedPartnership

COLUMNS = Columns(
    required=("title", "organisation", "country", "need"),
    optional=("place", "outcome", "themes", "audience", "deadline", "language", "contact", "id"),
)
DAYS = ("%Y-%m-%d", "%d/%m/%Y")


def wanted_in(row: Row, now: datetime) -> WantedPartnership:
    """A row as a partnership request fit to be told. Raises RowRefused."""
    cells = {name: clean(value) for name, value in row.cells.items()}
    if "" in cells:
        raise RowRefused("too_many_cells")
    texts = {
        name: cells.get(name, "")
        for name in ("title", "organisation", "country", "place", "need", "outcome", "contact")
    }
    wanted = tidy(
        WantedPartnership.model_validate(
            {
                **texts,
                "themes": tuple(cells.get("themes", "").split("|")),
                "audience": _audience(cells),
                "deadline": _day(cells.get("deadline", "")),
                "language": _one_of("language", cells.get("language", "") or "fr", get_args(Language)),
            }
        )
    )
    for problem in problems_of(wanted, now).values():
        raise problem
    return wanted


def cells_of(id_: str, wanted: WantedPartnership) -> tuple[str, ...]:
    """A partnership request as a row, in the order of `COLUMNS.all`."""
    return (
        wanted.title,
        wanted.organisation,
        wanted.country,
        wanted.need,
        wanted.place,
        wanted.outcome,
        "|".join(wanted.themes),
        "|".join(wanted.audience),
        wanted.deadline.isoformat() if wanted.deadline else "",
        wanted.language,
        wanted.contact,
        id_,
    )


def fields_changed(before: WantedPartnership, after: WantedPartnership) -> tuple[str, ...]:
    return tuple(name for name in WantedPartnership.model_fields if getattr(before, name) != getattr(after, name))


def _audience(cells: Mapping[str, str]) -> tuple[str, ...]:
    named = [part for part in cells.get("audience", "").split("|") if part.strip()]
    return tuple(_one_of("audience", part, get_args(OrganisationKind)) for part in named)


def _one_of(column: str, value: str, allowed: tuple[str, ...]) -> str:
    wanted = folded(value)
    if wanted not in allowed:
        raise RowRefused("not_one_of", column=column, value=repr(value[:40]), allowed=", ".join(allowed))
    return wanted


def _day(text: str) -> date | None:
    if not text:
        return None
    for written in DAYS:
        try:
            return datetime.strptime(text[:10], written).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise RowRefused("day", value=repr(text[:20]))
