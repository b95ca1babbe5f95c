"""Why an opportunity is proposed or not, in sentences: each holds the fact behind it, none holds a code."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.matcher.domain.decide import JUDGED
from services.matcher.domain.gates import GATES
from services.portal.domain import labels
from services.portal.domain.reasons import MetWord, standing, words_met
from services.portal.domain.refusals import Case, Speech, why_not
from services.portal.web.drawing import texts
from shared.events import OpportunityState, Term

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
FRENCH = Speech(texts("fr"), "fr", "Europe/Paris")
ENGLISH = Speech(texts("en"), "en", "Europe/Paris")
RULES: dict[str, object] = {
    "micro_max_budget": 200_000,
    "excluded_words": ["nucléaire", "nu"],
    "required_words": ["mer", "littoral"],
    "association": {"min_days_ahead": 7},
}


def case(**changes: Any) -> Case:
    """A tender about the nuclear industry, and an association."""
    state = {
        "id": "eu-1",
        "version": 1,
        "kind": "tender",
        "source": "eu-portal",
        "title": "Safety of nucléaire plants",
        "status": "forthcoming",
        "programme": "Euratom",
        "instrument": "Prizes",
        "budget_min": 500_000,
        "audience": ("business", "commune"),
        "places": ("Kenya",),
        "deadline": NOW + timedelta(days=3),
        **changes,
    }
    opportunity = OpportunityState.model_validate(state)
    return Case(opportunity, "Les Amis du port", "association", standing(0.12, 0.25), RULES, NOW)


def said(refused_by: str, of: Case | None = None, say: Speech = FRENCH) -> str:
    """The whole sentence, with plain spaces."""
    refusal = why_not(refused_by, of or case(), say)
    return " ".join(f"{refusal.sentence} {refusal.quoted}".split())


@pytest.mark.parametrize(
    ("refused_by", "sentence"),
    [
        ("status", "Elle n’est pas encore ouverte, et sa date d’ouverture n’est pas annoncée."),
        (
            "deadline",
            "Sa date limite est trop proche : le jeudi 5 novembre 2026 à 10 h 00 (heure de Paris). "
            "Nous proposons ce qui laisse au moins 7 jours pour répondre.",
        ),
        ("organisation", "Pour le moment, nous ne proposons rien aux associations."),
        ("kind", "C’est un marché public : nous n’en proposons pas aux associations."),
        (
            "audience",
            "Elle s’adresse à d’autres : entreprises et communes ou intercommunalités, et non aux associations.",
        ),
        ("programme", "Elle relève d’un programme que nous ne proposons pas aux associations : Euratom"),
        ("instrument", "Elle prend une forme que nous ne proposons pas aux associations : Prizes"),
        (
            "size",
            "Elle attend des projets d’au moins 500 000 €. "
            "À une structure de moins de 10 personnes, nous proposons jusqu’à 200 000 €.",
        ),
        (
            "place",
            "Elle se passe à l’étranger (Kenya), et la description de Les Amis du port ne parle pas de ce pays.",
        ),
        ("required_words", "Elle ne contient aucun des mots que nous demandons : « mer », « littoral »."),
        ("excluded_words", "Elle contient un mot que nous écartons : « nucléaire »."),
        ("threshold", "Rapprochement trop faible : 12 sur 100, il en faut 25."),
        ("profile", "Raison : l’organisation n’est plus suivie."),
    ],
)
def test_a_refusal_is_a_sentence_with_the_fact_behind_it(refused_by: str, sentence: str) -> None:
    assert said(refused_by) == sentence


def test_dates_of_the_opportunity_are_told() -> None:
    assert said("status", case(opens_on=date(2026, 12, 1))).endswith("elle ouvrira le mardi 1 décembre 2026.")
    assert said("status", case(status="closed")) == "Elle est close : il n’est plus possible d’y répondre."
    past = said("deadline", case(deadline=NOW - timedelta(days=1)))
    assert past.startswith("Sa date limite est passée : c’était le dimanche 1 novembre 2026")


@pytest.mark.parametrize("gate", [*(name for name, _ in GATES), JUDGED])
def test_every_gate_of_the_matcher_has_a_title_and_a_sentence_even_when_facts_are_missing(gate: str) -> None:
    bare = replace(case(deadline=None, places=(), budget_min=None, programme=None, instrument=None), rules={})
    assert gate in labels.GATES
    for say in (FRENCH, ENGLISH):
        sentence = said(gate, bare, say)
        assert sentence
        assert not any(left in sentence for left in ("_", "None", "«  »"))
        assert not sentence.endswith(":")
    assert said(gate) != said(gate, say=ENGLISH)


def test_a_gate_that_is_not_known_here_is_told_without_its_code() -> None:
    assert said("moon_phase") == "Raison : une règle l’écarte."


def test_advice_is_given_where_a_description_decides_and_only_there() -> None:
    advised = {name for name in (*labels.GATES, "threshold") if why_not(name, case(), FRENCH).advice}
    assert advised == {"threshold", "place", "size"}


def test_each_word_of_an_organisation_is_told_once_with_its_whole_share() -> None:
    pairs = [("algues", "seaweed", 0.4), ("Europe", "europe", 0.3), ("algues", "macroalgae", 0.3)]
    terms = [Term(profile_word=mine, opportunity_word=its, share=share) for mine, its, share in pairs]
    first, second = words_met(terms)
    assert first == MetWord("algues", ("seaweed", "macroalgae"), 0.4 + 0.3)
    assert second == MetWord("Europe", (), 0.3)


@pytest.mark.parametrize(
    ("score", "threshold", "words", "figures"),
    [
        (0.8, 0.3, "Très bon rapprochement", (80, 30)),
        (0.55, 0.3, "Bon rapprochement", (55, 30)),
        (0.3, 0.3, "Rapprochement possible", (30, 30)),
        (0.2996, 0.3, "Rapprochement un peu trop faible", (29, 30)),
        (0.326, 0.33, "Rapprochement un peu trop faible", (32, 33)),
        (0.0, 0.3, "Rapprochement trop faible", (0, 30)),
        (0.0, 0.004, "Rapprochement trop faible", (0, 0)),
    ],
)
def test_a_score_below_the_threshold_never_reads_as_high_as_it(
    score: float, threshold: float, words: str, figures: tuple[int, int]
) -> None:
    stands = standing(score, threshold)
    assert (stands.score, stands.needed) == figures
    assert stands.words == words
