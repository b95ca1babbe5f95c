"""Rows of the EU portal, understood one by one; what is wrong with one never spoils another."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.domain.readings import RecordRefused, richest_of_each
from services.ingest.sources import eu_portal_rows
from services.ingest.sources.eu_portal_rows import read_row
from tests.unit.ingest.rows import NOW, ROW, row
from tests.unit.ingest.understood import understood

parse = understood(eu_portal_rows.parse)


def test_a_row_becomes_a_reading_with_its_texts_apart() -> None:
    state = read_row(row()).state
    assert state.id == "eu-demo-2027-heat-01"
    assert state.expected_outcome == "Dairies that waste less heat."
    assert state.scope == "Heat pumps & storage.\nTrials\nTools"
    assert state.text == "Objective of the topic."
    assert (state.programme, state.status, state.kind) == ("LIFE", "open", "call")
    assert state.opens_on == date(2026, 10, 1)
    assert state.instrument == "DEMO Project Grants"


def test_the_budget_is_the_topics_own_and_not_its_calls() -> None:
    state = read_row(row()).state
    assert (state.budget_min, state.budget_max) == (200_000, 500_000)


def test_ids_of_topic_and_call_are_not_keywords() -> None:
    assert read_row(row()).state.keywords == ("Dairy", "Heat")
    assert read_row(row(keywords='["Dairy","DEMO-2027-HEAT-01","Milk"]')).state.keywords == ("Dairy", "Milk")


def test_midnight_means_five_in_the_afternoon_in_brussels() -> None:
    summer = datetime(2027, 4, 8, 15, 0, tzinfo=UTC)
    assert read_row(row()).state.deadlines == (summer,)
    assert read_row(row(deadlineDate="2027-04-08T00:00:00.000+0200")).state.deadlines == (summer,)
    assert read_row(row(deadlineDate="2027-04-08T00:00:37.000+0000")).state.deadlines == (summer,)
    assert read_row(row(deadlineDate="2027-01-08")).state.deadlines == (datetime(2027, 1, 8, 16, 0, tzinfo=UTC),)


@pytest.mark.parametrize(
    ("status", "name"), [("31094501", "forthcoming"), ("31094502", "open"), ("31094503", "closed")]
)
def test_forthcoming_and_open_are_the_right_way_round(status: str, name: str) -> None:
    assert read_row(row(status=status)).state.status == name


def test_cascade_calls_are_told_apart_by_reference_and_topics_by_identifier() -> None:
    first, second = row("71COMPETITIVE_CALLen", type="8"), row("72COMPETITIVE_CALLen", type="8")
    assert read_row(first).id != read_row(second).id
    assert read_row(row("73TOPICSen")).id == read_row(row("74TOPICSen")).id


def test_the_richest_of_two_copies_is_kept_wherever_it_stands() -> None:
    stub = read_row(row("1TOPICSen", descriptionByte=None, budgetOverview=None))
    rich = read_row(row("2TOPICSen"))
    assert richest_of_each([stub, rich]) == richest_of_each([rich, stub]) == [rich]


def test_a_stale_row_without_description_is_a_ghost_and_a_real_one_is_not() -> None:
    stale = row(status="31094501", descriptionByte=None, deadlineDate="2024-02-07T00:00:00.000+0000")
    ahead = row(status="31094502", descriptionByte=None)
    parsed = parse((stale, ahead), NOW)
    assert [refused.reason for refused in parsed.refused] == ["ghost"]
    assert len(parsed.readings) == 1


def test_a_title_said_many_times_is_said_once() -> None:
    assert read_row(row(title="Support to dairies. " * 8)).state.title == "Support to dairies."


def test_a_bare_word_is_no_call_title() -> None:
    assert read_row(row(callTitle="DIGITAL")).state.call_title is None


def test_the_language_is_read_and_not_believed() -> None:
    title = "Renforcement des filières du lait et de la viande dans les communes rurales"
    assert read_row(row(title=title, descriptionByte=None)).state.language == "fr"


def test_a_hostile_address_is_dropped() -> None:
    assert read_row(row(url="javascript:alert(1)")).state.url is None


def budget(amount: str) -> str:
    """A budget overview of one line."""
    return '{"budgetTopicActionMap":{"1":[{"action":"DEMO-2027-HEAT-01 - X","maxContribution":' + amount + "}]}}"


UNUSABLE: dict[str, Any] = {"no": None, "empty": [], "blank": [" ", ""], "nested": [["x"]], "null": [None]}

BAD: list[tuple[str, Any, str]] = [
    ("not a dict", "text", "not_a_row"),
    ("a number", 7, "not_a_row"),
    ("null", None, "not_a_row"),
    ("a list", [], "not_a_row"),
    ("no metadata", {"reference": "1"}, "not_a_row"),
    ("metadata of another shape", {"reference": "1", "metadata": []}, "not_a_row"),
    ("no reference", {**ROW, "reference": None}, "bad_field"),
    ("empty reference", {**ROW, "reference": "\x00"}, "bad_field"),
    ("endless reference", {**ROW, "reference": "9" * 500}, "bad_field"),
    *(
        (f"{what} {name}", row(None, **{name: value}), "bad_field")
        for name in ("identifier", "title", "type", "status")
        for what, value in UNUSABLE.items()
    ),
    ("unknown status", row(status="31094599"), "unknown_status"),
    ("status in words", row(status="open"), "unknown_status"),
    ("unknown type", row(type="77"), "unknown_type"),
    ("title of tags", row(title="<p></p><script>x</script>"), "no_title"),
    ("title of controls", row(title="\x00\x01\u200b\x02"[:2]), "bad_field"),
    ("endless identifier", row(identifier="X" * 300), "bad_field"),
    ("endless description", row(descriptionByte="x" * 1_000_001), "bad_field"),
    ("deadline in words", row(deadlineDate="next spring"), "bad_field"),
    ("deadline of another country", row(deadlineDate="04/08/2027"), "bad_field"),
    ("deadline 30 February", row(deadlineDate="2027-02-30T00:00:00.000+0000"), "bad_field"),
    ("deadline in year 0", row(deadlineDate="0000-01-01T00:00:00.000+0000"), "bad_field"),
    ("deadline in 1970", row(deadlineDate="1970-01-01T00:00:00.000+0000"), "bad_field"),
    ("deadline in 9999", row(deadlineDate="9999-12-31T00:00:00.000+0000"), "bad_field"),
    ("one good and one bad deadline", row(deadlineDate=["2027-04-08T00:00:00.000+0000", "soon"]), "bad_field"),
    ("deadline of 24 years ahead", row(deadlineDate="2050-01-01T00:00:00.000+0000"), "absurd_deadline"),
    ("start in words", row(startDate="soon"), "bad_field"),
    (
        "absurd amount",
        row(budgetOverview=budget("9e15")),
        "absurd_amount",
    ),
    (
        "negative amount",
        row(budgetOverview=budget("-5")),
        "absurd_amount",
    ),
]


@pytest.mark.parametrize(("record", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_record_is_set_aside_alone(record: Any, reason: str) -> None:
    parsed = parse((row("5TOPICSen"), record, row("6TOPICSen", identifier="DEMO-2")), NOW)
    assert [refused.reason for refused in parsed.refused] == [reason]
    assert len(parsed.readings) == 2


ODD: list[tuple[str, Any]] = [
    ("NUL and controls", row(title="Heat\x00 recovery\x07")),
    ("byte order mark", row(title="\ufeffHeat")),
    ("lone surrogate", row(title="Heat \ud800 recovery", keywords=["\udfff", "Milk"])),
    ("numbers for texts", row(type=[1], status=[31094502])),
    ("text instead of a list", {**ROW, "metadata": {**ROW["metadata"], "title": "Heat"}}),
    ("lists empty", row(keywords=[], deadlineDate=[], budgetOverview=[], callTitle=[], typesOfAction=[])),
    ("fields absent", row(keywords=None, deadlineDate=None, budgetOverview=None, callTitle=None, url=None)),
    ("keywords of broken JSON", row(keywords='["Dairy", ')),
    ("keywords nested deep", row(keywords="[" * 100_000)),
    ("budget of broken JSON", row(budgetOverview="{")),
    ("budget of another shape", row(budgetOverview='["x"]')),
    ("budget lines of another shape", row(budgetOverview='{"budgetTopicActionMap":{"1":{"a":1},"2":[7,null]}}')),
    ("budget in words", row(budgetOverview=budget('"lots"'))),
    ("budget infinite", row(budgetOverview=budget('Infinity'))),
    ("budget nested deep", row(budgetOverview="[" * 100_000)),
    ("description nested deep", row(descriptionByte="<div>" * 50_000 + "deep")),
    ("description never closed", row(descriptionByte="<p><b><table><tr><td>x")),
    ("description of entities", row(descriptionByte="&lt;b&gt; &#0; &#x110000; &nbsp;")),
    ("description not HTML", row(descriptionByte="1 < 2 & 3 > 2")),
    ("unknown programme", row(frameworkProgramme="1")),
    ("wrong charset", row(title="CafÃ© et crÃªpes")),
    ("unknown fields", row(somethingNew="x")),
    ("duplicate deadlines", row(deadlineDate=["2027-04-08T00:00:00.000+0000"] * 3)),
    ("endless title", row(title="word " * 5_000)),
]  # fmt: skip


@pytest.mark.parametrize("record", [case[1] for case in ODD], ids=[case[0] for case in ODD])
def test_an_odd_record_is_still_understood(record: Any) -> None:
    parsed = parse((record,), NOW)
    assert parsed.refused == ()
    state = parsed.readings[0].state
    assert state.model_dump_json().encode()
    assert "\x00" not in state.title
    assert len(state.title) <= 500


def test_a_refusal_says_what_and_why() -> None:
    with pytest.raises(RecordRefused, match="deadlineDate"):
        read_row(row(deadlineDate="soon"))


def test_what_is_set_aside_keeps_the_key_it_would_have_had() -> None:
    parsed = parse((row("7TOPICSen", status="x"), row("8COMPETITIVE_CALLen", status="x", type="8"), None), NOW)
    topic, cascade, unnamed = (refused.key for refused in parsed.refused)
    assert (topic, cascade) == ("DEMO-2027-HEAT-01", "8COMPETITIVE_CALLen")
    assert unnamed.startswith("unnamed-")
