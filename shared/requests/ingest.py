"""What ingest is asked: sources, places, profiles."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, Field

from shared.requests.base import Reply, Request


class HarvestSummary(BaseModel):
    """One reading of a source; counts by outcome (new, amended, closed, unchanged, quarantined, refused…)."""

    source: str
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    complete: bool
    seen: int
    counts: dict[str, int] = Field(default={})
    problem: str | None = None


class DayOfSource(BaseModel):
    """One day of a source: rows seen by its fullest harvest, changes of all harvests together."""

    day: date
    seen: int
    new: int
    amended: int
    closed: int
    set_aside: int
    harvests: int
    complete: int


class SourceSummary(BaseModel):
    """One source as it stands. `alarm` is what is wrong since `alarm_since`; `problem` what the last harvest said."""

    name: str
    enabled: bool
    opportunities: int
    last_complete_at: AwareDatetime | None = None
    next_run_at: AwareDatetime | None = None
    problem: str | None = None
    is_running: bool = False
    lacks: str | None = None
    alarm: str | None = None
    alarm_since: AwareDatetime | None = None
    many_vanished: bool = False
    days: tuple[DayOfSource, ...] = ()


class SetAsideRecord(BaseModel):
    """A record set aside; with a reading, staff may let it through."""

    source: str
    key: str
    reason: str
    detail: str
    title: str
    first_at: AwareDatetime
    last_at: AwareDatetime
    can_be_released: bool


class MergedCopy(BaseModel):
    """An opportunity taken for a copy of another one, which is told in its place."""

    id: str
    source: str
    title: str
    told_id: str
    told_title: str


class Harvests(Reply):
    """Sources, their latest harvests newest first, rows set aside by reason and one by one, and copies merged."""

    sources: tuple[SourceSummary, ...] = ()
    harvests: tuple[HarvestSummary, ...] = ()
    quarantined: dict[str, int] = Field(default={})
    set_aside: tuple[SetAsideRecord, ...] = ()
    merged: tuple[MergedCopy, ...] = ()


class AskHarvests(Request):
    """What was read lately, for staff."""

    subject, owner, reply = "question.ingest.harvests", "ingest", Harvests

    limit: int = Field(default=30, ge=1, le=200)


class HarvestNow(Request):
    """Read a source at the next occasion, even what it says did not change. refused: `unknown_source`, `running`.

    `believe_vanished`: staff looked, and the many that are no longer listed may be asked about one by one.
    """

    subject, owner, reply = "command.ingest.harvest_now", "ingest", Reply

    source: str
    believe_vanished: bool = False


class ReleaseRecord(Request):
    """Let a record through that was set aside. refused: `unknown`, `unreadable`."""

    subject, owner, reply = "command.ingest.release_record", "ingest", Reply

    source: str
    key: str
    reason: str


class SplitCopy(Request):
    """Tell by itself, for good, what was taken for a copy of another opportunity. refused: `not_merged`."""

    subject, owner, reply = "command.ingest.split_copy", "ingest", Reply

    opportunity_id: str


class Commune(BaseModel):
    """A commune of the territory."""

    insee: str
    name: str
    postcodes: tuple[str, ...]
    population: int


class Communes(Reply):
    """Communes that answer a name, a postcode or an INSEE code, best first."""

    communes: tuple[Commune, ...] = ()


class FindCommunes(Request):
    """Look a commune up as people write it; an empty text gives them all, by name."""

    subject, owner, reply = "question.ingest.communes", "ingest", Communes

    text: str = ""
    limit: int = Field(default=10, ge=1, le=400)
