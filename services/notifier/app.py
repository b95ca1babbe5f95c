"""The notifier's routing table: fact → handler, request → command, hour → job, lane → sender."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import cast

from services.notifier.consent import ConsentCommands
from services.notifier.desk import Desk
from services.notifier.handlers import Handlers
from services.notifier.jobs import Jobs
from services.notifier.judging import Judging
from services.notifier.links import Links
from services.notifier.replaying import ReplayCommands
from services.notifier.returns.canary import Canary
from services.notifier.returns.reading import Reading, mailboxes_of
from services.notifier.returns.taking import Taking
from services.notifier.sender_records import RecordsWatch
from services.notifier.sending import PauseCommands, senders_of
from services.notifier.settings import NotifierSettings
from services.notifier.signing_in import SignInCommands
from services.notifier.store.asking import Asking
from services.notifier.store.deliveries import MailsAsked
from services.notifier.store.recipients import Recipients
from services.notifier.store.reconciliation import Reconciling
from services.notifier.store.replays import Replays
from services.notifier.store.retention import Retention
from services.notifier.tables import messages_of_bus, metadata
from services.notifier.telling import Telling
from shared import events, requests
from shared.service import Context, Job, Parts, RequestHandler, Service


def build(context: Context) -> Parts:
    """Wire the notifier."""
    desk = desk_of(context)
    handlers, jobs = Handlers(desk, Telling(desk)), Jobs(desk, Retention(context.database, context.clock, desk.people))
    consent, signing_in, asking = (
        ConsentCommands(desk),
        SignInCommands(desk),
        Asking(context.database, desk.settings.digest_at),
    )
    judging, links = Judging(desk), Links(desk)
    senders = senders_of(context, desk)
    taking = Taking.of(desk)
    reading, canary = Reading(taking, mailboxes_of(desk.settings)), Canary(desk)
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
            events.MatchJudged: judging.on_match_judged,
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
            requests.ReadLink: links.read,
            requests.AnswerCheckIn: links.answer_check_in,
            requests.AskPreferences: asking.preferences,
            **for_staff(context, desk),
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


def for_staff(context: Context, desk: Desk) -> Mapping[type[requests.Request], RequestHandler]:
    """What staff ask of mails, and what they mend."""
    mails = MailsAsked(context.database, context.clock, desk.timezone)
    reconciling = Reconciling(context.database, context.clock, desk.timezone)
    replaying = ReplayCommands(desk, Replays(context.clock, context.secret, desk.knowledge))
    return {
        requests.AskDeliveries: mails.deliveries,
        requests.AskMailBytes: mails.mail_bytes,
        requests.AskRecipient: Recipients(context.database, context.secret).history,
        requests.AskReconciliation: reconciling.ask,
        requests.ReplayMail: replaying.replay_mail,
        requests.ReleaseDomain: PauseCommands(desk).release_domain,
    }


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


service = Service(
    name="notifier",
    metadata=metadata,
    messages=messages_of_bus,
    migrations=Path(__file__).parent / "migrations",
    settings=NotifierSettings,
    build=build,
)
