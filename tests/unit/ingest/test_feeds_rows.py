"""Entries of feeds become opportunities, or are refused with a reason, each on its own."""

from copy import deepcopy
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.ingest.domain.readings import Reading, checked
from services.ingest.sources.feeds_rows import parse
from tests.unit.ingest.feed_entries import RECORD, entry
from tests.unit.ingest.rows import NOW

GOOD = entry(id="another", title="A sound entry")


def read(record: object) -> Reading:
    parsed = parse((record,), NOW)
    assert [(one.reason, one.detail) for one in parsed.refused] == []
    return parsed.readings[0]


def refusal(record: object) -> tuple[str, str]:
    parsed = parse((record, GOOD), NOW)
    assert [reading.state.title for reading in parsed.readings] == ["A sound entry"]
    (refused,) = parsed.refused
    assert refused.key
    return refused.reason, refused.detail


def test_an_entry_becomes_an_opportunity() -> None:
    reading = read(RECORD)
    state = reading.state
    assert reading.key == "seabirds.example https://seabirds.example/node/12_en"
    assert state.id.startswith("feed-seabirds-example-https-seabirds-example-node-12-en")
    assert (state.source, state.kind, state.status, state.language) == ("feeds", "mobility", "open", "en")
    assert state.title == "Volunteering with seabirds on a northern island"
    assert state.text == "Count puffins & guillemots for six months.\nDeadline: 15 March 2027"
    assert state.deadlines == (datetime(2027, 3, 15, 16, 0, tzinfo=UTC),)
    assert state.opens_on == date(2026, 10, 30)
    assert state.keywords == ("Volunteering",)
    assert state.url == "https://seabirds.example/news/volunteering_en"


def test_what_tells_more_is_the_text_the_content_or_the_summary() -> None:
    content = [{"type": "text/html", "value": "<p>The whole story of the colony, from its first nest to now.</p>"}]
    assert read(entry(summary="Short.", content=content)).state.text.startswith("The whole story")
    assert read(entry(summary="A long summary of a short page.", content=[{"value": "x"}])).state.text.startswith("A")


def test_the_office_may_say_which_kind_a_feed_holds() -> None:
    record = entry(title="Call for proposals", tags=[])
    assert read(record).state.kind == "call"
    record["feed"]["kind"] = "partnership"
    assert read(record).state.kind == "partnership"


@pytest.mark.parametrize("where", ["title", "category", "feed"])
def test_words_of_titles_and_categories_choose_the_kind(where: str) -> None:
    record = entry(title="Six months on an island", tags=[])
    assert read(record).state.kind == "call"
    if where == "title":
        record["entry"]["title"] = "Volontariat sur une île"
    elif where == "category":
        record["entry"]["tags"] = [{"term": "x", "label": "Youth exchanges"}]
    else:
        record["feed"]["title"] = "European Solidarity Corps"
    assert read(record).state.kind == "mobility"


def test_an_entry_without_identifier_is_known_by_its_link() -> None:
    assert read(entry(id=None)).key == "seabirds.example https://seabirds.example/news/volunteering_en"


def test_the_same_identifier_in_feeds_of_two_hosts_is_two_opportunities() -> None:
    one, other = entry(id="7"), entry(id="7")
    other["feed"]["host"] = "forests.example"
    assert read(one).id != read(other).id


def test_an_entry_without_title_bears_the_beginning_of_its_text() -> None:
    state = read(entry(title=None, summary="<p>Count puffins. " + "They are many. " * 40 + "</p>")).state
    assert state.title.startswith("Count puffins.")
    assert len(state.title) <= 120


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/news/1", "https://seabirds.example/news/1"),
        ("https://other.example/1", "https://other.example/1"),
        ("javascript:alert(1)", None),
        ("mailto:someone@seabirds.example", None),
        ("https://", None),
        ("https://[::1", None),
        ("https://seabirds.example/" + "x" * 600, None),
    ],
)
def test_only_addresses_of_the_web_are_links(link: str, url: str | None) -> None:
    assert read(entry(link=link)).state.url == url


def test_titles_are_plain_text_whatever_way_they_were_written() -> None:
    assert read(entry(title="Care &amp; share")).state.title == "Care & share"
    assert read(entry(title="<b>Care</b> for birds")).state.title == "Care for birds"
    assert read(entry(title="Colonies where n < 5 & more")).state.title == "Colonies where n < 5 & more"


def test_an_entry_published_long_ago_without_deadline_is_old() -> None:
    long_ago = [2026, 5, 1, 8, 0, 0, 4, 121, 0]
    assert refusal(entry(published_parsed=long_ago, summary="No date.")) == (
        "old",
        "published on 2026-05-01, without a deadline",
    )
    assert read(entry(published_parsed=long_ago)).state.deadlines
    assert read(entry(published_parsed=None, summary="No date.")).state.opens_on is None


def test_an_update_tells_the_age_but_never_a_date_that_is_shown() -> None:
    recent = [2026, 10, 1, 8, 0, 0, 4, 274, 0]
    state = read(entry(published_parsed=None, updated_parsed=recent, summary="No date.")).state
    assert state.opens_on is None


