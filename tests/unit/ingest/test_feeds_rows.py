"""Entries of RSS and Atom become opportunities, or are set aside with a reason."""

from datetime import UTC, date, datetime

import pytest

from services.ingest.feed_list import ListedFeed
from services.ingest.sources.feeds_entries import Entry
from services.ingest.sources.feeds_rows import parse
from shared.events import OpportunityState
from tests.unit.ingest.feed_pages import FEED, NOW, atom, item, read, rss


def only(body: bytes, feed: ListedFeed = FEED) -> OpportunityState:
    parsed = read(body, feed=feed)
    assert parsed.refused == ()
    (reading,) = parsed.readings
    return reading.state


def test_an_rss_item_becomes_an_opportunity() -> None:
    state = only(rss(item()))
    assert (state.id, state.source, state.kind, state.status) == (
        "feed-https-agency-example-calls-1-" + state.id[-8:],
        "feeds",
        "call",
        "open",
    )
    assert state.title == "Call 1: warm schools"
    assert state.text == "Insulate schools & halls.\nDeadline: 15 March 2027"
    assert state.deadlines == (datetime(2027, 3, 15, 16, tzinfo=UTC),)
    assert (state.opens_on, state.url) == (date(2026, 10, 26), "https://agency.example/calls/1")
    assert (state.keywords, state.language) == (("Energy",), "en")


def test_an_atom_entry_becomes_an_opportunity() -> None:
    state = only(
        atom(
            "<entry><id>tag:agence.example,2026:7</id><title type='html'>Stage &amp;amp; volontariat</title>"
            "<link rel='self' href='/7.xml'/><link href='/7'/><updated>2026-10-26T10:00:00Z</updated>"
            "<summary>Un départ dans une école.</summary><category term='x' label='Jeunesse'/>"
            "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Un départ dans une école.</p>"
            "<p>À déposer avant le 3 avril 2027.</p></div></content></entry>"
        )
    )
    assert (state.title, state.kind, state.language) == ("Stage & volontariat", "mobility", "fr")
    assert state.text == "Un départ dans une école.\nÀ déposer avant le 3 avril 2027."
    assert state.deadlines == (datetime(2027, 4, 3, 15, tzinfo=UTC),)
    assert (state.url, state.keywords) == ("https://agency.example/7", ("Jeunesse",))


def test_a_feed_in_rdf_is_read() -> None:
    body = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        b'<channel rdf:about="https://agency.example"><title>News</title></channel>'
        b'<item rdf:about="https://agency.example/9"><title>Warm schools</title><link>https://agency.example/9</link>'
        b"</item></rdf:RDF>"
    )
    assert only(body).title == "Warm schools"


def test_the_guid_names_an_entry_whose_link_moves() -> None:
    before = only(rss(item(guid="17 at https://agency.example")))
    after = only(rss(item(guid="17 at https://agency.example", link="https://agency.example/elsewhere")))
    assert before.id == after.id


def test_without_guid_the_link_names_an_entry() -> None:
    state = only(rss(item(guid=None)))
    assert state.id == only(rss(item(), title="Another")).id


def test_the_same_plain_guid_in_two_feeds_is_two_opportunities() -> None:
    body = rss(item(guid="42", link=None))
    other = ListedFeed("https://other.example/rss")
    assert only(body).id != only(body, other).id


def test_keys_too_long_stay_apart() -> None:
    first, second = (only(rss(item(guid="https://agency.example/" + "a" * 400 + end))) for end in "12")
    assert first.id != second.id


@pytest.mark.parametrize(
    ("changed", "title", "language", "kind"),
    [
        ({"title": "Volunteers in Lapland"}, "News", "en", "mobility"),
        ({"category": "Volunteering"}, "News", "en", "mobility"),
        ({"title": "Youth exchanges"}, "News", "en", "mobility"),
        ({}, "Mobility of apprentices", "en", "mobility"),
        ({"title": "Offre de stage à Cork", "description": "Pour les élèves de la ville"}, "Infos", "fr", "mobility"),
        ({"title": "Une mobilité pour les jeunes de la ville"}, "Infos", "fr", "mobility"),
        ({"title": "Traineeship with the port"}, "News", "en", "mobility"),
        ({"category": "European Solidarity Corps"}, "News", "en", "mobility"),
        ({"title": "Service civique à Cork"}, "Infos", "fr", "mobility"),
        ({"title": "Un échange de jeunes avec la ville"}, "Infos", "fr", "mobility"),
        ({"title": "Two-stage call for the towns"}, "News", "en", "call"),
        ({"title": "Exchange of good practices between towns"}, "News", "en", "call"),
        ({"title": "Stock exchange of the towns"}, "News", "en", "call"),
        ({"title": "Échange de bonnes pratiques entre les villes"}, "Infos", "fr", "call"),
        ({"title": "Mobility as a service"}, "News", "en", "call"),
        ({"title": "Sustainable urban mobility"}, "News", "en", "call"),
        ({"title": "Les mobilités douces dans les villes"}, "Infos", "fr", "call"),
        ({}, "News", "en", "call"),
    ],
)
def test_the_kind_is_told_from_words(changed: dict[str, str], title: str, language: str, kind: str) -> None:
    assert only(rss(item(**changed), title=title, language=language)).kind == kind


