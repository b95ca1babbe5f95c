"""What ingest is asked: sources, places, profiles."""

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


class SourceSummary(BaseModel):
    """One source as it stands."""

    name: str
    enabled: bool
    opportunities: int
    last_complete_at: AwareDatetime | None = None
    next_run_at: AwareDatetime | None = None
    problem: str | None = None


class Harvests(Reply):
    """Sources, their latest harvests newest first, and rows set aside, by reason."""

    sources: tuple[SourceSummary, ...] = ()
    harvests: tuple[HarvestSummary, ...] = ()
    quarantined: dict[str, int] = Field(default={})


class AskHarvests(Request):
    """What was read lately, for staff."""

    subject, owner, reply = "question.ingest.harvests", "ingest", Harvests

    limit: int = Field(default=30, ge=1, le=200)


class HarvestNow(Request):
    """Read a source at the next occasion. refused: `unknown_source`, `running`."""

    subject, owner, reply = "command.ingest.harvest_now", "ingest", Reply

    source: str


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
