"""A notice's own XML, understood; what is no notice is refused with a reason."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.ingest.domain.readings import RecordRefused
from services.ingest.sources.ted_eforms import read_notice, read_xml
from services.ingest.sources.ted_rows import Enriched, parse
from tests.unit.ingest.rows import NOW
from tests.unit.ingest.ted_notices import PROCEDURE, eforms, lot_xml, notice, period, texts


def test_a_notice_becomes_the_same_tender_as_its_row() -> None:
    state = read_xml(eforms()).state
    row = parse((notice(),), NOW).readings[0].state
    assert (state.id, state.kind, state.status, state.opens_on) == (row.id, row.kind, row.status, row.opens_on)
    assert (state.title, state.title_fr, state.language) == (
        "Water network of Valdoré",
        "Réseau d'eau de Valdoré",
        "en",
    )
    assert state.text.startswith("Studies of the water network.")
    assert (state.text_fr or "").startswith("Études du réseau d'eau.")
    assert "Buyer: Régie des eaux de Valdoré (Valdoré, Madagascar)." in state.text
    assert state.deadlines == (datetime(2026, 12, 1, 11, 0, tzinfo=UTC),)
    assert state.budget_max == 300_000
    assert state.places == ("Madagascar",)
    assert state.instrument == "Marché de services, procédure ouverte"


def test_each_lot_keeps_its_deadline_and_its_amount() -> None:
    money = '<cac:RequestedTenderTotal><cbc:EstimatedOverallContractAmount currencyID="{}">{}'
    money += "</cbc:EstimatedOverallContractAmount></cac:RequestedTenderTotal>"
    lots = lot_xml(
        1,
        inner=texts("Name", fra="Études") + money.format("EUR", 40_000),
        process=period("TenderSubmissionDeadlinePeriod", "2026-12-01Z", "10:00:00Z"),
    ) + lot_xml(
        2,
        inner=texts("Name", fra="Suivi") + money.format("XOF", 9_000_000),
        process=period("TenderSubmissionDeadlinePeriod", "2026-12-08Z", "10:00:00Z"),
    )
    state = read_xml(eforms(lots=lots)).state
    assert [one.day for one in state.deadlines] == [1, 8]
    assert state.budget_min == 40_000
    assert "Lot LOT-0002: Suivi. answer by 8 December 2026 at 11:00 (Brussels time). 9,000,000 XOF." in state.text


def test_in_two_steps_the_first_counts() -> None:
    steps = period("TenderSubmissionDeadlinePeriod", "2027-02-01Z", "10:00:00Z")
    steps += period("ParticipationRequestReceptionPeriod", "2026-11-20Z", "10:00:00Z")
    assert [one.month for one in read_xml(eforms(lots=lot_xml(1, process=steps))).state.deadlines] == [11]


def test_a_cancelled_notice_is_closed_and_a_changed_one_says_what_changed() -> None:
    changes = """<efac:Changes>
    <efac:Change><efbc:ChangeDescription languageID="FRA">Délai prolongé</efbc:ChangeDescription></efac:Change>
    <efac:ChangeReason><cbc:ReasonCode>{}</cbc:ReasonCode></efac:ChangeReason></efac:Changes>"""
    assert read_xml(eforms(changes=changes.format("cancel"))).state.status == "closed"
    changed = read_xml(eforms(changes=changes.format("update-add"))).state
    assert changed.status == "open"
    assert "Avis modifié : Délai prolongé" in (changed.text_fr or "")


def test_a_result_is_closed() -> None:
    results = "<efac:LotResult><cbc:TenderResultCode>selec-w</cbc:TenderResultCode></efac:LotResult>"
    awarded = eforms(root="ContractAwardNotice", form="result", results=results)
    assert read_xml(awarded).state.status == "closed"


def test_a_row_keeps_what_it_says_and_takes_the_rest_from_its_xml() -> None:
    poor = notice(description_proc=None, description_lot=None, title_proc={"fra": "Le titre de la ligne"})
    (read,) = parse((Enriched(poor, read_notice(eforms())),), NOW).readings
    assert (read.state.title, read.state.title_fr) == ("Water network of Valdoré", "Le titre de la ligne")
    assert read.state.text.startswith("Studies of the water network.")
    assert (read.state.text_fr or "").startswith("Études du réseau d'eau.")
    assert read.state.deadlines == parse((notice(),), NOW).readings[0].state.deadlines


WHOLE = eforms()
BROKEN = {
    "nothing": (b"", "bad_xml"),
    "a blank": (b"  \n", "bad_xml"),
    "no XML": (b"%PDF-1.7", "bad_xml"),
    "JSON": (b'{"notices": []}', "bad_xml"),
    "half": (WHOLE[: len(WHOLE) // 2], "bad_xml"),
    "two": (WHOLE + WHOLE, "bad_xml"),
    "NUL": (WHOLE.replace(b"Vald", b"\x00", 1), "bad_xml"),
    "latin-1 that says UTF-8": (WHOLE.decode().encode("latin-1"), "bad_xml"),
    "a charset unheard of": (WHOLE.replace(b"UTF-8", b"UTF-99", 1), "bad_xml"),
    "a name without its namespace": (WHOLE.replace(b"xmlns:efac", b"xmlns:other", 1), "bad_xml"),
    "entities": (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "bad_xml"),
    "an outside entity": (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>', "bad_xml"),
    "a page": (b"<html><body>maintenance</body></html>", "not_a_notice"),
    "another namespace": (WHOLE.replace(b"ContractNotice-2", b"ContractNotice-9"), "not_a_notice"),
    "a business registration": (eforms(root="BusinessRegistrationInformationNotice"), "not_a_notice"),
    "deep nesting": (b"<a>" * 200_000 + b"</a>" * 200_000, "not_a_notice"),
    "no procedure": (eforms(folder=""), "no_procedure"),
    "a procedure in words": (eforms(folder="soon"), "no_procedure"),
    "no form": (eforms(form=""), "unknown_form"),
    "a form unheard of": (eforms(form="raffle"), "unknown_form"),
    "no title": (eforms(project="<cbc:ProcurementTypeCode>works</cbc:ProcurementTypeCode>", lots=" "), "no_title"),
    "an amount in words": (WHOLE.replace(b">300000", b">lots"), "bad_field"),
    "an amount without end": (WHOLE.replace(b">300000", b">inf"), "bad_field"),
    "a deadline in words": (WHOLE.replace(b"2026-12-01+01:00", b"soon"), "bad_field"),
    "a deadline at 99 o'clock": (WHOLE.replace(b"12:00:00+01:00", b"99:00:00Z"), "bad_field"),
    "a day that is none": (WHOLE.replace(b"2026-10-20+02:00", b"2026-10-99"), "bad_field"),
    "too many lots": (eforms(lots=lot_xml(1) * 5_001), "bad_field"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_notice_is_refused_with_a_reason(name: str) -> None:
    xml, reason = BROKEN[name]
    with pytest.raises(RecordRefused) as refused:
        read_xml(xml)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "xml",
    [
        b"\xef\xbb\xbf" + WHOLE,
        WHOLE.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        WHOLE.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1"),
        WHOLE.replace(
            b"ORG-0001</cbc:ID></cac:PartyIdentification>\n </cac:Party>",
            b"ORG-9</cbc:ID></cac:PartyIdentification>\n </cac:Party>",
        ),
        eforms(lots=" "),
    ],
    ids=["with a mark", "UTF-16", "latin-1 that says so", "a buyer nobody knows", "no lots"],
)
def test_an_odd_notice_is_still_read(xml: bytes) -> None:
    assert read_xml(xml).key == PROCEDURE


EXAMPLES = {
    "cn_24_open.xml": ("en", "open", "2020-04-03T11:00"),
    "change-cn_24_open_dates.xml": ("en", "open", "2020-06-12T11:00"),
    "cn_24_minimal.xml": ("en", "open", "2020-02-04T08:00"),
    "cn_24_multilingual.xml": ("en", "open", "2020-02-03T13:00"),
    "cn_24_FRA_comments.xml": ("fr", "open", "2019-06-24T16:00"),
    "cn_81_FRA.xml": ("fr", "open", "2020-09-14T15:00"),
    "pin-cfc_25.xml": ("de", "open", "2020-05-18T22:59"),
    "qu-sy_25.xml": ("it", "open", "2020-04-29T11:00"),
    "can_24_FRA_comments.xml": ("fr", "closed", None),
}


@pytest.mark.recordings
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_official_examples_are_read(recordings: Path, name: str) -> None:
    state = read_xml((recordings / "ted" / name).read_bytes()).state
    language, status, closes = EXAMPLES[name]
    assert (state.language, state.status) == (language, status)
    assert [one.isoformat()[:16] for one in state.deadlines] == ([closes] if closes else [])
    assert len(state.title) > 10
    assert len(state.text) > 100
    assert "Acheteur" in state.text or "Buyer" in state.text
    assert state.places


@pytest.mark.recordings
def test_a_corrected_example_is_the_same_purchase(recordings: Path) -> None:
    first, second = ("cn_24_open.xml", "change-cn_24_open_dates.xml")
    keys = {read_xml((recordings / "ted" / name).read_bytes()).key for name in (first, second)}
    assert len(keys) == 1


@pytest.mark.recordings
def test_the_multilingual_example_keeps_its_french(recordings: Path) -> None:
    state = read_xml((recordings / "ted" / "cn_24_multilingual.xml").read_bytes()).state
    assert state.budget_max == 4_500_000
    assert state.title_fr
    assert state.text_fr
    assert state.title_fr != state.title


@pytest.mark.recordings
def test_the_invalid_example_is_refused(recordings: Path) -> None:
    with pytest.raises(RecordRefused) as refused:
        read_xml((recordings / "ted" / "INVALID_cn_24_empty.xml").read_bytes())
    assert refused.value.reason == "no_procedure"
