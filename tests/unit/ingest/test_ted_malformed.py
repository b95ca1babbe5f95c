"""Rows of TED that are broken in every way a row can be: told or read, never an exception, never at another's cost."""

import json
from typing import Any

import pytest

from services.ingest.sources import ted_rows
from services.ingest.sources.bounded import parse_json
from tests.unit.ingest.rows import NOW
from tests.unit.ingest.ted_notices import NOTICE, notice, numbered
from tests.unit.ingest.understood import understood

parse = understood(ted_rows.parse)

GOOD = (numbered(1), numbered(2))
HUGE = "x" * 2_000_000


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = [value]
    return value


REFUSED: dict[str, tuple[Any, str]] = {
    "null": (None, "not_a_row"),
    "a text": ("700001-2026", "not_a_row"),
    "a number": (7, "not_a_row"),
    "a list": ([NOTICE], "not_a_row"),
    "an empty row": ({}, "bad_field"),
    "only a number": ({"publication-number": "700001-2026"}, "bad_field"),
    "no publication number": (notice(publication_number=None), "bad_field"),
    "publication number null": ({**NOTICE, "publication-number": None}, "bad_number"),
    "publication number empty": (notice(publication_number=""), "bad_number"),
    "publication number in words": (notice(publication_number="the first"), "bad_number"),
    "publication number of zeros": (notice(publication_number="00000000-2026"), "bad_number"),
    "publication number as a path": (notice(publication_number="../../1-2026"), "bad_number"),
    "publication number as an object": (notice(publication_number={"a": 1}), "bad_field"),
    "publication number huge": (notice(publication_number="9" * 100_000), "bad_number"),
    "no procedure": (notice(procedure_identifier=None), "bad_field"),
    "procedure null": ({**NOTICE, "procedure-identifier": None}, "no_procedure"),
    "procedure empty": (notice(procedure_identifier=""), "no_procedure"),
    "procedure in words": (notice(procedure_identifier="to be announced"), "no_procedure"),
    "procedure huge": (notice(procedure_identifier=HUGE), "no_procedure"),
    "procedure as a list of lists": (notice(procedure_identifier=[["a"]]), "bad_field"),
    "no form": (notice(form_type=None), "bad_field"),
    "form empty": (notice(form_type=""), "unknown_form"),
    "form unheard of": (notice(form_type="auction-of-hats"), "unknown_form"),
    "form as an object": (notice(form_type={"eng": "competition"}), "bad_field"),
    "no publication date": (notice(publication_date=None), "bad_field"),
    "publication date empty": (notice(publication_date=""), "unreadable"),
    "publication date in words": (notice(publication_date=["yesterday"]), "unreadable"),
    "publication date that is no day": (notice(publication_date=["2026-02-30Z"]), "unreadable"),
    "publication date of year 0": (notice(publication_date=["0000-01-01Z"]), "unreadable"),
    "publication date as a number": (notice(publication_date=1_760_000_000), "unreadable"),
    "no title at all": (notice(title_proc=None, notice_title=None, title_lot=None), "no_title"),
    "titles empty": (notice(title_proc={"fra": ""}, notice_title={}, title_lot={"fra": ["", ""]}), "no_title"),
    "titles of blanks": (notice(title_proc={"fra": " \n\t"}, notice_title={}, title_lot={}), "no_title"),
    "titles of NUL": (notice(title_proc={"fra": "\x00\ufeff"}, notice_title={}, title_lot={}), "no_title"),
    "title as a text": (notice(title_proc="Réseau d'eau"), "bad_field"),
    "title as a list": (notice(title_proc=["Réseau d'eau"]), "bad_field"),
    "title of objects": (notice(title_proc={"fra": {"text": "Réseau"}}), "bad_field"),
    "title of lists of lists": (notice(title_proc={"fra": [["Réseau"]]}), "bad_field"),
    "title nested deep": (notice(title_proc={"fra": nested(500)}), "bad_field"),
    "lot titles as a number": (notice(title_lot=3), "bad_field"),
    "description true": (notice(description_proc=True), "bad_field"),
    "lots as an object": (notice(identifier_lot={"0": "LOT-0001"}), "bad_field"),
    "lots of objects": (notice(identifier_lot=[{"id": "LOT-0001"}]), "bad_field"),
    "too many lots": (notice(identifier_lot=["LOT"] * 6_000), "bad_field"),
    "deadline in words": (notice(deadline_receipt_tender_date_lot=["soon", "later"]), "unreadable"),
    "deadline that is no day": (notice(deadline_receipt_tender_date_lot=["2026-13-01Z"] * 2), "unreadable"),
    "deadline as an object": (notice(deadline_receipt_tender_date_lot={"LOT-0001": "2026-12-01Z"}), "bad_field"),
    "deadline as numbers": (notice(deadline_receipt_tender_date_lot=[20261201, 20261201]), "unreadable"),
    "deadline of too many": (notice(deadline_receipt_tender_date_lot=["2026-12-01Z"] * 6_000), "bad_field"),
    "deadline at 25 o'clock": (notice(deadline_receipt_tender_time_lot=["25:00:00Z"] * 2), "unreadable"),
    "deadline at noon in words": (notice(deadline_receipt_tender_time_lot=["noon", "noon"]), "unreadable"),
    "deadline of a far offset": (notice(deadline_receipt_tender_time_lot=["12:00:00+99:00"] * 2), "unreadable"),
    "deadline in the year 9999": (notice(deadline_receipt_tender_date_lot=["9999-12-31Z"] * 2), "unreadable"),
    "deadline in 2049": (notice(deadline_receipt_tender_date_lot=["2049-12-01Z"] * 2), "absurd_deadline"),
    "deadline with a day in Arabic digits": (notice(deadline_receipt_tender_date_lot=["٢٠٢٦-١٢-٠١"] * 2), "unreadable"),
    "value in words": (notice(estimated_value_proc="about a million"), "unreadable"),
    "value infinite": (notice(estimated_value_proc=float("inf")), "unreadable"),
    "value NaN": (notice(estimated_value_proc=float("nan")), "unreadable"),
    "value below zero": (notice(estimated_value_proc="-5", estimated_value_lot=None), "absurd_amount"),
    "value of a planet": (notice(estimated_value_proc="1e15"), "absurd_amount"),
    "value as an object": (notice(estimated_value_proc={"amount": 5}), "bad_field"),
    "lot value in words": (notice(estimated_value_lot=["much", "more"]), "unreadable"),
    "buyer as a list": (notice(buyer_name=["Régie des eaux"]), "bad_field"),
    "places as an object": (notice(place_of_performance={"a": "MDG"}), "bad_field"),
    "a ghost": (
        notice(
            description_proc=None, description_lot=None, deadline_receipt_tender_date_lot=["2024-01-05Z", "2024-01-05Z"]
        ),
        "ghost",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_row_is_set_aside_with_its_reason_and_the_others_are_read(name: str) -> None:
    row, reason = REFUSED[name]
    parsed = parse((GOOD[0], row, GOOD[1]), NOW)
    assert [one.reason for one in parsed.refused] == [reason]
    assert parsed.refused[0].key
    assert len(parsed.refused[0].key) <= 200
    assert len(parsed.refused[0].detail) <= 400
    assert len(parsed.readings) == 2
    assert len(parsed.filled) == 3


READ: dict[str, dict[str, Any]] = {
    "no version": notice(notice_version=None),
    "version in words": notice(notice_version="first"),
    "version of 5,000 digits": notice(notice_version="9" * 5_000),
    "language null": {**NOTICE, "official-language": None},
    "language unheard of": notice(official_language=["XXX"]),
    "no lots": notice(identifier_lot=None),
    "lots null": {**NOTICE, "identifier-lot": None},
    "a lot null": notice(identifier_lot=["LOT-0001", None]),
    "a lot title null": notice(title_lot={"fra": [None, "Suivi"]}),
    "fewer titles than lots": notice(title_lot={"fra": ["Études"]}),
    "more descriptions than lots": notice(description_lot={"fra": ["a", "b", "c"]}),
    "a language unheard of": notice(title_proc={"klingon!": ["?"], "fra": "Réseau d'eau de Valdoré"}),
    "control characters": notice(title_proc={"fra": "Réseau\x00 d'eau\x1b de\u0000 Valdoré\ufeff"}),
    "lone surrogates": notice(title_proc={"fra": "Réseau d'eau de Valdoré\ud800"}),
    "a title of two megabytes": notice(title_proc={"fra": HUGE}),
    "a description of two megabytes": notice(description_proc={"fra": HUGE}),
    "a description of unclosed markup": notice(description_proc={"fra": "<div>" * 20_000 + "Études"}),
    "no deadline": notice(deadline_receipt_tender_date_lot=None, deadline_receipt_tender_time_lot=None),
    "a deadline null": notice(deadline_receipt_tender_date_lot=["2026-12-01Z", None]),
    "no times": notice(deadline_receipt_tender_time_lot=None),
    "more times than days": notice(deadline_receipt_tender_time_lot=["10:00:00Z"] * 7),
    "no value": notice(estimated_value_proc=None, estimated_value_lot=None),
    "value null": {**NOTICE, "estimated-value-proc": None},
    "no currency": notice(estimated_value_cur_proc=None, estimated_value_cur_lot=None),
    "currency unheard of": notice(estimated_value_cur_proc="GOLD"),
    "no buyer": notice(buyer_name=None, buyer_city=None, buyer_country=None),
    "places unheard of": notice(place_of_performance=["ANYW", "1A0", "", None, "☂"]),
    "a nature unheard of": notice(contract_nature_main_proc="alchemy"),
    "links as a text": notice(links="https://ted.europa.eu"),
    "links null": {**NOTICE, "links": None},
    "fields nobody asked for": notice(weather={"fine": True}),
    "a hostile title": notice(title_proc={"fra": "=?utf-8?q?Appel=0d=0aBcc:x?= <script>alert(1)</script> Valdoré"}),
}


@pytest.mark.parametrize("name", READ)
def test_an_odd_row_is_still_read(name: str) -> None:
    parsed = parse((GOOD[0], READ[name], GOOD[1]), NOW)
    assert parsed.refused == ()
    state = parsed.readings[1].state
    assert 0 < len(state.title) <= 500
    assert len(state.text) <= 16_000
    assert "\x00" not in state.title + state.text
    assert "<script" not in state.title
    assert state.url == "https://ted.europa.eu/fr/notice/-/detail/700001-2026"
    json.dumps(state.model_dump(mode="json")).encode()


@pytest.mark.parametrize("field", sorted(NOTICE))
@pytest.mark.parametrize(
    "value", ['""', "null", "[]", "{}", "NaN", "true", "-1", "[null]", '{"fra": null}', "[[[[]]]]"]
)
def test_any_field_may_hold_anything(field: str, value: str) -> None:
    """As JSON brings it: told or read, and the others are there."""
    row = {**NOTICE, field: "PUT-HERE"}
    read = parse_json(json.dumps(row).replace('"PUT-HERE"', value).encode())
    parsed = parse((GOOD[0], read, GOOD[1]), NOW)
    assert len(parsed.readings) + len(parsed.refused) == 3
    assert {one.key for one in parsed.readings} >= {row["procedure-identifier"] for row in GOOD}


def test_a_row_too_deep_to_be_shown_is_set_aside() -> None:
    parsed = parse((nested(5_000), {"x": nested(5_000)}, GOOD[0]), NOW)
    assert [one.reason for one in parsed.refused] == ["not_a_row", "bad_field"]
    assert len(parsed.readings) == 1
