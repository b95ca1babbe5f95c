"""Learning pairs of words from labels in both languages, and reading the files they come in."""

import json
from pathlib import Path

import pytest

from services.matcher.domain.analyser import PLAIN_WEIGHT, Analyser, can_count
from services.matcher.domain.learning import learn
from services.matcher.label_files import MAX_BYTES, read_labels
from services.matcher.offline_files import FileProblem

LABELS = [
    ("bateau de pêche", "fishing boat"),
    ("bateau à voile", "sailing boat"),
    ("port de pêche", "fishing harbour"),
    ("port de plaisance", "leisure harbour"),
    ("filet de pêche", "fishing net"),
    ("filet", "net"),
    ("voile", "sail"),
]


def best(french: str, labels: list[tuple[str, str]]) -> str | None:
    return next((one.english for one in learn(labels) if one.french == french), None)


@pytest.mark.parametrize(
    ("french", "english"), [("bateau", "boat"), ("port", "harbour"), ("peche", "fishing"), ("filet", "net")]
)
def test_words_that_come_together_are_paired(french: str, english: str) -> None:
    assert best(french, LABELS) == english


def test_the_same_labels_give_the_same_pairs_in_any_order() -> None:
    assert learn(LABELS) == learn(list(reversed(LABELS)))


def test_what_was_seen_once_among_others_teaches_nothing() -> None:
    assert best("plaisance", LABELS) is None


def test_nothing_is_learned_from_nothing() -> None:
    assert learn([]) == []
    assert learn([("", ""), ("de la", "of the")]) == []


TRADE = """
[trade]
fromage = cheese > dairy
lait = dairy
sellerie, cuir = leather
[learned]
zellier -> cheese 0.8, gadget 0.4
[staff]
selleriez -> rider 1
"""


def terms(text: str) -> dict[str, float]:
    return {found.term: found.weight for found in Analyser(TRADE).read(text, "fr")}


def test_translated_words_say_the_concept_of_their_english_ones_or_else_the_words() -> None:
    assert terms("zellier") == {"#cheese": 0.8, "gadget": 0.4 * PLAIN_WEIGHT}


def test_a_translated_word_widens_as_any_other() -> None:
    found = {found.term for found in Analyser(TRADE).read_profile("zellier", "fr")}
    assert "#dairy" in found


def test_a_word_that_was_added_is_not_put_right_towards_another() -> None:
    assert terms("selleriez") == {"rider": PLAIN_WEIGHT}


def test_words_of_a_concept_are_known_by_any_form_and_others_are_not() -> None:
    analyser = Analyser(TRADE)
    assert analyser.has_concept("Fromages")
    assert not analyser.has_concept("selleriez")
    assert not analyser.has_concept("fromage de tête")


@pytest.mark.parametrize(
    ("french", "english"), [("de la", "boat"), ("bateau", "of the"), ("bateau voile filet port selle", "boat")]
)
def test_words_that_no_text_could_meet_cannot_count(french: str, english: str) -> None:
    assert can_count("bateau", "boat")
    assert not can_count(french, english)


SKOS = """<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="urn:rdf" xmlns:skos="urn:skos" xmlns:skosxl="urn:skosxl">
<skos:Concept><skos:prefLabel xml:lang="fr">bateau</skos:prefLabel><skos:altLabel xml:lang="fr">navire</skos:altLabel>
<skos:prefLabel xml:lang="en">boat</skos:prefLabel><skos:prefLabel xml:lang="de">Boot</skos:prefLabel></skos:Concept>
<skos:Concept><skosxl:prefLabel><skosxl:Label>
<skosxl:literalForm xml:lang="fr">filet</skosxl:literalForm></skosxl:Label>
</skosxl:prefLabel><skosxl:prefLabel><skosxl:Label><skosxl:literalForm xml:lang="en">net</skosxl:literalForm>
</skosxl:Label></skosxl:prefLabel></skos:Concept></rdf:RDF>"""
APART = """<rdf:RDF xmlns:rdf="urn:rdf" xmlns:skos="urn:skos" xmlns:skosxl="urn:skosxl">
<skos:Concept><skos:altLabel xml:lang="fr">navire</skos:altLabel>
<skos:prefLabel xml:lang="fr-FR">bateau</skos:prefLabel><skos:prefLabel xml:lang="en">boat</skos:prefLabel>
<skos:definition xml:lang="en">it floats</skos:definition></skos:Concept>
<skos:Concept><skos:prefLabel xml:lang="fr">filet</skos:prefLabel></skos:Concept>
<skosxl:Label><skosxl:literalForm xml:lang="fr">voile</skosxl:literalForm></skosxl:Label>
<skosxl:Label><skosxl:literalForm xml:lang="en">oar</skosxl:literalForm></skosxl:Label></rdf:RDF>"""
CPV = '<C><CPV CODE="1"><TEXT LANG="FR">Bateau</TEXT><TEXT LANG="EN">Boat</TEXT></CPV></C>'


