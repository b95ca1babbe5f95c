"""Fictional opportunities and organisations, so that a newcomer sees matches and mails without internet."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from services.ingest.domain.changes import Decision, Known, withdrawn
from services.ingest.domain.deadlines import BRUSSELS, CLOSING_TIME, brussels_day
from services.ingest.domain.readings import as_version, opportunity_id
from services.ingest.handlers import described
from services.ingest.profile_store import ProfileStore
from services.ingest.reference import gazetteer
from services.ingest.store import Save, Store
from shared.events import OpportunityKind, OpportunityState, OrganisationKind, OrganisationState
from shared.service import Context

SOURCE = "samples"
SAMPLE_ORGANISATION_IDS = (
    "sample-laiterie",
    "sample-couesnon",
    "sample-jeunesse",
    "sample-numerique",
    "sample-voile",
    "sample-lycee",
    "sample-algues",
    "sample-coiffure",
)


class SampleOpportunity(BaseModel):
    """One entry of opportunities.json; its deadline counts from the day it is loaded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    kind: OpportunityKind
    language: str
    deadline_in_days: int = Field(ge=20)
    programme: str
    themes: tuple[str, ...]
    title: str
    text: str
    expected_outcome: str
    scope: str
    audience: tuple[OrganisationKind, ...]
    places: tuple[str, ...]
    keywords: tuple[str, ...]
    budget_min: int | None
    budget_max: int | None
    instrument: str

    def as_opportunity(self, now: datetime) -> OpportunityState:
        today = brussels_day(now)
        deadline = datetime.combine(today + timedelta(days=self.deadline_in_days), CLOSING_TIME, tzinfo=BRUSSELS)
        told = self.model_dump(exclude={"key", "deadline_in_days"})
        return OpportunityState.model_validate(
            {
                **told,
                "id": opportunity_id("sample", self.key),
                "version": 1,
                "source": SOURCE,
                "status": "open",
                "opens_on": today - timedelta(days=7),
                "deadlines": (deadline,),
                "is_sample": True,
            }
        )


def sample_opportunities() -> tuple[SampleOpportunity, ...]:
    return tuple(SampleOpportunity.model_validate(entry) for entry in _read("opportunities.json"))


def sample_organisations() -> tuple[OrganisationState, ...]:
    entries = _read("organisations.json")
    return tuple(OrganisationState.model_validate({**entry, "version": 1, "is_sample": True}) for entry in entries)


async def load_samples(context: Context) -> None:
    """Load what is not there yet, and reopen samples that are past; loading twice changes nothing."""
    await _describe_organisations(context)
    await _publish_opportunities(context)


async def remove_samples(context: Context) -> None:
    """Take the samples away: opportunities are withdrawn, profiles removed."""
    store, now = Store(context.database, context.outbox), context.clock()
    known = await store.known(await store.live_ids(source=SOURCE))
    saves = [Save(id_, SOURCE, id_, one.state.version, withdrawn(one, now)) for id_, one in known.items()]
    profiles = ProfileStore(context.database, context.outbox)
    async with context.database.writing() as connection:
        await store.save(connection, saves, now)
        described_before = await profiles.known(connection, SAMPLE_ORGANISATION_IDS)
        gone = [(one.id, one.version + 1) for one in described_before.values() if one.state is not None]
        await profiles.remove(connection, gone, "sample", now)


async def _describe_organisations(context: Context) -> None:
    store, places, now = ProfileStore(context.database, context.outbox), gazetteer("35"), context.clock()
    async with context.database.writing() as connection:
        known = await store.known(connection, SAMPLE_ORGANISATION_IDS)
        news = [
            described(organisation, places).model_copy(update={"version": before.version + 1 if before else 1})
            for organisation in sample_organisations()
            if (before := known.get(organisation.id)) is None or before.state is None
        ]
        await store.describe(connection, news, "sample", now)


async def _publish_opportunities(context: Context) -> None:
    store, now = Store(context.database, context.outbox), context.clock()
    samples = [sample.as_opportunity(now) for sample in sample_opportunities()]
    known = await store.known([sample.id for sample in samples])
    saves = [
        _publication(sample, known.get(sample.id), now) for sample in samples if not _is_live(known.get(sample.id))
    ]
    async with context.database.writing() as connection:
        await store.save(connection, saves, now)


def _is_live(known: Known | None) -> bool:
    return known is not None and known.live


def _publication(sample: OpportunityState, known: Known | None, now: datetime) -> Save:
    upon = known.state.version if known else 0
    state = as_version(sample, version=upon + 1, now=now)
    return Save(sample.id, SOURCE, sample.id, upon, Decision("reopened" if known else "new", state))


def _read(name: str) -> Sequence[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
    return entries
