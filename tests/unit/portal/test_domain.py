"""What the portal decides without reading or writing."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.portal.domain.communes import choose
from services.portal.domain.dates import days_left, long_moment
from services.portal.domain.rules_form import groups, read_rules
from services.portal.domain.totp import new_enrolment, recovery_hash, step_of
from services.portal.domain.words import clean_text, fold
from services.portal.web.forms import safe_next
from shared.requests import Commune

PORTAL = Path("services/portal")
RULES: dict[str, object] = {
    "threshold": 0.5,
    "digest_cap": 10,
    "business": {"active": True, "refused_programmes": ["A"]},
    "theme_boosts": [{"name": "mer", "factor": 1.5}],
    "required_words": [],
}


def typed() -> dict[str, str]:
    return {field.path: field.value for group in groups(RULES) for field in group.fields}


def test_a_rule_form_sent_back_untouched_is_the_same_rule_set() -> None:
    assert read_rules(RULES, typed()) == (RULES, {})


def test_a_rule_form_reads_commas_boosts_and_switches() -> None:
    changed = {
        **typed(),
        "threshold": "0,62",
        "theme_boosts": "mer = 2\nclimat = 0,5",
        "required_words": "eau\n\n port ",
    }
    del changed["business.active"]
    rules, problems = read_rules(RULES, changed)
    assert problems == {}
    assert rules["threshold"] == 0.62
    assert rules["theme_boosts"] == [{"name": "mer", "factor": 2}, {"name": "climat", "factor": 0.5}]
    assert rules["required_words"] == ["eau", "port"]
    assert rules["business"] == {"active": False, "refused_programmes": ["A"]}


@pytest.mark.parametrize("wrong", ["beaucoup", "", "nan", "inf", "1e999"])
def test_a_rule_that_is_no_number_is_named(wrong: str) -> None:
    assert list(read_rules(RULES, {**typed(), "threshold": wrong})[1]) == ["threshold"]


def test_words_fold_and_texts_lose_their_control_characters() -> None:
    assert fold("  L’ÉCOLE, cœur d'été ") == "l ecole coeur d ete"
    assert clean_text("a\x00b\r\nc\td") == "a b\nc d"


def test_a_commune_is_chosen_by_name_code_or_lone_postcode() -> None:
    one = Commune(insee="35999", name="Sommeville", postcodes=("35990",), population=1)
    two = Commune(insee="35998", name="Sommeville-Bas", postcodes=("35990",), population=1)
    assert choose("SOMMEVILLE", (one, two)) == one
    assert choose("Sommeville-Bas (35998)", (one, two)) == two
    assert choose("35990", (one,)) == one
    assert choose("35990", (one, two)) is None
    assert choose("Somme", (one, two)) is None


def test_a_deadline_is_told_in_long_form_with_its_time_zone() -> None:
    deadline = datetime(2027, 1, 12, 16, tzinfo=UTC)
    french = long_moment(deadline, "fr", "Europe/Paris").replace("\N{NO-BREAK SPACE}", " ")
    assert french == "mardi 12 janvier 2027 à 17 h 00 (heure de Paris)"
    assert long_moment(deadline, "en", "Europe/Paris") == "Tuesday 12 January 2027 at 17:00 (Paris time)"
    assert days_left(deadline, datetime(2027, 1, 11, 23, 30, tzinfo=UTC), "Europe/Paris") == 0


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\nb"])
def test_signing_in_never_leads_to_another_site(path: str) -> None:
    assert safe_next(path) == "/preferences"


def test_a_code_of_now_is_right_and_an_old_one_is_not() -> None:
    secret, enrolment = new_enrolment("Passerelle")
    assert step_of(secret, "12345", 1_000_000) is None
    assert len({recovery_hash(code) for code in enrolment.recovery_codes}) == 10
    assert recovery_hash(enrolment.recovery_codes[0].upper()) == recovery_hash(enrolment.recovery_codes[0])


def test_every_text_has_its_english_with_the_same_placeholders() -> None:
    options = {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    keywords = {"_": None, "N_": None, "ngettext": (1, 2)}
    with (PORTAL / "locales" / "en.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    for found in extract_from_dir(PORTAL, methods, options_map=options, keywords=keywords):
        message = catalogue.get(found[2])
        assert message is not None, found[2]
        texts = message.string if isinstance(message.string, tuple | list) else [message.string]
        assert all(texts), found[2]
        ids = message.id if isinstance(message.id, tuple | list) else [message.id]
        placeholders = re.findall(r"%\(\w+\)s", ids[-1])
        assert sorted(re.findall(r"%\(\w+\)s", texts[-1])) == sorted(placeholders)
