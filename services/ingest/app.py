"""Ingest, put together: which fact, question and hour goes where."""

from datetime import timedelta
from pathlib import Path

from services.ingest.answers import Answers
from services.ingest.desks import Desks
from services.ingest.handlers import Handlers
from services.ingest.harvest import harvester
from services.ingest.import_desk import TIDY_EVERY
from services.ingest.jobs import HARVEST_CRON, Jobs
from services.ingest.profile_store import ProfileStore
from services.ingest.reference import gazetteer
from services.ingest.settings import IngestSettings
from services.ingest.tables import messages, metadata
from shared.events import OrganisationDeclared, OrganisationWithdrawn
from shared.requests import AskHarvests, FindCommunes, HarvestNow
from shared.service import Context, Job, Parts, Service


def build(context: Context) -> Parts:
    """The routing table. Raises SettingsError when the territory has no table of communes."""
    settings: IngestSettings = context.settings
    places = gazetteer(settings.departement)
    handlers = Handlers(ProfileStore(context.database, context.outbox), places, context.clock)
    jobs = Jobs(harvester(context), settings.enabled_sources)
    answers = Answers(jobs, places)
    desks = Desks.of(context, places)
    return Parts(
        handlers={
            OrganisationDeclared: handlers.on_organisation_declared,
            OrganisationWithdrawn: handlers.on_organisation_withdrawn,
        },
        requests={
            AskHarvests: answers.harvests,
            HarvestNow: answers.harvest_now,
            FindCommunes: answers.communes,
            **desks.requests(),
        },
        jobs=(
            *(Job(f"harvest-{name}", jobs.asker(name), cron=HARVEST_CRON) for name in settings.enabled_sources),
            Job("ask-again", jobs.ask_again, every=timedelta(hours=1)),
            Job("close-passed", jobs.close_passed, every=timedelta(hours=1)),
            Job("tidy-imports", desks.imports.tidy, every=TIDY_EVERY),
        ),
        workers=(jobs.carry_out,),
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
