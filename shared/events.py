"""The facts that services tell each other: one class a subject, with who tells it and who hears it.

A fact is told once, by the service that owns the state, through its outbox; every listener has a durable
consumer of its own. Adding an optional field is free; a changed meaning is a new subject.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal, Self
from uuid import uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

OpportunityKind = Literal["call", "tender", "partnership", "mobility"]
OpportunityStatus = Literal["forthcoming", "open", "closed"]
OrganisationKind = Literal["business", "commune", "association", "school"]
Language = Literal["fr", "en"]

MAX_FACT_BYTES = 256_000
MAX_PAIRS_PER_FACT = 500


class Shape(BaseModel):
    """A frozen piece of a fact; fields it does not know are left aside, so that tellers may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Link(Shape):
    """Where else an opportunity is told of: another source, and its page there."""

    source: str
    key: str
    title: str
    url: str | None = None


class OpportunityState(Shape):
    """All that readers need of an opportunity: what is scored, what gates look at, what a mail shows.

    Texts are plain, without markup. `deadline` is the next one still ahead when the version was made, None when
    the source gives none. Amounts are euros for one project. `audience` is empty when anyone may apply.
    """

    id: str
    version: int = Field(ge=1)
    kind: OpportunityKind
    source: str
    title: str
    text: str = Field(default="", description="objective or description, without outcome, scope and conditions")
    expected_outcome: str = ""
    scope: str = ""
    language: str = "en"
    programme: str | None = None
    call_title: str | None = None
    status: OpportunityStatus
    opens_on: date | None = None
    deadline: AwareDatetime | None = None
    deadlines: tuple[AwareDatetime, ...] = ()
    budget_min: int | None = None
    budget_max: int | None = None
    audience: tuple[OrganisationKind, ...] = ()
    themes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    instrument: str | None = None
    places: tuple[str, ...] = ()
    url: str | None = None
    title_fr: str | None = Field(default=None, description="the source's own French title, when `title` is not French")
    text_fr: str | None = Field(default=None, description="the source's own French text, when `text` is not French")
    links: tuple[Link, ...] = Field(default=(), description="the same opportunity in other sources")
    is_sample: bool = False


class Change(Shape):
    """One field of an opportunity that is not what it was; values as a person would read them, ISO for dates."""

    field: str
    before: str | None
    after: str | None


class OrganisationState(Shape):
    """What an organisation says of itself, as typed in the portal."""

    id: str
    version: int = Field(ge=1)
    kind: OrganisationKind
    name: str
    text: str
    language: Language = "fr"
    insee: str | None = None
    siren: str | None = None
    naf: str | None = None
    size: Literal["micro", "small", "medium", "large"] | None = None
    themes: tuple[str, ...] = ()
    is_sample: bool = False


class ProfileState(OrganisationState):
    """An organisation as ingest describes it: its words, and the facts found for it. Same id as the organisation."""

    place: str | None = Field(default=None, description="the commune's name")
    population: int | None = None
    intercommunality: str | None = Field(default=None, description="the name of the commune's intercommunality")


class Term(Shape):
    """A reason: a word of the profile, the word of the opportunity it met, and its share of the score (0..1)."""

    profile_word: str
    opportunity_word: str
    share: float


class Pair(Shape):
    """One opportunity and one profile as the matcher now sees them.

    `version` grows with each change of this pair, so that a late copy is told from news. `matched` is False when
    a pair told before no longer passes; then `refused_by` names the first gate that refused it, or "threshold".
    """

    opportunity_id: str
    opportunity_version: int
    profile_id: str
    profile_version: int
    version: int = Field(ge=1)
    score: float = Field(ge=0, le=1)
    matched: bool
    refused_by: str | None = None
    terms: tuple[Term, ...] = ()
    passage: str = ""


class Fact(Shape):
    """Something that happened, told once and for all."""

    subject: ClassVar[str]
    teller: ClassVar[str]
    listeners: ClassVar[tuple[str, ...]]

    event_id: str = Field(default_factory=lambda: uuid4().hex, min_length=1, max_length=200)
    happened_at: AwareDatetime


class OpportunityPublished(Fact):
    """An opportunity is seen for the first time, or open again after it was closed."""

    subject = "opportunity.published"
    teller = "ingest"
    listeners = ("matcher", "notifier", "portal")

    opportunity: OpportunityState
    catching_up: bool = Field(
        default=False, description="its source is read for the first time, or after a silence: it may be no news at all"
    )


class OpportunityAmended(Fact):
    """An opportunity told before has a new version; `changes` says which fields."""

    subject = "opportunity.amended"
    teller = "ingest"
    listeners = ("matcher", "notifier", "portal")

    opportunity: OpportunityState
    changes: tuple[Change, ...]
    sentence_fr: str = Field(default="", description="the changes as a sentence for people, deadline first")
    sentence_en: str = ""


