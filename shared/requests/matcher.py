"""What the matcher is asked: rules, reasons, words."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.events import Term
from shared.requests.base import Reply, Request


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
    rules: dict[str, object] = Field(default={})
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
