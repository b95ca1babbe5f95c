"""Profiles of Enterprise Europe Network, understood one by one; what is wrong with one never spoils another."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.sources import een_rows
from services.ingest.sources.contract import Parsed
from services.ingest.sources.een_rows import is_french
from services.ingest.sources.een_xml import NotProfiles, records_of
from shared.events import OpportunityState
from tests.unit.ingest.een_profiles import NAMESPACES, POD, PROFILE, in_country, pod, profile
from tests.unit.ingest.rows import NOW
from tests.unit.ingest.understood import understood

parse = understood(een_rows.parse)


def read(*profiles: str) -> Parsed:
    return parse(records_of(pod(*profiles)), NOW)


def state(*profiles: str) -> OpportunityState:
    parsed = read(*profiles)
    assert parsed.refused == ()
    return parsed.readings[0].state


def test_a_profile_becomes_a_partnership_that_says_what_is_sought() -> None:
    told = state(PROFILE)
    assert (told.id, told.kind, told.source) == ("een-brde20260901001", "partnership", "een")
    assert told.title == "Maker of wooden toys looks for a painter of puppets"
    assert told.text.split("\n") == [
        "A small German workshop is looking for painters of puppets.",
        "The workshop carves puppets & sells them in the north of the country.",
        "Partner sought: Workshops of painters",
        "Expertise sought: Painting on wood",
        "Task of the partner: Painting",
        "Advantages: Thirty years of carving.",
        "Stage of development: Already on the market",
        "Type of cooperation: Manufacturing agreement, Subcontracting",
        "Business request, reference BRDE20260901001",
    ]
    assert (told.language, told.status, told.audience) == ("en", "open", ("business",))
    assert told.places == ("Allemagne",)
    assert told.keywords == ("Wood products", "Toys and games", "Manufacture of games and toys")
    assert told.instrument == "Demande commerciale"
    assert told.deadlines == (datetime(2027, 4, 8, 15, 0, tzinfo=UTC),)


@pytest.mark.parametrize(
    "document",
    [
        pod(PROFILE.replace(NAMESPACES, f'{NAMESPACES} xmlns="{POD}"')),
        f'<p:pod xmlns:p="{POD}">{PROFILE}</p:pod>'.encode(),
        f"<profiles>{PROFILE}</profiles>".encode(),
        f"<pod><profiles>{PROFILE}</profiles></pod>".encode(),
        b"\xef\xbb\xbf" + pod(PROFILE),
        f'<?xml version="1.0" encoding="UTF-16"?><pod>{PROFILE}</pod>'.encode("utf-16"),
    ],
    ids=["default", "prefix", "profiles", "both", "BOM", "UTF-16"],
)
def test_a_profile_is_the_same_in_any_namespace_envelope_or_encoding(document: bytes) -> None:
    assert parse(records_of(document), NOW).readings[0].state == state(PROFILE)


@pytest.mark.parametrize("word", ["Withdrawn", "expired", "CLOSED"])
def test_a_profile_that_was_withdrawn_is_closed(word: str) -> None:
    assert state(PROFILE.replace("<internal>", f"<status>{word}</status><internal>")).status == "closed"


def test_a_profile_whose_deadline_is_past_is_closed() -> None:
    assert state(profile(deadline="2026-11-01")).status == "closed"
    assert state(profile(deadline="2026-11-03")).status == "open"


@pytest.mark.parametrize("written", ["2027-04-08", "20270408", "2027-04-08T00:00:00+02:00", "2027-04-08T00:01:00"])
def test_a_day_however_written_is_five_in_the_afternoon(written: str) -> None:
    assert state(profile(deadline=written)).deadlines == (datetime(2027, 4, 8, 15, 0, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("reference", "instrument", "audience"),
    [
        ("BODE20260901001", "Offre commerciale", ("business",)),
        ("TODE20260901001", "Offre de technologie", ("business",)),
        ("TRDE20260901001", "Demande de technologie", ("business",)),
        ("RDRDE20260901001", "Recherche de partenaires de R&D", ()),
    ],
)
def test_each_type_has_its_name_and_its_readers(reference: str, instrument: str, audience: tuple[str, ...]) -> None:
    told = state(profile(reference, type=None))
    assert (told.instrument, told.audience) == (instrument, audience)


@pytest.mark.parametrize(
    ("key", "label", "places"),
    [("EL", "Greece", ("Grèce",)), ("UK", "Kingdom", ("Royaume-Uni",)), ("??", "Utopia", ("Utopia",)), ("", "", ())],
)
def test_the_country_of_the_partner_is_named_in_french(key: str, label: str, places: tuple[str, ...]) -> None:
    assert state(in_country(key, label)).places == places


def test_only_profiles_of_france_are_our_own_side() -> None:
    records = records_of(pod(in_country("FR", "France"), in_country("", "FRANCE"), in_country("DE", "Germany")))
    assert [is_french(record) for record in records] == [True, True, False]


def test_markup_inside_a_text_is_read_through() -> None:
    assert state(profile(summary="Puppets <b>of wood</b> and string.")).text.startswith("Puppets of wood and string.")
    escaped = profile(summary="&lt;p&gt;Puppets&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;")
    assert state(escaped).text.startswith("Puppets\nThe workshop")


# --- what cannot be read ---

DEEP = "<a>" * 20_000 + "</a>" * 20_000
REFUSED: dict[str, tuple[str, str]] = {
    **{
        f"reference {text!r}"[:30]: (profile(external=text), "bad_field")
        for text in (
            None,
            "",
            " ",
            "17",
            "BRDE",
            "XXDE20260901001",
            "BRDE2026090",
            "../etc",
            "<a>1</a>",
            "null",
            "x" * 9000,
        )
    },
    "a second reference": (
        PROFILE.replace("<internal>", "<external>BRDE20260901002</external><internal>"),
        "bad_field",
    ),
    "no reference group": (profile(reference=None), "bad_field"),
    **{f"type {text!r}": (profile(type=text), "unknown_type") for text in ("XX", "7", "business")},
    **{
        f"title {text!r}": (profile(title=text), "no_title") for text in (None, "", " ", "<b/>", "&lt;p&gt; &lt;/p&gt;")
    },
    "no content": (profile(content=None), "no_title"),
    **{
        f"deadline {text!r}"[:30]: (profile(deadline=text), "bad_field")
        for text in (
            "soon",
            "NaN",
            "null",
            "0",
            "08/04/2027",
            "2027-02-30",
            "0001-01-01",
            "1970-01-01",
            "9999-12-31",
            "9" * 900,
        )
    },
    "a deadline far away": (profile(deadline="2049-01-01"), "absurd_deadline"),
    "a deadline below a deadline": (profile(deadline="soon<deadline>2027-04-08</deadline>"), "bad_field"),
    "a huge description": (profile(description="x" * 1_000_001), "bad_field"),
    "a huge title": (profile(title="x" * 1_000_001), "bad_field"),
    "a deep description": (profile(description=DEEP), "not_a_row"),
    "a deep cooperation": (profile(cooperation=DEEP), "not_a_row"),
    "nothing inside": ("<profile/>", "bad_field"),
    "only text inside": ("<profile>BRDE20260901001</profile>", "bad_field"),
    "a stranger": ("<error>quota exceeded</error>", "not_a_row"),
    "a page": ("<html><body><h1>Maintenance</h1></body></html>", "not_a_row"),
}


@pytest.mark.parametrize(("wrong", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_profile_is_refused_alone_with_its_reason(wrong: str, reason: str) -> None:
    parsed = read(profile("TODE20260901007"), wrong, profile("TODE20260901008"))
    assert [reading.key for reading in parsed.readings] == ["TODE20260901007", "TODE20260901008"]
    assert [refused.reason for refused in parsed.refused] == [reason]
    assert parsed.refused[0].key
    assert parsed.refused[0].detail


LACKING = (
    "submit",
    "update",
    "deadline",
    "summary",
    "description",
    "keyword",
    "company",
    "cooperation",
    "eoi",
    "country",
)


@pytest.mark.parametrize("text", [None, "", " ", "<x/>"])
@pytest.mark.parametrize("name", [*LACKING, "partnerships", "plusvalue", "partner", "markets", "datum", "internal"])
def test_a_profile_that_lacks_what_is_not_needed_is_read(name: str, text: str | None) -> None:
    assert state(profile(**{name: text})).title == "Maker of wooden toys looks for a painter of puppets"


NOT_RECORDS: list[Any] = [None, 7, "x", [], {"a": 1}, {"a": [1]}, {"content/title": None}, {}, {1: ["x"]}, float("nan")]


@pytest.mark.parametrize("record", NOT_RECORDS, ids=repr)
def test_what_is_no_record_at_all_is_refused(record: Any) -> None:
    parsed = parse((record, *records_of(pod(PROFILE))), NOW)
    assert (len(parsed.readings), len(parsed.refused)) == (1, 1)


BOMB = '<!DOCTYPE pod [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><pod><profile>&b;</profile></pod>'
OUTSIDE = '<!DOCTYPE pod [<!ENTITY a SYSTEM "file:///etc/passwd">]><pod><profile>&a;</profile></pod>'


@pytest.mark.parametrize("document", [BOMB, OUTSIDE, '<!DOCTYPE pod SYSTEM "http://x.example/a.dtd"><pod/>'])
def test_entities_and_document_types_are_refused_with_a_sentence(document: str) -> None:
    with pytest.raises(NotProfiles, match=r"declares a document type or entities"):
        records_of(document.encode())
