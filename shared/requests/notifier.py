"""What the notifier is asked: it alone owns consent and addresses."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.events import Language
from shared.requests.base import Reply, Request

Cadence = Literal["immediate", "daily", "weekly"]


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
    """What the notifier holds of a person. refused: `unknown`."""

    masked_email: str = ""
    subscriptions: tuple[Subscription, ...] = ()


class AskPreferences(Request):
    """A person's own settings, for the preferences page."""

    subject, owner, reply = "question.notifier.preferences", "notifier", Preferences

    person_id: str


class Delivery(BaseModel):
    """One mail, without address."""

    message_id: str
    person_id: str
    kind: str
    status: str
    reason: str | None = None
    attempts: int
    opportunities: int
    planned_at: AwareDatetime
    sent_at: AwareDatetime | None = None


class Deliveries(Reply):
    """Newest first, with the number of mails by status over all."""

    deliveries: tuple[Delivery, ...] = ()
    by_status: dict[str, int] = Field(default={})


class AskDeliveries(Request):
    """One page of the mails, for staff."""

    subject, owner, reply = "question.notifier.deliveries", "notifier", Deliveries

    status: str | None = None
    limit: int = Field(default=50, ge=1, le=200)
    offset: int = Field(default=0, ge=0)
