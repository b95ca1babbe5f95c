"""Ingest, put together: which fact, question and hour goes where."""

from datetime import timedelta
from pathlib import Path

from services.ingest.answers import Answers
from services.ingest.desks import Desks
from services.ingest.directory import Directory
from services.ingest.draft_store import DraftStore
from services.ingest.drafting import Drafting
from services.ingest.finding import Finding
from services.ingest.handlers import Handlers
from services.ingest.harvest import harvester
from services.ingest.import_desk import TIDY_EVERY
from services.ingest.jobs import HARVEST_CRON, Jobs
from services.ingest.profile_store import ProfileStore
from services.ingest.reference import gazetteer
from services.ingest.settings import IngestSettings
from services.ingest.sources import enabled_sources, sources_of
from services.ingest.tables import messages, metadata
from services.ingest.watch import WatchStore
from services.ingest.watch_desk import WatchDesk
from services.ingest.websites import Websites
from shared.events import OrganisationDeclared, OrganisationWithdrawn
from shared.requests import (
    AskDraft,
    AskHarvests,
    FindCommunes,
    HarvestNow,
    LookUpCompany,
    ReleaseRecord,
    SplitCopy,
    StartDraft,
)
from shared.service import Context, Job, Parts, Service


def build(context: Context) -> Parts:
    """The routing table. Raises SettingsError when the territory has no tables, or a mapping file is wrong."""
    settings: IngestSettings = context.settings
    places = gazetteer(settings.departement)
    handlers = Handlers(ProfileStore(context.database, context.outbox), places, context.clock)
    jobs = Jobs(harvester(context), enabled_sources(settings), sources=sources_of(settings))
    store, harvests = jobs.harvester.store, jobs.harvester.harvests
    desk = WatchDesk(store, harvests, context.clock)
    answers = Answers(jobs, places, WatchStore(context.database), desk, context.common.timezone)
    desks = Desks.of(context, places)
    finding = Finding(Directory(settings, context.clock), places)
    websites = Websites(context.clock, contact=settings.contact)
    drafting = Drafting(DraftStore(context.database), websites, context.clock)
    return Parts(
        handlers={
            OrganisationDeclared: handlers.on_organisation_declared,
            OrganisationWithdrawn: handlers.on_organisation_withdrawn,
        },
        requests={
            AskHarvests: answers.harvests,
            HarvestNow: answers.harvest_now,
            ReleaseRecord: answers.release_record,
            SplitCopy: answers.split_copy,
            FindCommunes: answers.communes,
            **desks.requests(),
            LookUpCompany: finding.company,
            StartDraft: drafting.start,
            AskDraft: drafting.draft,
        },
        jobs=(
            *(Job(f"harvest-{name}", jobs.asker(name), cron=HARVEST_CRON) for name in jobs.enabled),
            Job("ask-again", jobs.ask_again, every=timedelta(hours=1)),
            Job("look-after-sources", jobs.look_after, every=timedelta(hours=1)),
            Job("forget-drafts", drafting.forget, every=timedelta(hours=1)),
            Job("close-passed", jobs.close_passed, every=timedelta(hours=1)),
            Job("tidy-imports", desks.imports.tidy, every=TIDY_EVERY),
        ),
        workers=(jobs.carry_out, drafting.carry_out),
        opened=jobs.opened,
    )


service = Service(
    name="ingest",
    metadata=metadata,
    messages=messages,
    migrations=Path(__file__).parent / "migrations",
    settings=IngestSettings,
    build=build,
)
