"""The model, the score and its reasons."""

import math
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matcher.domain.analyser import analyser_of
from services.matcher.domain.calibration import Calibration, Sample, learn
from services.matcher.domain.document import Terms
from services.matcher.domain.explain import explain
from services.matcher.domain.index import Index
from services.matcher.domain.match import Match, in_facts, is_news
from services.matcher.domain.model import UnreadableModel, fit, from_bytes, to_bytes
from services.matcher.domain.rows import Shared, closeness, least_cosine, shared_terms
from services.matcher.domain.rules import DEFAULT_RULES
from shared.events import MAX_FACT_BYTES, Term
from tests.unit.matcher.builders import NOW, opportunity, profile


def index_of_five() -> Index:
    index = Index(fit([], Terms()), DEFAULT_RULES, rules_version=1)
    for number in range(5):
        index.put_opportunity(opportunity(number))
        index.put_profile(profile(number))
    return index.under(index.fit(), DEFAULT_RULES, rules_version=1)


def test_each_profile_is_closest_to_the_opportunity_made_for_it() -> None:
    index = index_of_five()
    for number, entry in enumerate(index.profiles.entries.values()):
        scores = [index.decide(other, entry, NOW).score for other in index.opportunities.entries.values()]
        assert scores.index(max(scores)) == number


def test_both_questions_have_the_same_answer() -> None:
    index = index_of_five()
    by_opportunity = [
        m for entry in index.opportunities.entries.values() for m in index.who_is_it_for(entry, NOW, before={})
    ]
    by_profile = [
        m for entry in index.profiles.entries.values() for m in index.what_is_there_for(entry, NOW, before={})
    ]
    matched = [sorted(m.as_bytes() for m in found if m.matched) for found in (by_opportunity, by_profile)]
    assert matched[0] == matched[1] != []
    assert {m.key for m in by_opportunity if m.matched} == set(index.matched_pairs(NOW))


def test_the_reasons_add_up_to_the_score() -> None:
    index = index_of_five()
    for opportunity_entry in index.opportunities.entries.values():
        for profile_entry in index.profiles.entries.values():
            shared = shared_terms(profile_entry.row, opportunity_entry.row)
            reasons = explain(shared)
            assert sum(term.share for term in reasons) == pytest.approx(1 if shared else 0)
            dense = math.fsum(
                float(w) * float(opportunity_entry.row.weights[list(opportunity_entry.row.numbers).index(n)])
                for n, w in zip(profile_entry.row.numbers, profile_entry.row.weights, strict=True)
                if n in opportunity_entry.row.numbers
            )
            assert math.fsum(term.worth for term in shared) == pytest.approx(dense)


def test_a_score_does_not_depend_on_what_was_read_before() -> None:
    forwards = index_of_five()
    alone = Index(forwards.model, DEFAULT_RULES, rules_version=1)
    entry, other = alone.read_profile(profile(3)), alone.read_opportunity(opportunity(3))
    among = forwards.match(
        forwards.opportunities.entries["eu-youth-3"], forwards.profiles.entries["org-club-3"], NOW, None
    )
    assert alone.match(other, entry, NOW, None).as_bytes() == among.as_bytes()


def test_a_model_is_the_same_bytes_again_and_survives_them() -> None:
    model = index_of_five().model
    assert to_bytes(model) == to_bytes(index_of_five().model)
    assert from_bytes(to_bytes(model)) == model


@pytest.mark.parametrize("blob", [b"", b"cos\nsystem", zlib.compress(b"[]"), zlib.compress(b'{"format": 99}')])
def test_bytes_that_are_no_model_are_refused(blob: bytes) -> None:
    with pytest.raises(UnreadableModel):
        from_bytes(blob)


def test_profiles_teach_the_model_nothing() -> None:
    index = index_of_five()
    before = to_bytes(index.model)
    for number in range(20):
        index.put_profile(profile(0, id=f"org-{number}", text="Atelier Zorglubique, pompes à chaleur " * 300))
    assert to_bytes(index.fit()) == before


def test_a_changed_lexicon_is_read_at_the_next_fit() -> None:
    index = index_of_five()
    before = replace(index.model, lexicon="[a]\nsavon = soap", analyser=analyser_of("[a]\nsavon = soap"))
    renewed = index.under(before, DEFAULT_RULES, rules_version=1).fit()
    assert renewed == index.model