class OpportunityClosed(Fact):
    """An opportunity can no longer be answered."""

    subject = "opportunity.closed"
    teller = "ingest"
    listeners = ("matcher", "notifier", "portal")

    opportunity_id: str
    version: int = Field(ge=1)
    reason: Literal["closed_by_source", "deadline_passed", "withdrawn"]


class SourceTroubled(Fact):
    """A source went stale, or reads strangely: somebody should look."""

    subject = "source.troubled"
    teller = "ingest"
    listeners = ("portal",)

    source: str
    problem: str


class SourceRecovered(Fact):
    """A troubled source is well again."""

    subject = "source.recovered"
    teller = "ingest"
    listeners = ("portal",)

    source: str


class OrganisationDeclared(Fact):
    """Somebody who proved their address declared an organisation, or edited it."""

    subject = "organisation.declared"
    teller = "portal"
    listeners = ("ingest",)

    organisation: OrganisationState


class OrganisationWithdrawn(Fact):
    """An organisation no longer wants to be matched."""

    subject = "organisation.withdrawn"
    teller = "portal"
    listeners = ("ingest",)

    organisation_id: str
    version: int = Field(ge=1)


class ProfileDescribed(Fact):
    """A profile is known, or has a new version."""

    subject = "profile.described"
    teller = "ingest"
    listeners = ("matcher", "notifier", "portal")

    profile: ProfileState


class ProfileRemoved(Fact):
    """A profile is gone for good."""

    subject = "profile.removed"
    teller = "ingest"
    listeners = ("matcher", "notifier", "portal")

    profile_id: str
    version: int = Field(ge=1)


class MatchesChanged(Fact):
    """Pairs that now match, or no longer do; all of one opportunity or of one profile when the cause is such.

    `cause` says what made the matcher look: only `opportunity` (new or amended) alerts by itself, `profile` makes a
    welcome digest, `refit` and `rules` wait for the next digest.
    """

    subject = "matches.changed"
    teller = "matcher"
    listeners = ("notifier", "portal")

    cause: Literal["opportunity", "profile", "refit", "rules"]
    model_version: int
    rules_version: int
    pairs: Annotated[tuple[Pair, ...], Field(max_length=MAX_PAIRS_PER_FACT)]


class RulesPublished(Fact):
    """A rule set is in force. `rules` is the whole set, in the schema of `services/matcher/domain/rules`."""

    subject = "rules.published"
    teller = "matcher"
    listeners = ("notifier", "portal")

    version: int = Field(ge=1)
    note: str
    digest_cap: int = Field(ge=1)
    rules: dict[str, object]


class AlertSent(Fact):
    """A mail was accepted by the relay. Ids only, never an address."""

    subject = "alert.sent"
    teller = "notifier"
    listeners = ("portal",)

    message_id: str
    person_id: str
    kind: str
    opportunity_ids: tuple[str, ...] = ()


class AlertFailed(Fact):
    """A mail will not be sent: refused for good, expired, or cancelled, and why."""

    subject = "alert.failed"
    teller = "notifier"
    listeners = ("portal",)

    message_id: str
    person_id: str
    kind: str
    reason: str
    opportunity_ids: tuple[str, ...] = ()


class MatchJudged(Fact):
    """Somebody of an organisation said of an opportunity whether it is for them. Typed words stay in the portal."""

    subject = "match.judged"
    teller = "portal"
    listeners = ("matcher", "notifier")

    opportunity_id: str
    profile_id: str
    person_id: str
    verdict: Literal["not_for_us", "interested"]
    reason: Literal["field", "size", "place", "money", "time", "eligibility", "known", "other"] | None = None


class Tick(Fact):
    """A scheduled job is due. Its id is the job and the hour it was due, so that two schedulers run it once."""

    subject = "tick"
    teller = ""
    listeners = ()

    service: str
    job: str
    due_at: AwareDatetime

    @classmethod
    def of(cls, *, service: str, job: str, due_at: AwareDatetime) -> Self:
        return cls(
            event_id=f"{service}.{job}@{due_at.isoformat()}",
            happened_at=due_at,
            service=service,
            job=job,
            due_at=due_at,
        )


FACTS: tuple[type[Fact], ...] = (
    OpportunityPublished,
    OpportunityAmended,
    OpportunityClosed,
    SourceTroubled,
    SourceRecovered,
    OrganisationDeclared,
    OrganisationWithdrawn,
    ProfileDescribed,
    ProfileRemoved,
    MatchesChanged,
    RulesPublished,
    AlertSent,
    AlertFailed,
    MatchJudged,
)
SERVICES = ("ingest", "matcher", "notifier", "portal")


def durable_name(service: str, subject: str) -> str:
    """The durable consumer through which a service hears a subject."""
    return f"{service}-{subject.replace('.', '-')}"