@pytest.mark.parametrize(
    ("name", "content", "labels"),
    [
        ("a.csv", "bateau,boat\nfilet,net\n", [("bateau", "boat"), ("filet", "net")]),
        ("a.csv", "code;label_en;label_fr\n1;boat;bateau\n", [("bateau", "boat")]),
        ("a.tsv", "Français\tEnglish\nbateau\tboat\n", [("bateau", "boat")]),
        (
            "a.json",
            json.dumps([{"fr": "bateau", "en": "boat", "alt_fr": ["navire"]}, 3]),
            [("bateau", "boat"), ("navire", "boat")],
        ),
        ("a.jsonl", '{"fr": "bateau", "en": "boat"}\n{"fr": "filet"}\n', [("bateau", "boat")]),
        ("a.rdf", SKOS, [("bateau", "boat"), ("navire", "boat"), ("filet", "net")]),
        ("a.csv", "Libellé (en);code;Libellé français\nboat;1;bateau\n", [("bateau", "boat")]),
        ("a.csv", "alt_fr;fr;en\nnavire;bateau;boat\n", [("bateau", "boat")]),
        ("a.csv", '"bateau, canot";"boat, dinghy"\n', [("bateau, canot", "boat, dinghy")]),
        ("a.csv", "français-anglais,x\nbateau,boat\n", [("français-anglais", "x"), ("bateau", "boat")]),
        ("a.xml", CPV, [("Bateau", "Boat")]),
    ],
)
def test_each_shape_is_read(tmp_path: Path, name: str, content: str, labels: list[tuple[str, str]]) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_labels(tmp_path / name) == labels


def test_labels_of_two_concepts_are_never_paired_and_the_main_one_comes_first(tmp_path: Path) -> None:
    (tmp_path / "a.rdf").write_text(APART, encoding="utf-8")
    assert read_labels(tmp_path / "a.rdf") == [("bateau", "boat"), ("navire", "boat")]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
def test_a_table_is_read_as_spreadsheets_write_it(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("fr;en\r\npêche;fishing\r\n".encode(encoding))
    assert read_labels(tmp_path / "a.csv") == [("pêche", "fishing")]


def test_a_long_file_tells_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("".join(f"mot{n},word{n}\n" for n in range(12_000)))
    told: list[int] = []
    assert len(read_labels(tmp_path / "a.csv", told=told.append)) == 12_000
    assert told == [5_000, 10_000]


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(FileProblem, match="it is larger than 200 MB"):
        read_labels(tmp_path / "a.csv")


BOMB = '<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;">]><a><b LANG="FR">&c;</b><b LANG="EN">x</b></a>'


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.pdf", b"%PDF", "its name must end with"),
        ("a.json", b"{", "it is not JSON"),
        ("a.json", b'{"fr": "a", "en": "b"}', "it must be a list"),
        ("a.json", b"[" * 100_000, "it is not JSON"),
        ("a.jsonl", b'{"fr": "a", "en": "b"}\n{"fr": ', "a.jsonl:2: it is not JSON"),
        ("a.xml", b"<a><b>", "it is not XML.*line 1"),
        ("a.xml", b'<?xml version="1.0" encoding="martian"?><a/>', "it is not XML"),
        ("a.rdf", b'<a><TEXT LANG="FR">x</TEXT></a>', "no label in both"),
        ("a.xml", BOMB.encode(), "it is not XML that can be read"),
        ("a.csv", b"", "no label in both"),
        ("a.csv", b'fr,en\n"' + b"x" * 200_000, "a.csv:2: it is not a table"),
        ("a.csv", b"only one column\n", "no label in both"),
        ("a.csv", b"\x81\x8d\x8f", "it cannot be read as text"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileProblem, match=sentence):
        read_labels(tmp_path / name)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="there is no such file"):
        read_labels(tmp_path / "a.csv")
