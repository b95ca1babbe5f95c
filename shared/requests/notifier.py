"""What the notifier is asked: it alone owns consent and addresses."""

from datetime import date
from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.events import Language
from shared.requests.base import Reply, Request

Cadence = Literal["immediate", "daily", "weekly", "monthly"]
LinkPurpose = Literal["unsubscribe", "answer", "check_in"]
CheckInAnswer = Literal["useful", "not_quite", "stop"]


class Subscribe(Request):
    """Ask for mail about an organisation: sends a confirmation mail, whether or not the address is known.

    refused: `invalid_email`.
    """

    subject, owner, reply = "command.notifier.subscribe", "notifier", Reply

    email: str
    organisation_id: str
    organisation_name: str
    cadence: Cadence
    language: Language
    consent_text_version: str
    browser: str = Field(description="hash of the requester's browser nonce")


class Confirmed(Reply):
    """refused: `unknown`, `expired`. A link used again answers as it did the first time, with `again` set."""

    person_id: str | None = None
    organisation_id: str | None = None
    same_browser: bool = False
    again: bool = False


class Confirm(Request):
    """Prove the address: the token of the confirmation mail. `browser` tells whether it is the requester's."""

    subject, owner, reply = "command.notifier.confirm", "notifier", Confirmed

    token: str
    browser: str | None = None


class ChangePreferences(Request):
    """Set cadence and language of one subscription. refused: `unknown`."""

    subject, owner, reply = "command.notifier.change", "notifier", Reply

    person_id: str
    organisation_id: str
    cadence: Cadence
    language: Language


class ChangeRhythm(Request):
    """Set when a person is written to, for all their organisations.

    refused: `unknown`, `invalid_hour` (clocks change between 02:00 and 03:00), `invalid_timezone`, `invalid_pause`
    (a past moment, or more than a year ahead), `invalid_reminders`.
    """

    subject, owner, reply = "command.notifier.change_rhythm", "notifier", Reply

    person_id: str
    digest_at: str | None = Field(default=None, description="local HH:MM; None is the office's usual hour")
    timezone: str
    reminder_days: tuple[int, ...] = Field(description="days before a deadline, 1..90, four at most; none: no reminder")
    paused_until: AwareDatetime | None = None


class LinkMeaning(Reply):
    """What a signed link of a mail is about. refused: `unknown`: never ours, or its person is forgotten."""

    purpose: LinkPurpose = "unsubscribe"
    person_id: str | None = None
    organisation_id: str | None = None
    organisation_name: str = ""
    opportunity_id: str | None = None
    language: Language = "fr"


class ReadLink(Request):
    """Read a link's token; changes nothing."""

    subject, owner, reply = "question.notifier.link", "notifier", LinkMeaning

    token: str = Field(max_length=2000)


class AnswerCheckIn(Request):
    """Keep the answer to the quarterly question; the last one counts. refused: `unknown`.

    `stop` only notes the wish: the page that follows has the button that unsubscribes.
    """

    subject, owner, reply = "command.notifier.answer_check_in", "notifier", Reply

    token: str = Field(max_length=2000)
    answer: CheckInAnswer


class Unsubscribed(Reply):
    """Whose mail stopped, and for which organisation (None: all), when the owner can tell; nothing after erasure."""

    person_id: str | None = None
    organisation_id: str | None = None


class Unsubscribe(Request):
    """Stop mail, by the token of a mail or by a signed-in person; for one organisation, or all when it is None.

    Done is done: works twice and after erasure. refused: `unknown` (a token that was never ours).
    """

    subject, owner, reply = "command.notifier.unsubscribe", "notifier", Unsubscribed

    token: str | None = None
    person_id: str | None = None
    organisation_id: str | None = None


class Erase(Request):
    """Forget a person: address, consents, mails. What must outlive it is a keyed hash in the suppression list."""

    subject, owner, reply = "command.notifier.erase", "notifier", Reply

    person_id: str


class SendSignInLink(Request):
    """Mail a sign-in link and a short code if the address is known; the answer is the same either way.

    refused: `invalid_email`.
    """

    subject, owner, reply = "command.notifier.send_sign_in_link", "notifier", Reply

    email: str
    language: Language
    browser: str


class SignedIn(Reply):
    """refused: `unknown`, `expired`, `used`, `other_browser` (type the code there), `too_many_tries`."""

    person_id: str | None = None


class SignIn(Request):
    """Consume a sign-in: the link's token in the requester's browser, or the short code typed in that browser."""

    subject, owner, reply = "command.notifier.sign_in", "notifier", SignedIn

    browser: str
    token: str | None = None
    code: str | None = None


class Subscription(BaseModel):
    """One organisation a person is written to about."""

    organisation_id: str
    cadence: Cadence
    language: Language
    status: Literal["pending", "active", "ended"]


class Preferences(Reply):
    """What the notifier holds of a person. refused: `unknown`. `digest_at` None is the usual hour, `usual_at`."""

    masked_email: str = ""
    subscriptions: tuple[Subscription, ...] = ()
    digest_at: str | None = None
    usual_at: str = ""
    timezone: str = ""
    reminder_days: tuple[int, ...] = ()
    paused_until: AwareDatetime | None = None


class AskPreferences(Request):
    """A person's own settings, for the preferences page."""

    subject, owner, reply = "question.notifier.preferences", "notifier", Preferences

    person_id: str


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
