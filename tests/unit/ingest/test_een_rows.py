"""Profiles of the network become partnership requests, or are refused with a reason, each on its own."""

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.domain.readings import Reading, checked
from services.ingest.sources.bounded import SourceFailed
from services.ingest.sources.een_rows import concerns, key_of, parse
from services.ingest.sources.een_xml import profiles_in
from tests.unit.ingest.een_profiles import PROFILE, pod, profile
from tests.unit.ingest.rows import NOW

GOOD = profile(99, content={"title": "A sound request"})


def read(record: object) -> Reading:
    parsed = parse((record,), NOW)
    assert [(one.reason, one.detail) for one in parsed.refused] == []
    return parsed.readings[0]


def test_a_profile_becomes_a_partnership_request() -> None:
    reading = read(PROFILE)
    state = reading.state
    assert (reading.key, state.id) == ("BRDE20261005001", "een-brde20261005001")
    assert (state.source, state.kind, state.status, state.language) == ("een", "partnership", "open", "en")
    assert state.title == "German dairy looks for makers of small heat pumps"
    assert state.text == (
        "Business request: a partner abroad looks for products, services or suppliers. "
        "Country of the partner: Germany. Reference: BRDE20261005001.\n"
        "A dairy of forty people looks for heat pumps & storage for its warm water.\n"
        "The dairy cools milk and wastes the heat. It looks for makers who deliver and install."
    )
    assert state.scope == "Makers of heat pumps.\nCompany with a service team\nPayback within four years."
    assert state.deadlines == (datetime(2027, 10, 5, 15, 0, tzinfo=UTC),)
    assert state.opens_on == date(2026, 10, 5)
    assert state.places == ("Allemagne",)
    assert state.keywords == ("Non-domestic cooling equipment", "Heat pumps", "Storage")
    assert state.instrument == "Supplier agreement, Commercial agency agreement"


def test_the_tree_of_an_answer_reads_as_the_profile_itself() -> None:
    (tree,) = profiles_in(pod(PROFILE))
    assert read(tree) == read(PROFILE)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("BO", "offers products or services"),
        ("BR", "looks for products"),
        ("TO", "offers a technology"),
        ("TR", "looks for a technology"),
        ("RDR", "looks for partners in a project"),
    ],
)
def test_the_text_says_what_is_offered_or_looked_for(kind: str, says: str) -> None:
    record = profile(reference={"type": kind, "external": f"{kind}IT20260901007"}, company={"country": ""})
    state = read(record).state
    assert says in state.text
    assert state.places == ("Italie",)


@pytest.mark.parametrize(
    ("key", "label", "place"),
    [
        ("UK", "United Kingdom", "Royaume-Uni"),
        ("EL", "Greece", "Grèce"),
        ("mg", "Madagascar", "Madagascar"),
        ("XK", "Kosovo", "Kosovo"),
        ("99", "Northland", "Northland"),
        ("ZZ", "Northland", "Northland"),
    ],
)
def test_countries_are_named_in_french(key: str, label: str, place: str) -> None:
    assert read(profile(company={"country": {"key": key, "label": label}})).state.places == (place,)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2027-10-05", date(2027, 10, 5)),
        ("2027-10-05T00:00:00.000", date(2027, 10, 5)),
        ("2027-10-05T00:00:00+02:00", date(2027, 10, 5)),
        ("2027-10-05Z", date(2027, 10, 5)),
        ("20271005", date(2027, 10, 5)),
        (" 2027-10-05 12:30 ", date(2027, 10, 5)),
        ("", None),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T00:00:00", None),
    ],
)
def test_deadlines_are_read_as_the_service_writes_them(written: str, day: date | None) -> None:
    deadlines = read(profile(datum={"deadline": written})).state.deadlines
    assert [deadline.date() for deadline in deadlines] == ([day] if day else [])


def test_a_profile_whose_deadline_has_passed_is_closed() -> None:
    assert read(profile(datum={"deadline": "2026-11-01T00:00:00"})).state.status == "closed"
    assert read(profile(datum={"deadline": "2026-11-02T00:00:00"})).state.status == "open"


def test_profiles_of_french_companies_are_left_out_and_unreadable_ones_are_not() -> None:
    assert not concerns(profile(company={"country": {"key": "fr", "label": "France"}}))
    assert concerns(PROFILE)
    assert concerns("noise")
    assert concerns({"company": {"country": ["FR"]}})


