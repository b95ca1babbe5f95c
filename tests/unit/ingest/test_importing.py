"""Rows of a spreadsheet against what is known: the same organisation is known again, and its own words are kept."""

import pytest

from services.ingest.domain.importing import Candidate, Declared, candidates_in, identified, next_version
from services.ingest.domain.profile_rows import COLUMNS, cells_of, profile_id, profile_of, read_rows
from services.ingest.domain.refused import SENTENCES, RowRefused
from services.ingest.domain.sheets import Columns, Row, csv_lines, named_rows
from services.ingest.reference import gazetteer
from shared.events import ProfileState
from shared.spreadsheets import as_csv
from tests.unit.ingest.workbooks import TEXT

PLACES = gazetteer("35")
SIREN = "732829320"
NOBODY = Declared()


def profile(**fields: object) -> ProfileState:
    told = {"id": "org-1", "version": 3, "kind": "business", "name": "Exemple", "text": TEXT, "insee": "35238"}
    place = {"place": "Rennes", "population": 230890, "intercommunality": "Rennes Métropole"}
    return ProfileState.model_validate({**told, **place, **fields})


def candidate(line: str, header: str = "name;kind;text;commune") -> Candidate:
    found, refused = candidates_in(read_rows(f"{header}\n{line}\n"), PLACES)
    assert refused == []
    return found[0]


def written(state: ProfileState) -> Row:
    (row,) = named_rows(csv_lines(as_csv(COLUMNS.all, [cells_of(state)]).decode()), COLUMNS)
    return row


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"siren": SIREN, "naf": "10.51C", "size": "small", "themes": ("agriculture", "mer"), "language": "en"},
        {"name": "=HYPERLINK(1)", "text": f"+33 ; {TEXT}\n\n- une ligne\n@ une autre"},
        {"name": "'=déjà", "text": f"'''-{TEXT}"},
        {"name": 'A;"B"', "text": f'"{TEXT}";\n;'},
        {
            "kind": "commune",
            "name": "Rennes Métropole",
            "insee": None,
            "place": "Rennes Métropole",
            "population": 473973,
        },
    ],
    ids=["few fields", "all fields", "formulas", "apostrophes", "quotes", "an intercommunality"],
)
def test_an_export_comes_back_unchanged(fields: dict[str, object]) -> None:
    state = profile(**fields)
    (one,), refused = candidates_in([written(state)], PLACES)
    assert refused == []
    known = identified(one, {state.id: state}, {}, NOBODY)
    if fields.get("kind") == "commune":
        state = state.model_copy(update={"siren": "243500139"})
    assert next_version(state, 3, known) == (None, ())


def test_no_cell_of_an_export_is_taken_for_a_formula() -> None:
    cells = as_csv(("name",), [(start + "1+1",) for start in "=+-@"]).decode("utf-8-sig").split("\r\n")[1:5]
    assert all(cell.startswith("'") for cell in cells)


def test_what_the_file_has_no_column_for_is_kept() -> None:
    known = profile(naf="10.51C", size="small", siren=SIREN)
    after, changed = next_version(known, 3, candidate(f"Exemple;business;{TEXT} Encore.;Rennes"))
    assert changed == ("text",)
    assert after is not None
    assert (after.version, after.naf, after.size, after.siren) == (4, "10.51C", "small", SIREN)


def test_an_empty_cell_of_a_column_that_is_there_clears_it() -> None:
    after, changed = next_version(
        profile(naf="10.51C"), 3, candidate(f"Exemple;business;{TEXT};Rennes;", "name;kind;text;commune;naf")
    )
    assert changed == ("naf",)
    assert after is not None
    assert after.naf is None


def test_an_organisation_is_known_again_by_its_id_its_siren_or_its_name_and_commune() -> None:
    by_name = profile(id=profile_id("Exemple", "35238", None))
    plain = candidate(f"EXEMPLE;business;{TEXT};rennes")
    assert identified(plain, {by_name.id: by_name}, {}, NOBODY).profile.id == by_name.id
    numbered = candidate(f"Renommée;business;{TEXT};Rennes;{SIREN}", "name;kind;text;commune;siren")
    here = profile(siren=SIREN)
    assert identified(numbered, {"org-1": here}, {SIREN: "org-1"}, NOBODY).profile.id == "org-1"
    named = candidate(f"Renommée;business;{TEXT};Rennes;org-1", "name;kind;text;commune;id")
    assert identified(named, {"org-1": here}, {}, NOBODY).profile.id == "org-1"
    assert identified(named, {}, {}, NOBODY).profile.id == profile_id("Renommée", "35238", None)


def test_a_siren_learned_later_belongs_to_the_same_organisation() -> None:
    known = profile(id=profile_id("Exemple", "35238", None))
    numbered = candidate(f"Exemple;business;{TEXT};Rennes;{SIREN}", "name;kind;text;commune;siren")
    assert identified(numbered, {known.id: known}, {}, NOBODY).profile.id == known.id
    other = known.model_copy(update={"siren": "552100554"})
    assert identified(numbered, {known.id: other}, {}, NOBODY).profile.id != known.id


def test_one_that_declared_itself_keeps_its_own_words() -> None:
    mine = profile(id="o1", siren=SIREN)
    declared = Declared.of([mine])
    for line, header in (
        (f"Autre;business;{TEXT};Vitré;{SIREN}", "name;kind;text;commune;siren"),
        (f"exemple;business;{TEXT} Mieux.;Rennes", "name;kind;text;commune"),
        (f"Exemple;business;{TEXT} Mieux.;Rennes;o1", "name;kind;text;commune;id"),
    ):
        with pytest.raises(RowRefused, match="declared itself"):
            identified(candidate(line, header), {"o1": mine}, {SIREN: "o1"}, declared)
    mine = mine.model_copy(update={"population": 12})  # the tables of places may have changed since
    (same,), _ = candidates_in([written(mine)], PLACES)
    assert next_version(mine, 3, identified(same, {"o1": mine}, {}, declared))[0] is None


def test_an_intercommunality_is_a_collectivity_with_its_own_number_and_people() -> None:
    row = read_rows(f"name;kind;text;commune\nRedon Agglo;commune;{TEXT};CA Redon Agglomération\n")[0]
    state = profile_of(row, PLACES)
    assert (state.siren, state.insee, state.population) == ("243500741", None, 67121)
    assert state.place == "Communauté d'agglomération Redon Agglomération"


def test_every_sentence_of_a_refusal_can_be_filled() -> None:
    assert all(sentence.count("{") == sentence.count("}") for sentence in SENTENCES.values())
    assert Columns(("a",), ("b",), ("c",)).all == ("a", "c", "b")