def test_jargon_tells_less_than_a_trade_even_on_the_first_day() -> None:
    model = fit([], Terms())
    assert model.idf["project"] < model.rarest / 2


CURVE = Calibration(base=4.0, by_closeness=2.0, by_spread=-0.5)
SPREADS = st.floats(min_value=0, max_value=1)


@given(st.lists(st.floats(min_value=0, max_value=3), min_size=2, max_size=20), SPREADS)
def test_a_closer_pair_never_scores_less(closenesses: list[float], spread: float) -> None:
    scores = [CURVE.score(close, spread) for close in sorted(closenesses)]
    assert scores == sorted(scores)
    assert all(0 <= score <= 1 for score in scores)


@given(st.floats(min_value=0.01, max_value=1), SPREADS)
def test_no_pair_above_a_threshold_is_left_out_of_the_candidates(threshold: float, spread: float) -> None:
    just_below = CURVE.least_closeness(threshold, spread) * (1 - 1e-9)
    assert CURVE.score(just_below, spread) < threshold or threshold <= 0.0002


@given(st.lists(st.floats(min_value=0.001, max_value=1), min_size=1, max_size=12))
def test_closeness_lies_between_the_cosine_and_its_most(worths: list[float]) -> None:
    shared = [Shared(n, f"mot {n}", "word", worth) for n, worth in enumerate(worths)]
    cosine = math.fsum(worths)
    assert closeness(shared) >= cosine * (1 - 1e-9)
    assert least_cosine(closeness(shared), len(worths)) <= cosine


def test_two_words_that_say_it_beat_one_that_says_as_much() -> None:
    one = [Shared(1, "lait", "milk", 0.2)]
    two = [Shared(1, "lait", "milk", 0.1), Shared(2, "fromage", "cheese", 0.1)]
    assert closeness(two) > closeness(one)


def test_the_curve_is_learned_from_judged_pairs() -> None:
    pairs = [Sample(close / 100, 0.02, close > 20) for close in range(1, 41)]
    curve = learn(pairs)
    assert curve.score(0.05, 0.02) < 0.35 < 0.65 < curve.score(0.4, 0.02)


def test_nothing_is_learned_from_pairs_that_are_all_alike() -> None:
    with pytest.raises(ValueError, match="relevant pairs and others"):
        learn([Sample(0.1, 0.02, False), Sample(0.2, 0.02, False)])


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_can_be_decided(mine: str, theirs: str) -> None:
    index = Index(fit([], Terms()), DEFAULT_RULES, rules_version=1)
    match = index.match(
        index.read_opportunity(opportunity(0, text=theirs, title=theirs)),
        index.read_profile(profile(0, text=mine)),
        NOW,
        None,
    )
    assert 0 <= match.score <= 1


def a_match(**changes: object) -> Match:
    values: dict[str, object] = {
        "opportunity_id": "o",
        "opportunity_version": 1,
        "profile_id": "p",
        "profile_version": 1,
        "version": 1,
        "model_version": 1,
        "rules_version": 1,
        "decided_at": NOW,
        "score": 0.5,
        "matched": True,
        "refused_by": None,
    }
    return Match(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (None, {}, True),
        (None, {"matched": False}, False),
        ({}, {"matched": False}, True),
        ({}, {}, False),
        ({}, {"score": 0.52, "model_version": 2}, False),
        ({}, {"score": 0.6, "model_version": 2}, True),
        ({}, {"opportunity_version": 2}, True),
        ({"matched": False}, {"matched": False, "opportunity_version": 2}, False),
        ({"matched": False}, {}, True),
    ],
)
def test_only_news_is_told(before: dict[str, object] | None, now: dict[str, object], told: bool) -> None:
    assert is_news(None if before is None else a_match(**before), a_match(**now)) is told


def test_pairs_with_long_reasons_are_split_below_the_size_of_a_fact() -> None:
    term = Term(profile_word="é" * 80, opportunity_word="é" * 80, share=0.1)
    many = [a_match(opportunity_id=f"o{n}", terms=(term,) * 8, passage="é" * 240) for n in range(1200)]
    groups = list(in_facts(many))
    assert sum(len(group) for group in groups) == 1200
    assert all(sum(len(pair.model_dump_json().encode()) for pair in group) < MAX_FACT_BYTES for group in groups)
