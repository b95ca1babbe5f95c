"""Texts nobody should write, and some do: a score or nothing, never an error, and nothing gained by it."""

from datetime import date
from pathlib import Path

import pytest

from services.matcher.domain.lexicon import lexicon_text, read_lexicon
from services.matcher.domain.rules import DEFAULT_RULES
from services.matcher.offline import Table
from services.matcher.offline_files import JudgedLine, OpportunityLine, ProfileLine, read_lines, start_of_day
from shared.events import OpportunityState, ProfileState
from tests.unit.matcher.builders import opportunity, profile

JUDGED = Path(__file__).parents[2] / "judged"
NOW = start_of_day(date(2026, 11, 2))
EVERY_FRENCH_WORD = " ; ".join(phrase.text for one in read_lexicon(lexicon_text()).concepts for phrase in one.french)


@pytest.fixture(scope="module")
def calls() -> list[OpportunityState]:
    return [line.state() for line in read_lines(JUDGED / "opportunities.jsonl", OpportunityLine)]


@pytest.fixture(scope="module")
def honest() -> list[ProfileState]:
    return [line.state() for line in read_lines(JUDGED / "profiles.jsonl", ProfileLine)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "fromage",
        "fromage " * 100_000,
        "mot" * 100_000,
        "\x00\x01\ufffe\ud83d\ufffd" + "".join(map(chr, range(0x250))),
        "NOUS FABRIQUONS DES FROMAGES AU LAIT CRU, NOUS CHERCHONS DES PARTENAIRES",
        "Wir bauen Maschinen für die Milchwirtschaft und suchen Partner in Europa",
        "Ni a labour gant al laezh e Breizh",
        "мы делаем сыр",
        "我们生产奶酪",
        EVERY_FRENCH_WORD,
        "=cmd|' /C calc'!A0 <script>alert(1)</script> {{7*7}} %s %n",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_any_text_has_a_score_on_either_side(text: str, calls: list[OpportunityState]) -> None:
    odd = [opportunity(0, id="odd", title=text[:300], text=text), *calls[:5]]
    table = Table(odd, [profile(0, text=text), profile(1)], now=NOW, rules=DEFAULT_RULES)
    for one in (profile(0, text=text), profile(1)):
        assert all(0 < decision.score <= 1 for _, decision in table.ranking(one))


def test_capitals_without_accents_say_the_same(calls: list[OpportunityState]) -> None:
    text = "Nous rénovons des bâtiments anciens et posons des pompes à chaleur, près de la forêt"
    plain, loud = (
        profile(0, text=text),
        profile(1, text="NOUS RENOVONS DES BATIMENTS ANCIENS ET POSONS DES POMPES A CHALEUR, PRES DE LA FORET"),
    )
    table = Table(calls, [plain, loud], now=NOW, rules=DEFAULT_RULES)
    scores = [[(found.id, decision.score) for found, decision in table.ranking(one)] for one in (plain, loud)]
    assert scores[0] == scores[1]


def best_scores(table: Table, one: ProfileState, wanted: list[str]) -> list[float]:
    scores = {found.id: decision.score for found, decision in table.ranking(one)}
    return [scores.get(opportunity_id, 0.0) for opportunity_id in wanted]


@pytest.mark.parametrize("stuff", ["said fifty times", "every word of the thesaurus"])
def test_a_stuffed_profile_does_not_outrank_an_honest_one(
    stuff: str, calls: list[OpportunityState], honest: list[ProfileState]
) -> None:
    grades = {line.id: line.grades for line in read_lines(JUDGED / "qrels.jsonl", JudgedLine)}
    texts = {
        "said fifty times": lambda text: f"{text} " * 50,
        "every word of the thesaurus": lambda text: f"{text}. {EVERY_FRENCH_WORD}",
    }
    stuffed = [one.model_copy(update={"id": f"stuffed {one.id}", "text": texts[stuff](one.text)}) for one in honest]
    table = Table(calls, [*honest, *stuffed], now=NOW, rules=DEFAULT_RULES)
    for one, other in zip(honest, stuffed, strict=True):
        wanted = [found for found, grade in grades[one.id].items() if grade == 3]
        honestly, by_stuffing = best_scores(table, one, wanted), best_scores(table, other, wanted)
        assert sum(by_stuffing) <= sum(honestly) + 1e-9, one.id


def test_a_stuffed_profile_moves_nobody_elses_score(calls: list[OpportunityState], honest: list[ProfileState]) -> None:
    stuffed = profile(0, id="stuffed", text=EVERY_FRENCH_WORD)
    alone, beside = (Table(calls, those, now=NOW, rules=DEFAULT_RULES) for those in (honest, [*honest, stuffed]))
    for one in honest:
        assert [d.score for _, d in alone.ranking(one)] == [d.score for _, d in beside.ranking(one)]
