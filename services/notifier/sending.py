"""The senders of this process, wired: one a lane, and what they share."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from services.notifier.desk import Desk
from services.notifier.domain.kinds import LANES, Lane
from services.notifier.domain.pace import Pace
from services.notifier.mail.dkim import Signer
from services.notifier.mail.smtp import Relay, SmtpSession
from services.notifier.preparing import Preparing
from services.notifier.refusals import Refusals
from services.notifier.sender import Sender
from services.notifier.settings import NotifierSettings
from services.notifier.store.dots import Dots
from services.notifier.store.letters import Letters
from services.notifier.store.pauses import Pauses
from services.notifier.store.queue import Queue
from services.notifier.store.unsent import Unsent
from services.notifier.writing import Writer
from shared.requests import ReleaseDomain, Reply
from shared.service import Context


@dataclass(frozen=True)
class PauseCommands:
    """What staff may do about a paused domain."""

    desk: Desk

    async def release_domain(self, request: ReleaseDomain) -> Reply:
        """Write to it again, now."""
        released = await Pauses(self.desk.database, self.desk.clock).release(request.domain.strip().lower())
        self.desk.wake()
        return Reply() if released else Reply(refused="unknown")


def senders_of(context: Context, desk: Desk) -> list[Sender]:
    """Each lane's own sender, with its own connections: sign-in mail never queues behind a digest run.

    The built-in mailbox takes as much as comes. Raises BadKey.
    """
    settings, built_in = desk.settings, context.common.uses_built_in_mailbox
    guarded = context.common.environment != "production" and not built_in
    queue = Queue(context.database, context.outbox, context.clock)
    unsent = Unsent(queue)
    refusals = Refusals(unsent, Pauses(context.database, context.clock), context.clock, desk.wake)
    limited = Pace() if built_in else Pace(settings.mail_domain_connections, settings.mail_domain_rate)
    letters = Letters(context.database, context.clock, context.secret)
    signer = signer_of(settings)
    writer = Writer(
        letters,
        settings,
        context.common.public_url,
        context.secret,
        context.clock,
        sign=None if signer is None else signer.sign,
    )
    relay, domain = Relay.parse(context.relay_url), settings.mail_from.partition("@")[2]

    def is_office(person: Row[Any]) -> bool:
        return bool(person.is_staff) or person.address == settings.mail_canary

    def sender(lane: Lane) -> Sender:
        pace = Pace() if lane == "login" else limited
        connections = settings.mail_connections if lane == "alert" else 1
        allow = context.common.mail_allow if guarded else None
        return Sender(
            lane=lane,
            queue=queue,
            dots=Dots(unsent, is_office=is_office),
            preparing=Preparing(queue, unsent, writer, refusals, pace, context.clock, allow),
            refusals=refusals,
            sessions=[SmtpSession(relay, hostname=domain) for _ in range(connections)],
            pace=pace,
            clock=context.clock,
            secret=context.secret,
            returns_to=settings.mail_returns_to,
            owner=settings.mail_owner,
        )

    return [sender(lane) for lane in LANES]


def signer_of(settings: NotifierSettings) -> Signer | None:
    """Who signs the mails; None when it is the relay. Raises BadKey."""
    if settings.dkim_key_file is None or settings.dkim_selector is None:
        return None
    domain = settings.mail_from.partition("@")[2]
    return Signer.of(settings.dkim_key_file, selector=settings.dkim_selector, domain=domain)
