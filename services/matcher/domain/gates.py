"""The gates: what an opportunity must pass before its words are looked at. The first that refuses is kept."""

from collections.abc import Callable
from datetime import datetime, timedelta

from services.matcher.domain.countries import countries_named
from services.matcher.domain.rules import RuleSet
from services.matcher.domain.words import plain_text
from shared.events import OpportunityState, ProfileState

Gate = Callable[[OpportunityState, ProfileState, RuleSet, datetime], bool]


def refuses_status(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    if opportunity.status == "forthcoming":
        return not rules.for_kind(profile.kind).include_forthcoming
    return opportunity.status != "open"


def refuses_deadline(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    if opportunity.deadline is None:
        return False
    return opportunity.deadline < now + timedelta(days=rules.for_kind(profile.kind).min_days_ahead)


def refuses_organisation(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    return not rules.for_kind(profile.kind).active


def refuses_kind(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    return opportunity.kind not in rules.for_kind(profile.kind).opportunity_kinds


def refuses_audience(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    checked = rules.for_kind(profile.kind).check_audience
    return checked and bool(opportunity.audience) and profile.kind not in opportunity.audience


def refuses_programme(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    refused = rules.for_kind(profile.kind).refused_programmes
    return bool(refused) and contains_any(opportunity.programme or "", refused)


def refuses_instrument(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    refused = rules.for_kind(profile.kind).refused_instruments
    return bool(refused) and contains_any(f"{opportunity.instrument or ''} . {opportunity.title}", refused)


def refuses_size(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    if profile.size != "micro" or not rules.micro_max_budget or opportunity.budget_min is None:
        return False
    return opportunity.budget_min > rules.micro_max_budget


def refuses_place(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    """What is done abroad is for those who name one of its countries, or cooperation at large."""
    if not contains_any(opportunity.programme or "", rules.abroad_programmes):
        return False
    there = countries_named(" . ".join((opportunity.title, *opportunity.places)))
    return not there & countries_named(profile.text) and not contains_any(profile.text, rules.abroad_words)


def refuses_required_words(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    return bool(rules.required_words) and not contains_any(_all_texts(opportunity), rules.required_words)


def refuses_excluded_words(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> bool:
    return bool(rules.excluded_words) and contains_any(_all_texts(opportunity), rules.excluded_words)


GATES: tuple[tuple[str, Gate], ...] = (
    ("status", refuses_status),
    ("deadline", refuses_deadline),
    ("organisation", refuses_organisation),
    ("kind", refuses_kind),
    ("audience", refuses_audience),
    ("programme", refuses_programme),
    ("instrument", refuses_instrument),
    ("size", refuses_size),
    ("place", refuses_place),
    ("required_words", refuses_required_words),
    ("excluded_words", refuses_excluded_words),
)

NOT_NOW = frozenset(("status", "deadline"))
"""The gates that speak of the moment, not of who the opportunity is for."""


def first_refusal(opportunity: OpportunityState, profile: ProfileState, rules: RuleSet, now: datetime) -> str | None:
    """The name of the first gate that refuses the pair, None when all let it through."""
    return next((name for name, refuses in GATES if refuses(opportunity, profile, rules, now)), None)


def contains_any(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether a text holds one of some plain phrases, whole words, whatever the case and the accents."""
    plain = plain_text(text)
    return any(len(wanted := plain_text(phrase)) > 2 and wanted in plain for phrase in phrases)


def _all_texts(opportunity: OpportunityState) -> str:
    return " . ".join(
        (opportunity.title, opportunity.text, opportunity.expected_outcome, opportunity.scope, *opportunity.keywords)
    )
