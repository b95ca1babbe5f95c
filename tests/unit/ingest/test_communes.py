"""Communes found as people write them."""

import pytest

from services.ingest.reference import gazetteer
from shared.settings import SettingsError

PLACES = gazetteer("35")


@pytest.mark.parametrize(
    "text", ["Saint-Malo", "saint malo", "ST MALO", "st-malo", "  Saint   Malo ", "35288", "35400", "35400 Saint-Malo"]
)
def test_saint_malo_however_it_is_written(text: str) -> None:
    assert PLACES.find(text, limit=5)[0].name == "Saint-Malo"


def test_accents_and_beginnings_are_enough() -> None:
    assert PLACES.find("medreac", limit=1)[0].name == "Médréac"
    assert PLACES.find("cesson", limit=1)[0].name == "Cesson-Sévigné"
    assert PLACES.find("sevigne", limit=1)[0].name == "Cesson-Sévigné"


def test_an_empty_text_gives_all_by_name() -> None:
    everything = PLACES.find("", limit=400)
    assert len(everything) == 332
    assert everything[0].name == "Acigné"


def test_nonsense_gives_none() -> None:
    assert PLACES.find("Lutèce", limit=5) == ()
    assert PLACES.only("75001") is None


def test_a_postcode_of_several_names_no_single_commune() -> None:
    assert len(PLACES.find("35360", limit=10)) > 3
    assert PLACES.only("35360") is None


def test_a_territory_without_table_says_how_to_make_one() -> None:
    with pytest.raises(SettingsError, match="make_communes"):
        gazetteer("29")