def test_the_kind_of_the_settings_wins() -> None:
    listed = ListedFeed(FEED.url, "tender")
    assert only(rss(item(title="Volunteers in Lapland")), listed).kind == "tender"


def test_an_old_entry_without_deadline_is_set_aside() -> None:
    old = "Mon, 04 May 2026 10:00:00 GMT"
    parsed = read(rss(item(1, pubDate=old, description="News"), item(2, pubDate=old), item(3, description="News")))
    assert [(one.key[-1], one.reason) for one in parsed.refused] == [("1", "old")]
    assert [reading.key[-1] for reading in parsed.readings] == ["2", "3"]


def test_a_date_before_the_publication_is_no_deadline() -> None:
    assert only(rss(item(description="Apply as before. Deadline: 15 March 2019 was the last one"))).deadlines == ()
    undated = item(pubDate=None, description="The deadline was 15 March 2019")
    assert only(rss(undated)).deadlines == ()


def test_ids_of_european_calls_hidden_in_links_are_shown() -> None:
    state = only(rss(item(description='<a href="https://portal.example/LIFE-2027-SAP-NAT">Read</a>')))
    assert state.text.endswith("Call: LIFE-2027-SAP-NAT")


def test_scripts_and_control_characters_never_reach_a_text() -> None:
    state = only(
        rss(item(title="A\u0085B <script>alert(1)</script>", description="<script>x()</script><p>T\ufeffext</p>"))
    )
    assert "alert" not in state.text + state.title
    assert state.text == "Text"


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://agency.example/1", "https://a.example/" + "x" * 600])
def test_a_link_that_is_no_web_address_is_left_out(link: str) -> None:
    assert only(rss(item(link=link))).url is None


ODD_ITEMS: dict[str, tuple[str, str]] = {
    "no title": (item(title=None), "no_title"),
    "an empty title": (item(title=""), "no_title"),
    "a title of spaces": (item(title="  \n "), "no_title"),
    "a title of markup": (item(title="<b></b>"), "no_title"),
    "no guid and no link": (item(guid=None, link=None), "bad_field"),
    "an empty guid and link": (item(guid="", link=" "), "bad_field"),
    "a date that is none": (item(pubDate="soon"), "bad_field"),
    "a date in words of another language": (item(pubDate="lundi 26 octobre"), "bad_field"),
    "a date far ahead": (item(pubDate="Mon, 26 Oct 2099 10:00:00 GMT"), "bad_field"),
    "a date long ago": (item(pubDate="Mon, 26 Oct 1926 10:00:00 GMT", description="x"), "old"),
    "the year zero": (item(pubDate="0000-01-01", description="x"), "bad_field"),
    "a huge text": (item(description="x" * 1_100_000), "bad_field"),
    "a huge title": (item(title="x" * 1_100_000), "bad_field"),
    "a deadline too far": (item(description="Deadline: 15 March 2049"), "absurd_deadline"),
    "nothing at all": ("<item/>", "bad_field"),
    "only a text": ("<item>words</item>", "bad_field"),
    "items in an item": ("<item><item/></item>", "bad_field"),
}


@pytest.mark.parametrize(("odd", "reason"), ODD_ITEMS.values(), ids=ODD_ITEMS.keys())
def test_an_odd_entry_is_set_aside_alone(odd: str, reason: str) -> None:
    parsed = read(rss(item(8), odd, item(9)))
    assert {reading.key[-1] for reading in parsed.readings} == {"8", "9"}
    assert reason in [one.reason for one in parsed.refused]
    assert all(one.key and one.detail for one in parsed.refused)


@pytest.mark.parametrize("record", [None, 7, "x", {}, [], float("nan"), object(), Entry("")])
def test_what_is_no_entry_is_set_aside(record: object) -> None:
    parsed = parse((record,), NOW)
    assert parsed.readings == ()
    assert len(parsed.refused) == 1
