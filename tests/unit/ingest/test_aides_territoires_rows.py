"""Aids of aides-territoires, understood one by one; what is wrong with one never spoils another."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.domain.call_ids import call_ids
from services.ingest.reference import territory
from services.ingest.sources import aides_territoires_rows
from services.ingest.sources.aides_territoires_rows import ADDRESS_LIMIT, concerns, read_aid
from services.ingest.sources.aides_territoires_words import audience_of
from shared.events import OpportunityState
from tests.unit.ingest.aids import AID, aid, nested, without
from tests.unit.ingest.rows import NOW
from tests.unit.ingest.understood import understood

parse = understood(aides_territoires_rows.parse)

HERE = territory("35")


def state(**fields: Any) -> OpportunityState:
    return read_aid(aid(**fields), NOW).state


def test_an_aid_becomes_an_opportunity_of_its_own_words() -> None:
    read = read_aid(aid(), NOW)
    assert (read.key, read.state.id, read.state.kind, read.state.language) == ("900001", "at-900001", "call", "fr")
    assert read.state.title == "Chauffer les gymnases au bois"
    assert read.state.text.startswith("Aide aux chaufferies bois des gymnases & des piscines.\nÉtudes")
    assert read.state.text.endswith("Financeurs : Agence imaginaire de la chaleur")
    assert read.state.scope == "Projets d’au moins dix logements."
    assert read.state.audience == ("commune", "association")
    assert read.state.themes == ("Énergies", "Culture")
    assert read.state.keywords == (
        "Transition énergétique",
        "Réseaux de chaleur",
        "Sports",
        "Rénovation d’un gymnase",
    )
    assert (read.state.programme, read.state.call_title) == ("Plan Chaleur douce", "AAP Gymnases 2027")
    assert (read.state.instrument, read.state.places) == ("Subvention", ("Ille-et-Vilaine",))
    assert read.state.url == "https://chaleur.example/aides/gymnases"


def test_a_day_to_apply_is_five_in_the_afternoon() -> None:
    assert state().deadlines == (datetime(2027, 4, 8, 15, 0, tzinfo=UTC),)
    assert len(state(predeposit_date="2027-01-15").deadlines) == 2
    assert state(submission_deadline="2027-04-08T00:00:00+02:00").deadlines == state().deadlines


def test_an_aid_that_is_always_open_has_no_deadline() -> None:
    assert state(recurrence="Permanente", submission_deadline="2027-04-08").deadlines == ()
    assert state(recurrence="Permanente").status == "open"


def test_status_is_what_the_source_and_the_start_say() -> None:
    assert state(is_live=False).status == "closed"
    assert state(is_live=None).status == "open"
    assert state(start_date="2026-12-24").status == "forthcoming"
    assert state(start_date="2026-11-02").status == "open"
    assert state().opens_on == date(2026, 10, 1)


def test_the_ids_of_a_european_call_are_seen_even_in_an_address() -> None:
    seen = state(
        description='<p>Voir <a href="https://ec.example/topic-details/horizon-cl5-2027-d3-01">la page</a>.</p>',
        origin_url="https://ec.example/LIFE-2027-SAP-ENV",
    )
    assert seen.text.splitlines()[-1] == "Appel : HORIZON-CL5-2027-D3-01, LIFE-2027-SAP-ENV"
    assert seen.url == "https://ec.example/LIFE-2027-SAP-ENV"
    told = state(
        name="Jumelages CERV-2027-CITIZENS-TOWN-TT", origin_url="https://ec.example/CERV-2027-CITIZENS-TOWN-TT"
    )
    assert "Appel :" not in told.text


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("(HORIZON-CL4-2027-TWIN-01-05)", ("HORIZON-CL4-2027-TWIN-01-05",)),
        ("erasmus-edu-2027-cb-vet/details", ("ERASMUS-EDU-2027-CB-VET",)),
        ("LIFE-2027 and LIFE-2027", ("LIFE-2027",)),
        ("AAP-2027-BOIS, WILDLIFE-2027-X, une vie-2027", ()),
        ("HORIZON EUROPE 2027", ()),
    ],
)
def test_identifiers_of_calls_are_known_by_their_programme_and_year(text: str, ids: tuple[str, ...]) -> None:
    assert call_ids(text) == ids


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (["Communes"], ("commune",)),
        (["Intercommunalités / Pays", "EPCI à fiscalité propre"], ("commune",)),
        (["Entreprises publiques locales (Sem, Spl, SemOp)", "Agriculteurs"], ("business",)),
        (["Établissements publics (écoles, bibliothèques…)"], ("school",)),
        (["Association", "Particulier"], ("association",)),
        (["Particuliers"], None),
        (["Régions", "Départements", "Recherche"], None),
        (["Établissement public dont services de l'État"], None),
        (["Collectivité d'outre-mer à statuts particuliers"], None),
        (["Fées et lutins"], ()),
        (["Particuliers", "Fées et lutins"], ()),
        ([], ()),
        (["", " "], ()),
    ],
)
def test_who_may_apply(names: list[str], kinds: tuple[str, ...] | None) -> None:
    assert audience_of(names) == kinds


def test_european_aids_and_those_of_the_territory_are_kept() -> None:
    elsewhere = {"perimeter": "Drôme", "perimeter_scale": "Département"}
    assert concerns(aid(), HERE)
    assert concerns(aid(**elsewhere, european_aid="sectorial"), HERE)
    assert concerns(aid(perimeter=None, perimeter_scale=None), HERE)
    assert not concerns(aid(**elsewhere), HERE)
    assert not concerns(aid(targeted_audiences=["Particuliers"], european_aid="european"), HERE)


def test_what_cannot_be_read_is_kept_for_the_refusal_to_be_seen() -> None:
    for strange in (None, 7, [], {}, aid(perimeter=9), aid(targeted_audiences={"a": 1}), aid(perimeter_scale=[1])):
        assert concerns(strange, HERE)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https: //chaleur.example", "https://x.example/" + "a" * ADDRESS_LIMIT, None]
)
def test_an_address_that_leads_nowhere_is_left_for_the_page_in_the_catalogue(address: str | None) -> None:
    read = state(origin_url=address, application_url=None)
    assert read.url == "https://aides-territoires.beta.gouv.fr/aides/9001-chauffer-les-gymnases-au-bois/"
    assert state(origin_url=address, application_url=None, url="//elsewhere.example").url is None


def test_an_amount_is_the_largest_that_is_lent() -> None:
    assert state(loan_amount=1000, recoverable_advance_amount="2500.4").budget_max == 2500
    assert state().budget_max is None


@pytest.mark.parametrize("name", sorted(set(AID) - {"id", "name"}))
@pytest.mark.parametrize("given", ["gone", "null"])
def test_any_other_field_may_be_gone_or_null(name: str, given: str) -> None:
    record = without(name) if given == "gone" else aid(**{name: None})
    parsed = parse((record,), NOW)
    assert (len(parsed.readings), parsed.refused) == (1, ())


LISTS = ("financers", "programs", "categories", "targeted_audiences", "aid_types", "project_references")
TEXTS = ("description", "eligibility", "perimeter", "origin_url", "short_title", "recurrence", "url")
DAYS = ("start_date", "submission_deadline", "predeposit_date")
AMOUNTS = ("loan_amount", "recoverable_advance_amount")

BAD: list[tuple[str, Any, str]] = [
    ("text", "an aid", "not_an_aid"),
    ("number", 7, "not_an_aid"),
    ("null", None, "not_an_aid"),
    ("list", [AID], "not_an_aid"),
    ("deep list", nested(900), "not_an_aid"),
    ("nothing", {}, "bad_field"),
    ("an error", {"type": "about:blank", "title": "Not Found", "status": 404}, "bad_field"),
    ("no id", without("id"), "bad_field"),
    ("no name", without("name"), "bad_field"),
    *(
        (f"id {value!r}"[:20], aid(id=value), "bad_field")
        for value in (None, "", "x", 0, -4, 1.5, True, 10**30, [1], {})
    ),
    *((f"name {value!r}"[:20], aid(name=value), "bad_field") for value in (None, "", "\x00", " ", 7, [], {"fr": "x"})),
    ("name of tags", aid(name="<p></p>"), "no_title"),
    ("endless name", aid(name="x" * 10_001), "bad_field"),
    *((f"{name} a number", aid(**{name: 12}), "bad_field") for name in TEXTS),
    *((f"{name} a list", aid(**{name: ["x"]}), "bad_field") for name in TEXTS),
    ("endless description", aid(description="x" * 1_000_001), "bad_field"),
    *((f"{name} of numbers", aid(**{name: [1, 2]}), "bad_field") for name in LISTS),
    *((f"{name} an object", aid(**{name: {"a": 1}}), "bad_field") for name in LISTS),
    *((f"{name} deep", aid(**{name: nested(800)}), "bad_field") for name in LISTS[:2]),
    *((f"{name} in words", aid(**{name: "bientôt"}), "bad_field") for name in DAYS),
    *((f"{name} the other way", aid(**{name: "08/04/2027"}), "bad_field") for name in DAYS),
    *((f"{name} that is none", aid(**{name: "2027-02-30"}), "bad_field") for name in DAYS),
    *((f"{name} in year 1", aid(**{name: "0001-01-01"}), "bad_field") for name in DAYS),
    *((f"{name} a number", aid(**{name: 20270408}), "bad_field") for name in DAYS),
    *((f"{name} a list", aid(**{name: ["2027-04-08"]}), "bad_field") for name in DAYS),
    *((f"{name} in words", aid(**{name: "beaucoup"}), "bad_field") for name in AMOUNTS),
    *((f"{name} endless", aid(**{name: float("inf")}), "bad_field") for name in AMOUNTS),
    *((f"{name} not a number", aid(**{name: float("nan")}), "bad_field") for name in AMOUNTS),
    *((f"{name} absurd", aid(**{name: 9e15}), "absurd_amount") for name in AMOUNTS),
    *((f"{name} negative", aid(**{name: -5}), "absurd_amount") for name in AMOUNTS),
    ("deadline of 30 years ahead", aid(submission_deadline="2056-01-01"), "absurd_deadline"),
    ("live in between", aid(is_live="perhaps"), "bad_field"),
    ("for private persons", aid(targeted_audiences=["Particuliers"]), "not_for_organisations"),
    (
        "stale",
        aid(description=None, eligibility=None, submission_deadline="2024-01-01", origin_url=None),
        "ghost",
    ),
]


@pytest.mark.parametrize(("record", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_aid_is_set_aside_alone(record: Any, reason: str) -> None:
    parsed = parse((aid(1), record, aid(2)), NOW)
    assert [reading.key for reading in parsed.readings] == ["1", "2"]
    assert [refused.reason for refused in parsed.refused] == [reason]
    assert all(refused.key for refused in parsed.refused)
    assert len(parsed.filled) == 3


ODD: list[tuple[str, dict[str, Any]]] = [
    ("controls in the name", {"name": "\ufeffChauffer\x00 les gymnases\x01 au bois"}),
    ("half a character", {"description": "bois \ud800 gymnase"}),
    ("one text for a list", {"financers": "Agence imaginaire de la chaleur"}),
    ("nulls in a list", {"categories": [None, "Énergies / Bois", ""]}),
    ("broken markup", {"description": "<p><b>bois <i></p> <<<a href='"}),
    ("markup without end", {"description": "<div>" * 5000 + "bois"}),
    ("a script", {"description": "<script>alert(1)</script>bois"}),
    ("unknown fields", {"nouveau": {"x": nested(50)}}),
    ("an endless list of themes", {"categories": [f"Thème {n} / Sujet {n}" for n in range(3000)]}),
]


@pytest.mark.parametrize("fields", [case[1] for case in ODD], ids=[case[0] for case in ODD])
def test_an_odd_aid_is_read_and_clean(fields: dict[str, Any]) -> None:
    (reading,) = parse((aid(**fields),), NOW).readings
    shown = reading.state.model_dump_json()
    assert "\\u0000" not in shown
    assert "alert" not in shown
    assert reading.state.title == "Chauffer les gymnases au bois"
    assert len(reading.state.keywords) <= 60


def test_there_are_enough_malformed_aids() -> None:
    assert len(BAD) >= 60