def test_a_reference_is_known_however_it_is_spaced() -> None:
    record = profile(reference={"external": " brde20261005001\n"})
    assert (key_of(record), read(record).key) == ("BRDE20261005001", "BRDE20261005001")


def test_a_deadline_far_ahead_is_set_aside_by_the_harvest() -> None:
    parsed = parse((profile(datum={"deadline": "2049-10-05"}), GOOD), NOW)
    assert [one.reason for one in checked(parsed.readings, NOW)[1]] == ["absurd_deadline"]


REFUSED: dict[str, tuple[Any, str]] = {
    "a text": ("noise", "not_a_row"),
    "nothing": (None, "not_a_row"),
    "a number": (3, "not_a_row"),
    "a list": ([PROFILE], "not_a_row"),
    "an empty profile": ({}, "bad_field"),
    "no reference": (profile(reference=None), "bad_field"),
    "an empty reference": (profile(reference=""), "bad_field"),
    "a reference that is a text": (profile(reference="BRDE20261005001"), "bad_field"),
    "a reference that is a list": (profile(reference=["BRDE20261005001"]), "bad_field"),
    "two references": (profile(reference={"external": ["BRDE20261005001", "BRDE20261005002"]}), "bad_field"),
    "a reference of a number": (profile(reference={"external": 12}), "bad_field"),
    "a reference that is not a number": (profile(reference={"external": float("nan")}), "bad_field"),
    "a reference of another type": (profile(reference={"external": "XXDE20261005001"}), "bad_field"),
    "a reference without number": (profile(reference={"external": "BRDE20261005"}), "bad_field"),
    "a reference without end": (profile(reference={"external": "BRDE2026" + "1" * 900}), "bad_field"),
    "a reference with an address in it": (profile(reference={"external": "../BRDE20261005001"}), "bad_field"),
    "a reference with NUL inside a number": (profile(reference={"external": "BRDE\x00"}), "bad_field"),
    "no content": (profile(content=None), "no_title"),
    "an empty content": (profile(content=""), "no_title"),
    "a content that is a text": (profile(content="heat"), "bad_field"),
    "no title": (profile(content={"title": None}), "no_title"),
    "an empty title": (profile(content={"title": " "}), "no_title"),
    "a title of markup alone": (profile(content={"title": "<b></b>"}), "no_title"),
    "a title with parts": (profile(content={"title": {"b": "x"}}), "bad_field"),
    "two titles": (profile(content={"title": ["x", "y"]}), "bad_field"),
    "a title without end": (profile(content={"title": "x" * 200_001}), "bad_field"),
    "a description without end": (profile(content={"description": "x" * 200_001}), "bad_field"),
    "a summary with parts": (profile(content={"summary": {"p": "x"}}), "bad_field"),
    "dates that are a text": (profile(datum="soon"), "bad_field"),
    "dates that are a list": (profile(datum=["2027-10-05"]), "bad_field"),
    "a deadline in words": (profile(datum={"deadline": "next autumn"}), "bad_field"),
    "a deadline that cannot be": (profile(datum={"deadline": "2027-02-31"}), "bad_field"),
    "a deadline of another order": (profile(datum={"deadline": "05/10/2027"}), "bad_field"),
    "a deadline of the year 10": (profile(datum={"deadline": "0010-10-05"}), "bad_field"),
    "a deadline of an hour that cannot be": (profile(datum={"deadline": "2027-10-05T29:00:00"}), "bad_field"),
    "two deadlines": (profile(datum={"deadline": ["2027-10-05", "2027-11-05"]}), "bad_field"),
    "a deadline with parts": (profile(datum={"deadline": {"day": "5"}}), "bad_field"),
    "a deadline of a number": (profile(datum={"deadline": 20271005}), "bad_field"),
    "a day of submission in words": (profile(datum={"submit": "yesterday"}), "bad_field"),
    "a company that is a text": (profile(company="Dairy"), "bad_field"),
    "a country that is a text": (profile(company={"country": "Germany"}), "bad_field"),
    "two countries": (profile(company={"country": [{"key": "DE"}, {"key": "AT"}]}), "bad_field"),
    "a country whose key has parts": (profile(company={"country": {"key": {"x": "DE"}}}), "bad_field"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_profile_is_refused_with_a_reason_and_the_others_are_kept(name: str) -> None:
    record, reason = REFUSED[name]
    parsed = parse((deepcopy(record), GOOD), NOW)
    assert [reading.state.title for reading in parsed.readings] == ["A sound request"]
    (refused,) = parsed.refused
    assert (refused.reason, bool(refused.key)) == (reason, True)
    assert len(refused.key) <= 200
    assert len(parsed.filled) == 2


TOLERATED: dict[str, dict[str, Any]] = {
    "no dates": {"datum": None},
    "empty dates": {"datum": ""},
    "no company": {"company": None},
    "an empty country": {"company": {"country": ""}},
    "no keywords": {"keyword": None},
    "keywords that are a text": {"keyword": "heat"},
    "keywords of a list of texts": {"keyword": ["heat", None, 3]},
    "labels with parts": {"keyword": {"naces": {"nace": [{"label": {"en": "Heat"}}, {"label": None}]}}},
    "no cooperation": {"cooperation": None},
    "a cooperation that is a text": {"cooperation": "any"},
    "a partner that is a text": {"cooperation": {"partner": "Makers"}},
    "a partner of lists": {"cooperation": {"partner": [["Makers"], {"area": ["Makers"]}]}},
    "no partnerships": {"partnerships": None},
    "one partnership": {"partnerships": {"string": "Supplier agreement"}},
    "partnerships without end": {"partnerships": {"string": ["Supplier agreement"] * 5_000}},
    "no description": {"content": {"description": None}},
    "NUL in the title": {"content": {"title": "Heat\x00 pumps"}},
    "a mark in the title": {"content": {"title": "\ufeffHeat pumps"}},
    "lone surrogates": {"content": {"title": "Heat \ud800 pumps"}},
    "a script": {"content": {"summary": "<script>alert(1)</script>Heat"}},
    "deep markup": {"content": {"summary": "<div>" * 20_000 + "Heat"}},
    "an unknown part": {"surprise": {"x": "y"}},
    "a country nobody knows": {"company": {"country": {"key": "QQQ", "label": ""}}},
}


@pytest.mark.parametrize("name", TOLERATED)
def test_an_odd_profile_is_read_for_what_it_says(name: str) -> None:
    state = read(profile(**TOLERATED[name])).state
    assert state.title
    assert "alert" not in state.text
    assert "\x00" not in state.model_dump_json()
    state.model_dump_json().encode()


BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "broken XML"),
    "spaces": (b" \n ", "broken XML"),
    "half an answer": (pod(PROFILE)[:-40], "broken XML"),
    "a bare ampersand": (b"<pod><profile>a & b</profile></pod>", "broken XML"),
    "an unknown entity": (b"<pod>&nbsp;</pod>", "broken XML"),
    "a NUL": (b"<pod>\x00</pod>", "broken XML"),
    "a control character": (b"<pod>\x0b</pod>", "broken XML"),
    "two answers": (pod() + b"<pod/>", "broken XML"),
    "another charset": ("<pod><profile>é</profile></pod>".encode("latin-1"), "broken XML"),
    "an unknown charset": (b"<?xml version='1.0' encoding='klingon'?><pod/>", "broken XML"),
    "a page": (b"<html><body>Maintenance</body></html>", "instead of pod"),
    "an error": (b"<error>quota</error>", "instead of pod"),
    "an envelope": (b"<s:Envelope xmlns:s='urn:s'><s:Fault/></s:Envelope>", "instead of pod"),
    "something else inside": (b"<pod><event/></pod>", "event instead of profiles"),
    "a bomb": (b'<!DOCTYPE p [<!ENTITY a "a"><!ENTITY b "&a;&a;">]><pod>&b;</pod>', "declares entities"),
    "a file": (b'<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><pod>&a;</pod>', "declares entities"),
    "deep nesting": (b"<pod>" + b"<profile>" * 5_000 + b"</profile>" * 5_000 + b"</pod>", "absurdly deep"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_is_none_is_told_in_a_sentence(name: str) -> None:
    body, says = BROKEN[name]
    with pytest.raises(SourceFailed, match=says):
        profiles_in(body)


def test_namespaces_and_wrappings_do_not_matter() -> None:
    wrapped = pod(PROFILE).replace(b"<pod>", b'<r xmlns="urn:r"><pod xmlns="urn:p">').replace(b"</pod>", b"</pod></r>")
    assert profiles_in(wrapped) == profiles_in(pod(PROFILE))
    assert profiles_in(b"<pod/>") == ()
    assert profiles_in(b"\xef\xbb\xbf<pod/>") == ()
