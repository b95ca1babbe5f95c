"""Which perimeters hold the territory."""

import json
from pathlib import Path

import pytest

from services.ingest.domain.territory import Territory
from services.ingest.reference import territory
from shared.settings import SettingsError

HERE = territory("35")


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("Ille-et-Vilaine", "Département"),
        ("Bretagne", "Région"),
        ("BRETAGNE", None),
        ("France", "Pays"),
        ("France hexagonale", "Métropole"),
        ("Europe", "Continent"),
        ("Union européenne", None),
        ("Rennes Métropole", "EPCI"),
        ("CA du Pays de Saint-Malo", "EPCI"),
        ("Redon Agglomération", "EPCI"),
        ("Saint-Malo", "Commune"),
        ("Fougères", None),
        ("Bretagne - communes littorales", "Ad-hoc"),
        ("Loire-Bretagne", "Bassin hydrographique"),
        ("", None),
        ("Région Bretagne", None),
    ],
)
def test_a_perimeter_of_the_territory_is_kept(name: str, scale: str | None) -> None:
    assert HERE.holds(name, scale)


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("Drôme", "Département"),
        ("Drôme", None),
        ("Normandie", "Région"),
        ("Pays de la Loire", "Région"),
        ("Nantes Métropole", "EPCI"),
        ("CC Bretagne Sud", "EPCI"),
        ("Marseille", "Commune"),
        ("Bretagne", "Commune"),
        ("Outre-mer", "Outre-mer"),
        ("Belgique", "Pays"),
        ("Afrique", "Continent"),
        ("Massif des Vosges", "Ad-hoc"),
        ("Seine-Normandie", "Bassin hydrographique"),
        ("Communauté de communes", "EPCI"),
    ],
)
def test_a_perimeter_of_somewhere_else_is_not(name: str, scale: str | None) -> None:
    assert not HERE.holds(name, scale)


def test_a_territory_overseas_is_not_on_the_mainland() -> None:
    island = Territory("La Réunion", "La Réunion", overseas=True, intercommunalities=(), communes=("Salazie",))
    assert island.holds("Outre-mer", "Outre-mer")
    assert not island.holds("France métropolitaine", "Métropole")
    assert island.holds("France", "Pays")


def test_a_territory_without_its_tables_says_how_to_make_them() -> None:
    with pytest.raises(SettingsError, match="make_communes"):
        territory("999")


def test_the_table_holds_the_eighteen_intercommunalities() -> None:
    path = Path("services/ingest/reference/territory_35.json")
    assert len(json.loads(path.read_text(encoding="utf-8"))["intercommunalities"]) == 18
