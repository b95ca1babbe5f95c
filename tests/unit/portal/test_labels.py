"""Every code another service tells has its words here, and every sentence of the matcher its field."""

from typing import get_args

from pydantic import BaseModel

from services.matcher.domain.decide import JUDGED, THRESHOLD_REFUSED
from services.matcher.domain.gates import GATES
from services.matcher.domain.rules import DEFAULT_RULES, parse_rules
from services.matcher.domain.rules.schema import RuleSet
from services.matcher.handlers import PROFILE_REMOVED
from services.notifier.domain.kinds import MailKind, MessageState
from services.portal.domain.labels import DELIVERY_STATUSES, MAIL_KINDS, REFUSALS
from services.portal.domain.rules_form import groups, read_rules, tied_to_fields

RULES = DEFAULT_RULES.model_dump(mode="json")


def titled_paths(model: type[BaseModel], path: str = "", titles: str = "") -> list[tuple[str, str]]:
    """Each value of a rule set with the titles the matcher's sentences begin with."""
    found = []
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += titled_paths(inner, f"{path}{name}.", f"{titles}{field.title} › ")
        else:
            found.append((f"{path}{name}", f"{titles}{field.title}"))
    return found


def test_every_refusal_of_the_matcher_has_its_sentence() -> None:
    assert {name for name, _ in GATES} | {THRESHOLD_REFUSED, PROFILE_REMOVED, JUDGED} <= set(REFUSALS)


def test_every_kind_and_state_of_a_mail_has_its_words() -> None:
    assert set(get_args(MailKind)) <= set(MAIL_KINDS)
    assert set(get_args(MessageState)) <= set(DELIVERY_STATUSES)


def test_every_title_of_the_matcher_leads_to_its_field() -> None:
    for path, titles in titled_paths(RuleSet):
        assert tied_to_fields([f"{titles} › 2 : un nombre est attendu"], groups(RULES))[0].keys() == {path}


def test_what_the_matcher_refuses_is_told_beside_the_field_or_else_above() -> None:
    wrong = {
        **RULES,
        "threshold": 7,
        "commune": {**RULES["commune"], "min_days_ahead": -1},
        "theme_boosts": [{"name": "mer", "factor": 9}],
    }
    _, sentences = parse_rules(wrong)
    tied, loose = tied_to_fields((*sentences, "Autre chose : un mot"), groups(RULES))
    assert set(tied) == {"threshold", "commune.min_days_ahead", "theme_boosts"}
    assert loose == ("Autre chose : un mot",)


def test_the_form_of_the_real_rules_sent_back_untouched_is_the_same() -> None:
    typed = {field.path: field.value for group in groups(RULES) for field in group.fields}
    assert read_rules(RULES, typed) == (RULES, {})
