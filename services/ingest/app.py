"""Ingest, put together: which fact, question and hour goes where."""

from datetime import timedelta
from pathlib import Path

from services.ingest.answers import Answers
from services.ingest.directory import Directory
from services.ingest.draft_store import DraftStore
from services.ingest.drafting import Drafting
from services.ingest.finding import Finding
from services.ingest.handlers import Handlers
from services.ingest.harvest import harvester
from services.ingest.jobs import HARVEST_CRON, Jobs
from services.ingest.profile_store import ProfileStore
from services.ingest.reference import gazetteer
from services.ingest.settings import IngestSettings
from services.ingest.tables import messages, metadata
from services.ingest.websites import Websites
from shared.events import OrganisationDeclared, OrganisationWithdrawn
from shared.requests import AskDraft, AskHarvests, FindCommunes, HarvestNow, LookUpCompany, StartDraft
from shared.service import Context, Job, Parts, Service


def build(context: Context) -> Parts:
    """The routing table. Raises SettingsError when the territory has no table of communes."""
    settings: IngestSettings = context.settings
    places = gazetteer(settings.departement)
    handlers = Handlers(ProfileStore(context.database, context.outbox), places, context.clock)
    jobs = Jobs(harvester(context), settings.enabled_sources)
    answers = Answers(jobs, places)
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
            FindCommunes: answers.communes,
            LookUpCompany: finding.company,
            StartDraft: drafting.start,
            AskDraft: drafting.draft,
        },
        jobs=(
            *(Job(f"harvest-{name}", jobs.asker(name), cron=HARVEST_CRON) for name in settings.enabled_sources),
            Job("ask-again", jobs.ask_again, every=timedelta(hours=1)),
            Job("close-passed", jobs.close_passed, every=timedelta(hours=1)),
            Job("forget-drafts", drafting.forget, every=timedelta(hours=1)),
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
