"""What one service may ask another, over plain NATS: commands to the owner of a state, and questions.

A request is answered after its owner's commit, and never stored in a stream: it may carry an address or a token.
`refused` in a reply is a code the asker turns into a sentence; None means that it was done.
"""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.events import Language, Term

Cadence = Literal["immediate", "daily", "weekly"]


class Reply(BaseModel):
    """An answer; `refused` says why not, in a code."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    refused: str | None = None


class Request(BaseModel):
    """A question or a command, to the one service that owns the answer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    subject: ClassVar[str]
    owner: ClassVar[str]
    reply: ClassVar[type[Reply]]


# --- commands to the notifier, who alone owns consent and addresses ---


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
    by_status: dict[str, int] = {}


class AskDeliveries(Request):
    """One page of the mails, for staff."""

    subject, owner, reply = "question.notifier.deliveries", "notifier", Deliveries

    status: str | None = None
    limit: int = Field(default=50, ge=1, le=200)
    offset: int = Field(default=0, ge=0)


# --- to the matcher ---


class RulesReply(Reply):
    """refused: `invalid` (see `errors`, sentences), `unknown_version`."""

    version: int | None = None
    errors: tuple[str, ...] = ()


class PublishRules(Request):
    """Put a whole rule set in force."""

    subject, owner, reply = "command.matcher.publish_rules", "matcher", RulesReply

    rules: dict[str, object]
    note: str
    by: str


class RollBackRules(Request):
    """Publish an earlier rule set again, as a new version."""

    subject, owner, reply = "command.matcher.roll_back_rules", "matcher", RulesReply

    to_version: int
    by: str


class RuleSetSummary(BaseModel):
    """One published version."""

    version: int
    note: str
    by: str
    published_at: AwareDatetime


class RulesInForce(Reply):
    """The rule set in force and the ones before it, newest first."""

    version: int = 0
    rules: dict[str, object] = {}
    history: tuple[RuleSetSummary, ...] = ()


class AskRules(Request):
    """The rules in force, for the staff form."""

    subject, owner, reply = "question.matcher.rules", "matcher", RulesInForce


class PreviewedPair(BaseModel):
    """A pair the draft would tell, or no longer tell."""

    opportunity_id: str
    profile_id: str
    score: float
    refused_by: str | None = None


class RulesPreview(Reply):
    """What a draft changes on what is open: pairs alerted now, with the draft, gained and lost (first 20 of each)."""

    errors: tuple[str, ...] = ()
    now: int = 0
    then: int = 0
    gained: int = 0
    lost: int = 0
    gained_examples: tuple[PreviewedPair, ...] = ()
    lost_examples: tuple[PreviewedPair, ...] = ()


class PreviewRules(Request):
    """The effect of a draft before it is published. refused: `invalid`."""

    subject, owner, reply = "question.matcher.preview_rules", "matcher", RulesPreview

    rules: dict[str, object]


class GateResult(BaseModel):
    """Whether one gate let a pair through."""

    name: str
    passed: bool


class Explanation(Reply):
    """Why a pair matches or not. refused: `unknown` when the opportunity or the profile is not there.

    `score` is 0 when a gate keeps the opportunity for others; `words_score` is what the words alone would give.
    `gates` are all of them, in the order they are asked.
    """

    score: float = 0
    words_score: float = 0
    threshold: float = 0
    matched: bool = False
    refused_by: str | None = None
    gates: tuple[GateResult, ...] = ()
    terms: tuple[Term, ...] = ()
    passage: str = ""
    opportunity_version: int = 0
    profile_version: int = 0
    model_version: int = 0
    rules_version: int = 0


class ExplainPair(Request):
    """The reasons of one pair, from what is in force."""

    subject, owner, reply = "question.matcher.explain", "matcher", Explanation

    opportunity_id: str
    profile_id: str


class WordPair(BaseModel):
    """French words and the English ones they stand for: learned from labels, or given by staff."""

    french: str
    english: str
    weight: float
    origin: Literal["learned", "staff"]


class VocabularyPage(Reply):
    """Some of the words added to the shipped thesaurus; `total` is how many were asked for."""

    total: int = 0
    words: tuple[WordPair, ...] = ()


class AskVocabulary(Request):
    """Added words that hold a text on either side, staff's first."""

    subject, owner, reply = "question.matcher.vocabulary", "matcher", VocabularyPage

    text: str = ""
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=200)


class VocabularyReply(Reply):
    """Kept: it counts from the next fit, a moment later. refused: `known`, `unknown`, `invalid`."""


class AddTranslation(Request):
    """Staff say which English words some French words stand for. refused: `known`, `invalid`."""

    subject, owner, reply = "command.matcher.add_translation", "matcher", VocabularyReply

    french: str
    english: str
    by: str


class RemoveTranslation(Request):
    """Staff take back words they gave. refused: `unknown`."""

    subject, owner, reply = "command.matcher.remove_translation", "matcher", VocabularyReply

    french: str
    english: str
    by: str


# --- to ingest ---


class HarvestSummary(BaseModel):
    """One reading of a source; counts by outcome (new, amended, closed, unchanged, quarantined, refused…)."""

    source: str
    started_at: AwareDatetime
    finished_at: AwareDatetime | None = None
    complete: bool
    seen: int
    counts: dict[str, int] = {}
    problem: str | None = None


class SourceSummary(BaseModel):
    """One source as it stands."""

    name: str
    enabled: bool
    opportunities: int
    last_complete_at: AwareDatetime | None = None
    next_run_at: AwareDatetime | None = None
    problem: str | None = None


class Harvests(Reply):
    """Sources, their latest harvests newest first, and rows set aside, by reason."""

    sources: tuple[SourceSummary, ...] = ()
    harvests: tuple[HarvestSummary, ...] = ()
    quarantined: dict[str, int] = {}


class AskHarvests(Request):
    """What was read lately, for staff."""

    subject, owner, reply = "question.ingest.harvests", "ingest", Harvests

    limit: int = Field(default=30, ge=1, le=200)


class HarvestNow(Request):
    """Read a source at the next occasion. refused: `unknown_source`, `running`."""

    subject, owner, reply = "command.ingest.harvest_now", "ingest", Reply

    source: str


class Commune(BaseModel):
    """A commune of the territory."""

    insee: str
    name: str
    postcodes: tuple[str, ...]
    population: int


class Communes(Reply):
    """Communes that answer a name, a postcode or an INSEE code, best first."""

    communes: tuple[Commune, ...] = ()


class FindCommunes(Request):
    """Look a commune up as people write it; an empty text gives them all, by name."""

    subject, owner, reply = "question.ingest.communes", "ingest", Communes

    text: str = ""
    limit: int = Field(default=10, ge=1, le=400)


# --- to any service ---


class DeadLetter(BaseModel):
    """A fact that failed for good in one service."""

    id: str
    service: str
    subject: str
    error: str
    failed_at: AwareDatetime
    deliveries: int
    replayed_at: AwareDatetime | None = None
    payload: str = ""


class DeadLetters(Reply):
    """Newest first."""

    dead_letters: tuple[DeadLetter, ...] = ()


class AskDeadLetters(Request):
    """Facts set aside by the service `{service}`."""

    subject, owner, reply = "question.{service}.dead_letters", "{service}", DeadLetters

    limit: int = Field(default=50, ge=1, le=500)


class ReplayDeadLetter(Request):
    """Handle a fact that was set aside once more. refused: `unknown`."""

    subject, owner, reply = "command.{service}.replay_dead_letter", "{service}", Reply

    id: str