def test_a_french_entry_in_an_english_feed_is_french() -> None:
    state = read(entry(title="Les oiseaux de la côte et des îles", summary="Pour les jeunes, avec une aide.")).state
    assert state.language == "fr"


REFUSED: dict[str, tuple[Any, str]] = {
    "a text": ("noise", "not_a_row"),
    "nothing": (None, "not_a_row"),
    "a number": (7, "not_a_row"),
    "a list": ([RECORD], "not_a_row"),
    "an empty record": ({}, "not_a_row"),
    "an entry that is a text": ({"feed": RECORD["feed"], "entry": "x"}, "not_a_row"),
    "no feed": ({"entry": RECORD["entry"]}, "bad_field"),
    "a feed without host": ({"feed": {"url": "x"}, "entry": RECORD["entry"]}, "bad_field"),
    "a feed of an unknown kind": ({"feed": {**RECORD["feed"], "kind": "gift"}, "entry": RECORD["entry"]}, "bad_field"),
    "neither identifier nor link": (entry(id=None, link=None), "bad_field"),
    "empty identifier and link": (entry(id="", link=" "), "bad_field"),
    "an identifier of controls": (entry(id="\x00\x01", link=None), "bad_field"),
    "neither title nor text": (entry(title=None, summary=None), "no_title"),
    "an empty title and text": (entry(title=" ", summary="<p> </p>"), "no_title"),
    "a title of markup alone": (entry(title="<b></b>", summary=None), "no_title"),
    "a title that is a number": (entry(title=12), "bad_field"),
    "a title that is a list": (entry(title=["x"]), "bad_field"),
    "a title that is not a number": (entry(title=float("nan")), "bad_field"),
    "a title without end": (entry(title="x" * 1_000_001), "bad_field"),
    "a summary without end": (entry(summary="x" * 1_000_001), "bad_field"),
    "a summary that is a dict": (entry(summary={"value": "x"}), "bad_field"),
    "a link that is a list": (entry(link=["https://a.example"]), "bad_field"),
    "an identifier that is a dict": (entry(id={"a": 1}), "bad_field"),
    "an identifier that is true": (entry(id=True), "bad_field"),
    "a content whose value is a number": (entry(content=[{"value": 3}]), "bad_field"),
    "a category whose term is a list": (entry(tags=[{"term": []}]), "bad_field"),
    "old": (entry(published_parsed=[2020, 1, 1, 0, 0, 0], summary="x"), "old"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_record_is_refused_with_a_reason_and_the_others_are_kept(name: str) -> None:
    record, reason = REFUSED[name]
    assert refusal(deepcopy(record))[0] == reason


TOLERATED: dict[str, dict[str, Any]] = {
    "content that is a text": {"content": "x"},
    "content that is empty": {"content": []},
    "content of texts": {"content": ["x", None]},
    "tags that are a text": {"tags": "Volunteering"},
    "tags that are null": {"tags": [{"term": None, "label": None}]},
    "a date that is a text": {"published_parsed": "yesterday"},
    "a date cut short": {"published_parsed": [2026, 10]},
    "a date of texts": {"published_parsed": ["a"] * 9},
    "a date that cannot be": {"published_parsed": [2026, 13, 45, 0, 0, 0]},
    "a date before all dates": {"published_parsed": [0, 0, 0, 0, 0, 0]},
    "a date after all dates": {"published_parsed": [99999, 1, 1, 0, 0, 0]},
    "a date that is huge": {"published_parsed": [10**30, 1, 1, 0, 0, 0]},
    "a leap second": {"published_parsed": [2026, 10, 30, 23, 59, 60]},
    "NUL in the title": {"title": "Volunteering\x00 with birds"},
    "a mark at the start of the title": {"title": "\ufeffVolunteering"},
    "lone surrogates": {"title": "Volunteering \ud800"},
    "deep markup": {"summary": "<div>" * 20_000 + "x"},
    "a script": {"summary": "<script>alert(1)</script><p>Birds</p>"},
    "a very long identifier": {"id": "x" * 5_000},
    "a title said twice": {"title": "Birds of the north. Birds of the north."},
    "a summary that is null": {"summary": None},
}


@pytest.mark.parametrize("name", TOLERATED)
def test_an_odd_record_is_read_for_what_it_says(name: str) -> None:
    reading = read(entry(**TOLERATED[name]))
    state = reading.state
    assert state.title
    assert "\x00" not in state.model_dump_json()
    assert "alert" not in state.text
    assert len(reading.key) <= 200
    assert len(state.id) <= 200
    state.model_dump_json().encode()


def test_a_deadline_far_ahead_is_set_aside_by_the_harvest() -> None:
    parsed = parse((entry(summary="Deadline: 15 March 2049"), GOOD), NOW)
    sound, odd = checked(parsed.readings, NOW)
    assert [one.reason for one in odd] == ["absurd_deadline"]
    assert len(sound) == 1
