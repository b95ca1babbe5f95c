"""CSV files of profiles: what is taken, and the sentence for what is not."""

import pytest

from services.ingest.domain.profile_rows import FileRefused, RowRefused, profile_of, read_rows
from services.ingest.reference import gazetteer
from services.ingest.spreadsheets import decode

TEXT = "Nous fabriquons du fromage au lait cru et cherchons des partenaires en Europe."
HEADER = "name;kind;text;commune"
PLACES = gazetteer("35")


def refusal(line: str, header: str = HEADER) -> str:
    with pytest.raises(RowRefused) as refused:
        profile_of(read_rows(f"{header}\n{line}\n")[0], PLACES)
    return str(refused.value)


def test_a_row_becomes_a_profile_with_its_place() -> None:
    header = f"{HEADER};siren;naf;size;themes;language"
    line = f"Fromagerie Exemple;Business;{TEXT};st malo;732 829 320;10.51c;small;agriculture|coopération;FR"
    profile = profile_of(read_rows(f"{header}\n{line}\n")[0], PLACES)
    assert (profile.kind, profile.size, profile.language, profile.naf) == ("business", "small", "fr", "10.51C")
    assert (profile.insee, profile.place, profile.siren) == ("35288", "Saint-Malo", "732829320")
    assert profile.themes == ("agriculture", "coopération")


def test_commas_semicolons_quotes_and_marks_are_read() -> None:
    for text in (
        f"name,kind,text,commune\nA,school,{TEXT},Rennes\n",
        f'\ufeffname;kind;text;commune\r\nA;school;"{TEXT}";Rennes\r\n',
        f'"Name";"Kind";"Text";"Commune"\nA;school;"{TEXT}\nsuite; et fin";Rennes\n\n;;;\n',
    ):
        rows = read_rows(text)
        assert len(rows) == 1
        assert profile_of(rows[0], PLACES).name == "A"


def test_lines_are_numbered_as_an_editor_shows_them() -> None:
    rows = read_rows(f'{HEADER}\nA;school;"{TEXT}\nline two";Rennes\n\nB;school;{TEXT};Rennes\n')
    assert [row.line for row in rows] == [2, 5]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "missing: name"),
        ("nom;type;texte;commune", "unknown: nom"),
        ("name;kind;text", "commune (or insee)"),
        ("name;kind;text;commune;phone", "unknown: phone"),
        ("name;name;kind;text;commune", "given twice: name"),
    ],
)
def test_wrong_headers_are_refused_with_the_right_ones(header: str, says: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_rows(f"{header}\nA;B;C;D\n")
    assert says in str(refused.value)
    assert "name, kind, text, commune" in str(refused.value)


def test_each_refused_row_says_why() -> None:
    assert "at least 40" in refusal("A;business;court;Rennes")
    assert "not of the territory" in refusal(f"A;business;{TEXT};Lutèce")
    assert "kind 'bank'" in refusal(f"A;bank;{TEXT};Rennes")
    assert "no name" in refusal(f";business;{TEXT};Rennes")
    assert "neither commune" in refusal(f"A;business;{TEXT};")
    assert "SIREN" in refusal(f"A;business;{TEXT};Rennes;123456789", f"{HEADER};siren")
    assert "more cells" in refusal(f"A;business;{TEXT};Rennes;extra")
    assert "size" in refusal(f"A;business;{TEXT};Rennes;huge", f"{HEADER};size")


def test_the_same_organisation_has_the_same_id_however_it_is_spelled() -> None:
    one, two = (
        profile_of(read_rows(f"{HEADER}\n{name};business;{TEXT};{commune}\n")[0], PLACES)
        for name, commune in (("Café de l'Étang", "Saint-Malo"), ("CAFE DE L ETANG", "st malo"))
    )
    assert one.id == two.id


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_usual_encodings_are_read(encoding: str) -> None:
    text = f"{HEADER}\nCrêperie d’Été;business;{TEXT} Déjà été à Médréac, près de la forêt.;Médréac\n"
    assert decode(text.encode(encoding)) == text


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(FileRefused, match="text file"):
        decode(b"PK\x03\x04\x00\x00binary")
