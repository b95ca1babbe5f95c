"""What is read of the directory's answer, and that no person is."""

from typing import Any

import pytest

from services.ingest.domain.companies import AnswerRefused, NumberRefused, read_company, read_number
from tests.unit.ingest.company_answers import RESULT, SIREN, SIRET, answer, result, without


def read(record: Any, number: str = SIREN) -> Any:
    found = read_company(answer(record), number)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "typed", [SIREN, "900 000 001", " 900.000.001 ", SIRET, "900 000 001 00017", "356 000 000 00048", "900-000-001"]
)
def test_a_number_is_read_as_people_write_it(typed: str) -> None:
    assert read_number(typed) in (SIREN, SIRET, "35600000000048")


@pytest.mark.parametrize(
    "typed",
    ["", "9", "900000002", "90000000100018", "exemple", "9000000010001", "9" * 5000, "\x00"],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(NumberRefused):
        read_number(typed)


def test_a_company_is_read_without_the_people_who_lead_it() -> None:
    found = read(RESULT)
    assert (found.name, found.naf, found.size, found.kind) == ("LAITERIE DES ESSAIS", "10.51A", "small", "business")
    assert (found.address, found.insee) == ("4 RUE DES ESSAIS 35990 SOMMEVILLE", "35238")
    assert not found.is_closed
    assert "PERSONNE" not in repr(found)
    assert found.unread == ()


def test_a_sole_trader_has_neither_name_nor_address() -> None:
    for changes in ({"nature_juridique": "1000"}, {"complements__est_entrepreneur_individuel": True}):
        trader = result(nom_complet="INVENTEE PERSONNE", nom_raison_sociale=None, **changes)
        found = read(trader)
        assert found.is_person
        assert "PERSONNE" not in repr(found)
        assert (found.name, found.address, found.naf, found.insee) == (None, None, "10.51A", "35238")


def test_a_name_that_may_be_a_persons_is_left_out_when_the_legal_category_is_missing() -> None:
    found = read(result(nature_juridique=None, nom_raison_sociale=None, nom_complet="INVENTEE PERSONNE"))
    assert found.name is None
    assert "nature_juridique" in found.unread


def test_what_its_people_withhold_stays_empty() -> None:
    found = read(result(statut_diffusion="P", nom_complet="[NON-DIFFUSIBLE]", nom_raison_sociale=None))
    assert found.is_withheld
    assert (found.name, found.naf, found.size, found.address, found.insee) == (None, None, None, None, None)


@pytest.mark.parametrize("status", [None, 7, "", "p", "N"])
def test_when_it_is_not_sure_that_it_may_be_spread_nothing_is_kept(status: Any) -> None:
    found = read(result(statut_diffusion=status))
    assert found.is_withheld
    assert found.name is None


def test_an_address_withheld_alone_is_left_out() -> None:
    assert read(result(seat__statut_diffusion_etablissement="P")).address is None
    masked = read(result(seat__adresse="[NON-DIFFUSIBLE] 35990 SOMMEVILLE", seat__commune="[ND]"))
    assert (masked.address, masked.insee, masked.unread) == (None, None, ())


@pytest.mark.parametrize(
    ("changes", "number"),
    [({"etat_administratif": "C"}, SIREN), ({"place__etat_administratif": "F"}, SIRET)],
)
def test_a_closed_one_is_said_to_be_closed(changes: dict[str, str], number: str) -> None:
    assert read(result(**changes), number).is_closed
    assert not read(RESULT, number).is_closed


def test_a_siret_answers_for_its_own_place() -> None:
    found = read(result(place__commune="35047", place__adresse="1 QUAI NEUF 35001 AUTREVILLE"), SIRET)
    assert (found.insee, found.address) == ("35047", "1 QUAI NEUF 35001 AUTREVILLE")


@pytest.mark.parametrize(
    ("bracket", "category", "size"),
    [
        ("NN", None, "micro"),
        ("00", "PME", "micro"),
        ("03", "PME", "micro"),
        ("11", "PME", "small"),
        ("12", "GE", "small"),
        ("21", "PME", "medium"),
        ("31", "PME", "medium"),
        ("32", "ETI", "large"),
        ("53", "GE", "large"),
        (None, "PME", None),
        (None, "ETI", "large"),
        (None, None, None),
    ],
)
def test_the_size_is_the_bracket_of_staff(bracket: str | None, category: str | None, size: str | None) -> None:
    assert read(result(tranche_effectif_salarie=bracket, categorie_entreprise=category)).size == size


@pytest.mark.parametrize(
    ("nature", "kind"),
    [
        ("5710", "business"),
        ("1000", "business"),
        ("6540", "business"),
        ("7210", "commune"),
        ("7346", "commune"),
        ("7348", "commune"),
        ("7354", "commune"),
        ("7331", "school"),
        ("7383", "school"),
        ("9220", "association"),
        ("9300", "association"),
        ("7220", None),
        ("7361", None),
        ("8420", None),
    ],
)
def test_the_legal_category_says_the_kind(nature: str, kind: str | None) -> None:
    assert read(result(nature_juridique=nature)).kind == kind


def test_an_association_that_keeps_a_school_is_a_school() -> None:
    school = result(nature_juridique="9220", activite_principale="85.31Z", complements__est_uai=True)
    assert read(school).kind == "school"


def test_another_company_in_the_answer_is_not_taken_for_it() -> None:
    assert read_company(answer(result(siren="900000019")), SIREN) is None
    assert read_company(answer(), SIREN) is None
    both = answer(result(siren="900000019", nom_raison_sociale="AUTRE"), RESULT)
    found = read_company(both, SIREN)
    assert found is not None
    assert found.name == "LAITERIE DES ESSAIS"


HUGE = "x" * 2_000_000
DEEP: Any = []
for _ in range(500):
    DEEP = [DEEP]
WRONG = [7, -1.5, True, [], {}, ["a"], {"a": 1}, DEEP]
NAMES = ("nom_raison_sociale", "activite_principale", "tranche_effectif_salarie", "nature_juridique")
SEEN = [(name, wrong) for name in (*NAMES, "etat_administratif", "statut_diffusion") for wrong in WRONG]
SEEN += [("siege", wrong) for wrong in ([], "x", 7, True, None)]
SEEN += [("complements", wrong) for wrong in ([], "x", 7)]
SEEN += [("matching_etablissements", wrong) for wrong in ({}, "x", 7)]
SEEN += [("seat__commune", wrong) for wrong in (35238, "3523", "x", HUGE, [])]
SEEN += [("activite_principale", wrong) for wrong in ("10.51", "1051A", "inconnue", HUGE, "NaN", "\ufeff")]
SEEN += [("tranche_effectif_salarie", wrong) for wrong in ("99", "beaucoup", HUGE, "\x00")]
SEEN += [("nature_juridique", wrong) for wrong in ("57", "SARL", "", HUGE, None)]
SEEN += [("etat_administratif", wrong) for wrong in ("X", "", "ouvert", HUGE, None)]
SEEN += [("nom_complet", wrong) for wrong in (7, "", None, "\x00", [], "   ")]
SEEN += [("complements__est_uai", wrong) for wrong in ("oui", 1, [])]


@pytest.mark.parametrize(("name", "wrong"), SEEN, ids=lambda value: str(value)[:20])
def test_a_field_in_another_shape_is_left_empty_and_told_and_the_others_are_kept(name: str, wrong: Any) -> None:
    found = read(result(**{name: wrong}), SIRET if name == "matching_etablissements" else SIREN)
    assert name.rpartition("__")[2] in {one.rpartition(".")[2] for one in found.unread}
    whole = {"name": "LAITERIE DES ESSAIS", "naf": "10.51A", "size": "small", "kind": "business", "insee": "35238"}
    kept = [field for field, value in whole.items() if getattr(found, field) == value]
    assert len(kept) >= (0 if found.is_withheld else 3)


@pytest.mark.parametrize("name", ["nom_complet", "etat_administratif", "nature_juridique", "siege", "statut_diffusion"])
def test_a_needed_field_that_is_missing_is_told(name: str) -> None:
    assert name in read(without(name)).unread


@pytest.mark.parametrize("name", sorted(set(RESULT) - {"siren"}))
def test_any_field_may_be_missing(name: str) -> None:
    assert read(without(name)).siren == SIREN


@pytest.mark.parametrize(
    "whole",
    [
        None,
        7,
        "x",
        True,
        [],
        {},
        {"erreur": "Veuillez indiquer au moins un paramètre."},
        {"results": None},
        {"results": {}},
        {"results": "x"},
        {"results": 7},
        {"resultats": []},
        {"results": [None]},
        {"results": ["x"]},
        {"results": [[]]},
        {"results": [{}]},
        {"results": [{"siren": None}]},
        {"results": [{"siren": 900000001}]},
        {"results": [DEEP]},
        [RESULT],
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_answer_in_another_shape_is_refused_with_a_sentence(whole: Any) -> None:
    with pytest.raises(AnswerRefused, match="directory"):
        read_company(whole, SIREN)
