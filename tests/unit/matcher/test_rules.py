"""The rule set: its schema, its sentences, and each gate with its reason."""

from datetime import timedelta
from typing import Any

import pytest

from services.matcher.domain.gates import contains_any, first_refusal
from services.matcher.domain.rules import DEFAULT_RULES, RuleSet, parse_rules
from tests.unit.matcher.builders import NOW, opportunity, profile


def refused(changes: dict[str, Any], rules: dict[str, Any] | None = None, kind: str = "business") -> str | None:
    drafted, errors = parse_rules(rules or {})
    assert drafted is not None, errors
    return first_refusal(opportunity(0, **changes), profile(0, kind=kind), drafted, NOW)


@pytest.mark.parametrize(
    ("changes", "rules", "reason"),
    [
        ({}, {}, None),
        ({"status": "closed"}, {}, "status"),
        ({"status": "forthcoming"}, {}, None),
        ({"status": "forthcoming"}, {"business": {"include_forthcoming": False}}, "status"),
        ({"deadline": NOW + timedelta(days=6)}, {}, "deadline"),
        ({"deadline": NOW + timedelta(days=7)}, {}, None),
        ({"deadline": None}, {}, None),
        ({}, {"business": {"active": False}}, "organisation"),
        ({"kind": "tender"}, {"business": {"opportunity_kinds": ["call"]}}, "kind"),
        ({"audience": ("commune",)}, {}, "audience"),
        ({"audience": ("commune",)}, {"business": {"check_audience": False}}, None),
        ({"programme": "LIFE"}, {"business": {"refused_programmes": ["life"]}}, "programme"),
        ({"instrument": "HORIZON Recognition Prize"}, {}, "instrument"),
        ({"title": "European Capital Awards"}, {}, "instrument"),
        ({"title": "Enterprise support"}, {}, None),
        ({"instrument": "Prize"}, {"business": {"refused_instruments": []}}, None),
        ({}, {"required_words": ["Éolienne"]}, "required_words"),
        ({}, {"required_words": ["HEAT pumps"]}, None),
        ({}, {"excluded_words": ["heat pumps"]}, "excluded_words"),
        ({}, {"excluded_words": ["heat pum"]}, None),
        ({}, {"excluded_words": [".*", "h.at", "(heat"]}, "excluded_words"),
        ({}, {"excluded_words": ["h.at", "he[a]t", "heat|xyz"]}, None),
    ],
)
def test_a_gate_refuses_with_its_reason(changes: dict[str, Any], rules: dict[str, Any], reason: str | None) -> None:
    if ".*" in rules.get("excluded_words", ()):
        rules = {"excluded_words": ["(heat"]}  # ".*" alone holds no letter: refused before
    assert refused(changes, rules) == reason


def test_the_first_gate_that_refuses_is_the_one_kept() -> None:
    assert refused({"status": "closed", "deadline": NOW, "audience": ("commune",)}) == "status"


def test_gates_are_those_of_the_kind_of_organisation() -> None:
    rules = {"business": {"active": False}}
    assert refused({}, rules, kind="commune") is None


@pytest.mark.parametrize(
    ("title", "text", "reason"),
    [
        ("Civil society in Nigeria", "Une laiterie de Fougères", "place"),
        ("Civil society in Nigeria", "Nous formons des éleveurs au Nigéria", None),
        ("Filières au Bénin", "We train farmers in Benin", None),
        ("Civil society in Nigeria", "Comité de solidarité internationale", None),
        ("A call without a country", "Une laiterie de Fougères", "place"),
    ],
)
def test_what_is_done_abroad_is_for_those_who_speak_of_it(title: str, text: str, reason: str | None) -> None:
    call = opportunity(0, title=title, programme="EU External Action - Prospect")
    assert first_refusal(call, profile(0, text=text), DEFAULT_RULES, NOW) == reason
    assert first_refusal(opportunity(0, title=title), profile(0, text=text), DEFAULT_RULES, NOW) is None


@pytest.mark.parametrize(
    ("size", "budget", "reason"),
    [("micro", 20_000_000, "size"), ("micro", 2_000_000, None), ("small", 20_000_000, None), (None, 20_000_000, None)],
)
def test_a_very_small_structure_is_spared_the_largest_projects(size: str, budget: int, reason: str | None) -> None:
    assert first_refusal(opportunity(0, budget_min=budget), profile(0, size=size), DEFAULT_RULES, NOW) == reason


def test_words_are_plain_and_whole_whatever_case_and_accents() -> None:
    assert contains_any("L’énergie éolienne en mer", ("EOLIENNE",))
    assert not contains_any("Une éolienne", ("éolien",))
    assert not contains_any("anything", ("a.*g", "(a+)+$"))


@pytest.mark.parametrize(
    ("given", "french", "english"),
    [
        ({"threshold": 7}, "Seuil : la valeur doit être au plus 1.0", "Seuil: the value must be at most 1.0"),
        ({"seuil": 1}, "seuil : cette règle n’existe pas", "seuil: there is no such rule"),
        (
            {"business": {"min_days_ahead": -1}},
            "Entreprises › Jours avant l’échéance : la valeur doit être au moins 0",
            "Entreprises › Jours avant l’échéance: the value must be at least 0",
        ),
        (
            {"excluded_words": ["ok", ".*"]},
            "Mots écartés › 2 : un mot vide n’a pas de sens",
            "Mots écartés › 2: an empty word means nothing",
        ),
        (
            {"digest_cap": "dix"},
            "Opportunités par message : un nombre est attendu",
            "Opportunités par message: a number is expected",
        ),
    ],
)
def test_a_mistake_is_a_sentence_in_either_language(given: dict[str, Any], french: str, english: str) -> None:
    assert parse_rules(given, "fr") == (None, (french,))
    assert parse_rules(given, "en") == (None, (english,))


def test_all_mistakes_are_told_at_once() -> None:
    _, errors = parse_rules({"threshold": 7, "digest_cap": 0, "commune": {"opportunity_kinds": ["gift"]}})
    assert len(errors) == 3


def test_rules_that_read_no_part_of_the_text_are_refused() -> None:
    nothing = dict.fromkeys(DEFAULT_RULES.field_weights.model_dump(), 0)
    assert parse_rules({"field_weights": nothing})[0] is None


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    assert parse_rules({"threshold": number})[0] is None
    assert parse_rules({"field_weights": {"title": number}})[0] is None


def test_every_rule_has_a_title_and_a_rule_set_survives_json() -> None:
    assert RuleSet.model_validate(DEFAULT_RULES.model_dump(mode="json")) == DEFAULT_RULES
    assert all(field.title for field in RuleSet.model_fields.values())
