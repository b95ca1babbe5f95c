"""The notifier's routing table: fact → handler, request → command, hour → job, lane → sender."""

from datetime import timedelta
from pathlib import Path
from typing import cast

from services.notifier.consent import ConsentCommands
from services.notifier.desk import Desk
from services.notifier.domain.kinds import LANES, Lane
from services.notifier.handlers import Handlers
from services.notifier.jobs import Jobs
from services.notifier.mail.smtp import Relay, SmtpSession
from services.notifier.returns.canary import Canary
from services.notifier.returns.reading import Reading, mailboxes_of
from services.notifier.returns.taking import Taking
from services.notifier.sender import Sender
from services.notifier.sender_records import RecordsWatch
from services.notifier.settings import NotifierSettings
from services.notifier.signing_in import SignInCommands
from services.notifier.store.asking import Asking
from services.notifier.store.letters import Letters
from services.notifier.store.queue import Queue
from services.notifier.store.retention import Retention
from services.notifier.tables import messages_of_bus, metadata
from services.notifier.telling import Telling
from services.notifier.writing import Writer
from shared import events, requests
from shared.service import Context, Job, Parts, Service


def build(context: Context) -> Parts:
    """Wire the notifier."""
    desk = desk_of(context)
    handlers, jobs = Handlers(desk, Telling(desk)), Jobs(desk, Retention(context.database, context.clock, desk.people))
    consent, signing_in, asking = (
        ConsentCommands(desk),
        SignInCommands(desk),
        Asking(context.database, desk.settings.digest_at),
    )
    queue = Queue(context.database, context.outbox, context.clock, desk.knowledge, desk.settings.mail_canary)
    taking = Taking.of(desk)
    reading, canary = Reading(taking, mailboxes_of(desk.settings)), Canary(desk)
    senders = [sender_of(context, desk, queue, lane) for lane in LANES]
    desk.wakers.extend(sender.waiting.set for sender in senders)

    watchers = (RecordsWatch(desk.settings).run,) if context.common.environment == "production" else ()

    async def open_senders() -> None:
        for sender in senders:
            await sender.open()

    return Parts(
        handlers={
            events.OpportunityPublished: handlers.on_opportunity_published,
            events.OpportunityAmended: handlers.on_opportunity_amended,
            events.OpportunityClosed: handlers.on_opportunity_closed,
            events.ProfileDescribed: handlers.on_profile_described,
            events.ProfileRemoved: handlers.on_profile_removed,
            events.MatchesChanged: handlers.on_matches_changed,
            events.RulesPublished: handlers.on_rules_published,
        },
        requests={
            requests.Subscribe: consent.subscribe,
            requests.Confirm: consent.confirm,
            requests.ChangePreferences: consent.change,
            requests.ChangeRhythm: consent.change_rhythm,
            requests.Unsubscribe: consent.unsubscribe,
            requests.Erase: consent.erase,
            requests.SendSignInLink: signing_in.send_sign_in_link,
            requests.SignIn: signing_in.sign_in,
            requests.AskPreferences: asking.preferences,
            requests.AskDeliveries: asking.deliveries,
            requests.TakeReturn: taking.take_return,
        },
        jobs=(
            *jobs.table(),
            Job(name="read-returns", run=reading.read_returns, every=timedelta(minutes=1)),
            Job(name="plan-canary", run=canary.plan, cron="5 5 * * *"),
            Job(name="watch-canary", run=canary.watch, cron="20 * * * *"),
        ),
        workers=(*(sender.run for sender in senders), *watchers),
        opened=open_senders,
    )


def desk_of(context: Context) -> Desk:
    """What handlers, commands and samples work with."""
    return Desk.of(
        database=context.database,
        outbox=context.outbox,
        clock=context.clock,
        secret=context.secret,
        settings=cast(NotifierSettings, context.settings),
        timezone=context.common.timezone,
    )


def sender_of(context: Context, desk: Desk, queue: Queue, lane: Lane) -> Sender:
    """A lane's own sender, with its own connection: sign-in mail never queues behind a digest run."""
    settings = desk.settings
    letters = Letters(context.database, context.clock, context.secret, desk.knowledge)
    writer = Writer(letters, settings, context.common.public_url, context.secret, context.clock)
    guarded = context.common.environment != "production" and not context.common.uses_built_in_mailbox
    return Sender(
        lane=lane,
        queue=queue,
        writer=writer,
        session=SmtpSession(Relay.parse(context.relay_url), hostname=settings.mail_from.partition("@")[2]),
        clock=context.clock,
        secret=context.secret,
        returns_to=settings.mail_returns_to,
        allow=context.common.mail_allow if guarded else None,
        owner=settings.mail_owner,
    )


service = Service(
    name="notifier",
    metadata=metadata,
    messages=messages_of_bus,
    migrations=Path(__file__).parent / "migrations",
    settings=NotifierSettings,
    build=build,
)
