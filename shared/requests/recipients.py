"""What recipients ask the notifier: it alone owns consent and addresses."""

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
