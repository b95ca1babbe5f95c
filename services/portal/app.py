"""The portal's routing table: fact to handler, the pages, and what runs beside."""

from pathlib import Path

from services.portal.handlers import Handlers
from services.portal.jobs import Forgetting, WishKeeper
from services.portal.settings import PortalSettings
from services.portal.store import Store
from services.portal.tables import messages, metadata
from services.portal.web.application import application
from services.portal.web.site import Site
from shared import events
from shared.service import Context, Job, Parts, Service


def site_of(context: Context) -> Site:
    """What the pages work with."""
    return Site(
        store=Store.over(context.database, context.outbox),
        bus=context.bus,
        clock=context.clock,
        common=context.common,
        settings=context.settings,
        secret=context.secret,
    )


def build(context: Context) -> Parts:
    """Wire the service."""
    site = site_of(context)
    on = Handlers(site.store)
    return Parts(
        handlers={
            events.OpportunityPublished: on.on_opportunity_published,
            events.OpportunityAmended: on.on_opportunity_amended,
            events.OpportunityClosed: on.on_opportunity_closed,
            events.SourceTroubled: on.on_source_troubled,
            events.SourceRecovered: on.on_source_recovered,
            events.ProfileDescribed: on.on_profile_described,
            events.ProfileRemoved: on.on_profile_removed,
            events.MatchesChanged: on.on_matches_changed,
            events.RulesPublished: on.on_rules_published,
            events.AlertSent: on.on_alert_sent,
            events.AlertFailed: on.on_alert_failed,
        },
        jobs=(Job("forget", Forgetting(site.store).run, cron="40 3 * * *"),),
        workers=(WishKeeper(site).run,),
        web=application(site),
    )


service = Service(
    name="portal",
    metadata=metadata,
    messages=messages,
    migrations=Path(__file__).parent / "migrations",
    settings=PortalSettings,
    build=build,
)
