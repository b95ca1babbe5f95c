"""What staff, and the hook of returned mail, ask the notifier about mails."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, Field

from shared.requests.base import Reply, Request
from shared.requests.recipients import Subscription


class Delivery(BaseModel):
    """One mail, without address. `has_bytes`: what was sent is still kept (30 days); `reply`: the relay's last."""

    message_id: str
    person_id: str
    kind: str
    status: str
    reason: str | None = None
    attempts: int
    opportunities: int
    planned_at: AwareDatetime
    sent_at: AwareDatetime | None = None
    returned_as: str | None = Field(default=None, description="bounced, delayed or complaint, when it came back")
    returned_at: AwareDatetime | None = None
    next_attempt_at: AwareDatetime | None = None
    reply: str | None = None
    has_bytes: bool = False


class DayOfMails(BaseModel):
    """How many mails were planned on a local day, by the state they are in."""

    day: date
    by_status: dict[str, int]


class PausedDomain(BaseModel):
    """A domain that refused us by its policy: its mails wait, nobody is suppressed."""

    domain: str
    paused_at: AwareDatetime
    until: AwareDatetime
    times: int
    reply: str
    waiting: int


class Deliveries(Reply):
    """Newest first, with how many there are by status among those of the kind, person and day asked for.

    `days`: all mails of the last 30 local days; `paused`: the domains that are.
    """

    deliveries: tuple[Delivery, ...] = ()
    by_status: dict[str, int] = Field(default={})
    days: tuple[DayOfMails, ...] = ()
    paused: tuple[PausedDomain, ...] = ()


class AskDeliveries(Request):
    """One page of the mails, for staff; with `message_id`, that one mail alone."""

    subject, owner, reply = "question.notifier.deliveries", "notifier", Deliveries

    message_id: str | None = None
    status: str | None = None
    kind: str | None = None
    person_id: str | None = None
    day: date | None = None
    limit: int = Field(default=50, ge=1, le=200)
    offset: int = Field(default=0, ge=0)


class ConsentEvent(BaseModel):
    """One line of the record of consents."""

    organisation_id: str
    event: str
    text_version: str
    happened_at: AwareDatetime


class MailReturn(BaseModel):
    """Something that came back: a bounce, a delay, a complaint. `status` is the code of RFC 3463."""

    kind: str
    status: str | None = None
    detail: str = ""
    came_at: AwareDatetime
    message_id: str | None = None


class RecipientHistory(Reply):
    """What happened with one recipient: consents, mails, returns, newest first.

    refused: `unknown`; `suppressed` may still say why that address is not written to.
    """

    person_id: str | None = None
    masked_email: str = ""
    suppressed: str | None = None
    paused_until: AwareDatetime | None = None
    subscriptions: tuple[Subscription, ...] = ()
    consents: tuple[ConsentEvent, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    returns: tuple[MailReturn, ...] = ()


class AskRecipient(Request):
    """One recipient's history, for staff: by their id, or by their address when they call."""

    subject, owner, reply = "question.notifier.recipient", "notifier", RecipientHistory

    person_id: str | None = None
    email: str | None = None


class ReplayMail(Request):
    """Try a failed mail again. refused: `unknown`, `not_failed`, `not_wanted` (unsubscribed, suppressed, erased),
    `too_old` (its opportunities are closed, or its link is over)."""

    subject, owner, reply = "command.notifier.replay_mail", "notifier", Reply

    message_id: str


class MailBytes(Reply):
    """The exact bytes that were sent, base64. refused: `unknown`, `forgotten` (after 30 days, or never kept)."""

    content: str = ""


class AskMailBytes(Request):
    """What one mail said, to the byte, for staff."""

    subject, owner, reply = "question.notifier.mail_bytes", "notifier", MailBytes

    message_id: str


class DayOfAlerts(BaseModel):
    """Published against delivered: opportunities published on a local day, and alerts of the day by what became of
    them."""

    day: date
    published: int
    planned: int
    sent: int


class Reconciliation(Reply):
    """Every match found for an active recipient is told, cancelled with a reason, failed, or pending.

    found = told + pending + failed + sum(cancelled) + unaccounted; `unaccounted` is 0 when all is well.
    """

    found: int = 0
    told: int = 0
    pending: int = 0
    failed: int = 0
    cancelled: dict[str, int] = Field(default={})
    unaccounted: int = 0
    days: tuple[DayOfAlerts, ...] = ()
    canary_sent_at: AwareDatetime | None = None
    canary_came_at: AwareDatetime | None = None


class AskReconciliation(Request):
    """Whether the counts balance, for staff."""

    subject, owner, reply = "question.notifier.reconciliation", "notifier", Reconciliation


class ReleaseDomain(Request):
    """Write to a paused domain again, now. refused: `unknown`."""

    subject, owner, reply = "command.notifier.release_domain", "notifier", Reply

    domain: str


class TakeReturn(Request):
    """A mail that came back to the address of returns, base64: what an HTTP hook was handed.

    refused: `unknown` (not about a mail of ours, or its token is forged), `too_large`.
    """

    subject, owner, reply = "command.notifier.take_return", "notifier", Reply

    content: str = Field(max_length=900_000)
