"""The same call in two sources: fifty pairs told in other words, and many that only look alike."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.domain.duplicates import Candidates, traits_of
from services.ingest.domain.readings import opportunity_id
from shared.events import OpportunityState

THEMES = [
    ("Heat recovery in small dairies", "Récupération de chaleur dans les petites laiteries"),
    ("Seaweed farming and coastal communities", "Culture d’algues et communautés littorales"),
    ("Town twinning meetings for citizens", "Rencontres de citoyens de villes jumelées"),
    ("Digital skills of young people far from work", "Compétences numériques des jeunes éloignés de l’emploi"),
    ("Flood prevention in rural municipalities", "Prévention des inondations dans les communes rurales"),
    ("Repair and reuse of textile waste", "Réparation et réemploi des déchets textiles"),
    ("Training of elected officials in partner districts", "Formation des élus des districts partenaires"),
    ("Renovation of public buildings with straw", "Rénovation de bâtiments publics avec la paille"),
    ("Volunteering teams in the field of heritage", "Équipes de volontaires au service du patrimoine"),
    ("Drinking water for village schools", "Eau potable pour les écoles de village"),
]


@dataclass(frozen=True)
class Way:
    """One way a second source tells of a call of the first."""

    name: str
    copy: dict[str, Any]


def call(number: int, *, source: str = "eu-portal", **said: Any) -> OpportunityState:
    english, _ = THEMES[number % len(THEMES)]
    code = f"DEMO-{2027 + number % 3}-CALL{number:02d}-0{number % 4 + 1}"
    state = {
        "id": opportunity_id("eu", code), "version": 1, "kind": "call", "source": source, "status": "open",
        "title": f"{english} {_lot(number)}",
        "text": f"This call supports {english.lower()} with partners of several countries, lot {number}. " * 4,
        "deadlines": (datetime(2027, number % 12 + 1, number % 27 + 1, 16, tzinfo=UTC),),
        "url": f"https://portal.example/topic-details/{code}",
    }  # fmt: skip
    return OpportunityState.model_validate({**state, **said})


def _lot(number: int) -> str:
    return ("in coastal areas", "in mountain areas", "of small islands", "for border regions", "in cities")[
        number // 10 % 5
    ]


def copies(original: OpportunityState, number: int) -> list[Way]:
    """How other sources tell of it: what differs from the original."""
    code = (original.url or "").rsplit("/", 1)[1]
    _, french = THEMES[number % len(THEMES)]
    return [
        Way("a French page that links to it", {"title": french, "text": "Un appel européen.", "url": original.url}),
        Way(
            "its code in the text", {"title": f"Appel européen : {french}", "text": f"Référence {code}, ouvert à tous."}
        ),
        Way("the same title, another punctuation", {"title": original.title.upper().replace(" ", "  ") + "."}),
        Way("the title and a word more, the same text", {"title": f"Call for proposals: {original.title}"}),
        Way("a French copy beside a French translation", {"title": french, "text": f"{french}. " * 8}),
    ]


def pair(number: int) -> tuple[OpportunityState, OpportunityState, str]:
    original = call(number, title_fr=THEMES[number % len(THEMES)][1])
    way = copies(original, number)[number // 10 % 5]
    told = {
        "id": f"aid-{number}",
        "source": "aides-territoires",
        "url": f"https://aids.example/aides/{number}",
        "title_fr": None,
    }
    return original, original.model_copy(update={**told, **way.copy}), way.name


PAIRS = [pair(number) for number in range(50)]


def test_of_fifty_calls_told_twice_at_least_48_are_known_as_one_and_none_as_another() -> None:
    candidates = Candidates.of([("", original) for original, _, _ in PAIRS])
    found = {copy.id: candidates.same_as(traits_of(copy)) for _, copy, _ in PAIRS}
    wrong = [(copy.title, found[copy.id]) for original, copy, _ in PAIRS if found[copy.id] not in (None, original.id)]
    missed = [(name, copy.title) for original, copy, name in PAIRS if found[copy.id] is None]
    assert wrong == []
    assert len(missed) <= 2, missed


SHARED = (
    "Citizens learn about remembrance and take part in the democratic life of the Union through local projects. " * 5
)
FOUR = [
    call(90 + n, id=f"eu-cerv-2027-remembrance-0{n}", title=title, text=SHARED,
         deadlines=(datetime(2027, 6, 3, 15, tzinfo=UTC),),
         url=f"https://portal.example/topic-details/CERV-2027-REMEMBRANCE-0{n}")
    for n, title in enumerate(
        ("Remembrance of the Holocaust", "Remembrance of totalitarian regimes", "Remembrance: democratic transition",
         "Remembrance: migration and decolonisation"),
        1,
    )
]  # fmt: skip


def test_four_calls_of_one_source_that_share_a_description_stay_four() -> None:
    assert all(Candidates.of([("", one) for one in FOUR]).same_as(traits_of(one)) is None for one in FOUR)


def test_their_copies_elsewhere_each_find_their_own() -> None:
    candidates = Candidates.of([("", one) for one in FOUR])
    for one in FOUR:
        copy = one.model_copy(update={"id": f"x-{one.id}", "source": "feeds", "url": "https://news.example/7"})
        assert candidates.same_as(traits_of(copy)) == one.id


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("another deadline", {"deadlines": (datetime(2028, 3, 3, 16, tzinfo=UTC),), "url": None}),
        ("another year's call", {"url": "https://portal.example/topic-details/DEMO-2030-CALL07-04"}),
        ("an overview of several calls", {
            "title": "Les appels du mois", "url": None,
            "text": "DEMO-2028-CALL07-04, DEMO-2028-CALL08-01, DEMO-2027-CALL09-02 sont ouverts.",
        }),
        ("the words of the programme only", {"title": "Small dairies", "url": None, "text": "Other things. " * 40}),
        ("no deadline and a short title", {"title": "Heat", "deadlines": (), "url": None, "text": ""}),
    ],
)  # fmt: skip
def test_what_only_looks_alike_is_kept_apart(name: str, said: dict[str, Any]) -> None:
    original = call(7, title="Heat recovery in small dairies")
    other = original.model_copy(update={"id": "aid-1", "source": "aides-territoires", **said})
    assert Candidates.of([("", original)]).same_as(traits_of(other)) is None, name


def test_when_two_could_be_meant_none_is_chosen() -> None:
    one, two = call(7), call(7, id="eu-other", url="https://portal.example/other")
    copy = call(7, id="aid-1", source="feeds", url=None)
    assert Candidates.of([("", one), ("", two)]).same_as(traits_of(copy)) is None


def test_a_day_without_hour_is_the_same_day() -> None:
    original = call(3)
    closes = original.deadlines[0].astimezone(UTC).date()
    midday = datetime(closes.year, closes.month, closes.day, 11, tzinfo=UTC)
    copy = original.model_copy(update={"id": "aid-3", "source": "feeds", "deadlines": (midday,)})
    assert traits_of(copy).closes_on == frozenset({date(closes.year, closes.month, closes.day)})
    assert Candidates.of([("", original)]).same_as(traits_of(copy)) == original.id
