"""Partnership requests: what is refused, and the opportunity each becomes."""

from datetime import date

import pytest

from services.ingest.domain.changes import Known
from services.ingest.domain.countries import country_code
from services.ingest.domain.partnership_rows import COLUMNS, cells_of, fields_changed, wanted_in
from services.ingest.domain.partnerships import (
    as_opportunity,
    partnership_id,
    problems_of,
    saving,
    tidy,
    withdrawal,
)
from services.ingest.domain.refused import RowRefused
from services.ingest.domain.sheets import Row, csv_lines, named_rows
from shared.requests import WantedPartnership
from shared.spreadsheets import as_csv
from tests.unit.ingest.rows import NOW

NEED = "Former trente éleveurs à la transformation du lait en fromage, deux fois trois semaines."
WANTED = WantedPartnership(
    title="Formateurs en fromagerie",
    organisation="Fédération laitière fictive",
    country="MG",
    place="Région imaginaire",
    need=NEED,
    outcome="Cinq ateliers.",
    themes=("agriculture",),
    audience=("business",),
    deadline=date(2027, 5, 31),
    contact="Pôle coopération",
)


def with_(**fields: object) -> WantedPartnership:
    return WANTED.model_validate({**WANTED.model_dump(), **fields})


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"title": " "}, "title", "missing"),
        ({"title": "x" * 201}, "title", "too_long"),
        ({"organisation": "\x00"}, "organisation", "missing"),
        ({"country": ""}, "country", "missing"),
        ({"country": "Atlantide"}, "country", "country"),
        ({"country": "Europe"}, "country", "country"),
        ({"need": "Du fromage"}, "need", "too_short"),
        ({"need": "x" * 8001}, "need", "too_long"),
        ({"outcome": "x" * 4001}, "outcome", "too_long"),
        ({"need": f"{NEED} Écrire à quelquun@exemple.example."}, "need", "personal"),
        ({"contact": "+261 34 00 000 00"}, "contact", "personal"),
        ({"contact": "02 99 00 00 00"}, "contact", "personal"),
        ({"organisation": "a@b.example"}, "organisation", "personal"),
        ({"deadline": date(2020, 1, 1)}, "deadline", "past"),
        ({"deadline": date(2090, 1, 1)}, "deadline", "far"),
    ],
)
def test_what_cannot_be_told_is_refused_by_its_field(fields: dict[str, object], field: str, code: str) -> None:
    assert {name: problem.code for name, problem in problems_of(tidy(with_(**fields)), NOW).items()} == {field: code}


@pytest.mark.parametrize("need", [f"{NEED} 12 000 litres, 2026-2027.", f"{NEED} Budget : 1 250 000,50 ariary."])
def test_amounts_and_years_are_no_telephone_numbers(need: str) -> None:
    assert problems_of(tidy(with_(need=need)), NOW) == {}


@pytest.mark.parametrize("written", ["MG", "mg", "Madagascar", " madagascar "])
def test_a_country_is_known_however_it_is_written(written: str) -> None:
    assert country_code(written) == "MG"
    assert country_code("Germany") == country_code("Allemagne") == "DE"


def test_it_is_told_as_a_partnership_with_the_country_and_without_anybody() -> None:
    told = as_opportunity("partners-1", tidy(WANTED))
    assert (told.kind, told.source, told.places) == ("partnership", "partners", ("Madagascar",))
    assert told.text.startswith(NEED)
    assert "Demande de Fédération laitière fictive (Région imaginaire, Madagascar)." in told.text
    assert "Pour répondre : Pôle coopération." in told.text
    assert told.deadlines[0].isoformat() == "2027-05-31T23:59:00+02:00"
    assert told.audience == ("business",)


def test_the_same_request_entered_twice_has_one_id() -> None:
    again = tidy(with_(title="FORMATEURS en fromagerie ", country="Madagascar"))
    assert partnership_id(tidy(WANTED)) == partnership_id(again)
    assert partnership_id(tidy(with_(country="TG"))) != partnership_id(tidy(WANTED))


def test_it_is_new_then_amended_then_withdrawn_then_open_again() -> None:
    first = saving(None, as_opportunity("partners-1", WANTED), NOW)
    assert first.outcome == "new"
    assert first.state is not None
    known = Known(first.state, True)
    assert saving(known, as_opportunity("partners-1", WANTED), NOW).outcome == "unchanged"
    edited = saving(known, as_opportunity("partners-1", with_(need=f"{NEED} Encore.")), NOW)
    assert [change.field for change in edited.changes] == ["text"]
    gone = withdrawal(known, NOW)
    assert (gone.outcome, gone.reason) == ("closed", "withdrawn")
    assert gone.state is not None
    back = saving(Known(gone.state, False, "withdrawn"), as_opportunity("partners-1", with_(deadline=None)), NOW)
    assert back.outcome == "reopened"
    assert back.state is not None
    assert (back.state.version, back.state.status) == (3, "open")


def test_a_request_written_in_a_file_comes_back_unchanged() -> None:
    (row,) = named_rows(csv_lines(as_csv(COLUMNS.all, [cells_of("partners-1", WANTED)]).decode()), COLUMNS)
    assert fields_changed(WANTED, wanted_in(row, NOW)) == ()


GOOD_ROW = {"title": "A", "organisation": "B", "country": "Togo", "need": NEED}


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"title": ""},
        {"title": "\x00\x07"},
        {"organisation": " "},
        {"country": "NULL"},
        {"country": "x" * 40_000},
        {"need": ""},
        {"need": "court"},
        {"need": "x" * 8001},
        {"need": f"{NEED} <a@b.example>"},
        {"audience": "tous"},
        {"audience": "business|nobody"},
        {"language": "mg"},
        {"deadline": "bientôt"},
        {"deadline": "31/02/2027"},
        {"deadline": "nan"},
        {"deadline": "2020-01-01"},
        {"deadline": "9999-12-31"},
        {"": "de trop"},
    ],
)
def test_a_bad_row_of_requests_is_refused_with_a_sentence(cells: dict[str, str]) -> None:
    row = Row(2, {**GOOD_ROW, **cells} if cells else {})
    with pytest.raises(RowRefused, match="it"):
        wanted_in(row, NOW)


def test_a_day_is_read_as_the_french_write_it_too() -> None:
    assert wanted_in(Row(2, {**GOOD_ROW, "deadline": "31/05/2027"}), NOW).deadline == date(2027, 5, 31)
