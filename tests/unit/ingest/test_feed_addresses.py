"""The setting that lists feeds, and what kind an entry is."""

import pytest
from pydantic import ValidationError

from services.ingest.domain.feeds import FeedAddress, feeds_in, kind_of
from services.ingest.settings import IngestSettings


def test_feeds_are_listed_with_commas_and_some_say_what_they_hold() -> None:
    assert feeds_in("https://a.example/rss?x=1, mobility=https://b.example/atom,\n call=http://c.example/f,") == (
        FeedAddress("https://a.example/rss?x=1"),
        FeedAddress("https://b.example/atom", "mobility"),
        FeedAddress("http://c.example/f", "call"),
    )
    assert IngestSettings(feeds="").feed_addresses == ()


def test_a_feed_listed_twice_is_read_once() -> None:
    assert len(feeds_in("https://a.example/rss,https://a.example/rss")) == 1


@pytest.mark.parametrize(
    ("feeds", "says"),
    [
        ("a.example/rss", "not the address of a feed"),
        ("ftp://a.example/rss", "not the address of a feed"),
        ("file:///etc/passwd", "not the address of a feed"),
        ("https://", "not the address of a feed"),
        ("https://[::1", "not the address of a feed"),
        ("https://a.example:port/rss", "not the address of a feed"),
        ("https://a.example/r ss", "not the address of a feed"),
        ("mobilité=https://a.example/rss", "is no kind"),
        ("mobility=a.example", "not the address of a feed"),
        ("https://me:secret@a.example/rss", "holds a name or a password"),
        ("https://a.example/rss,call=https://a.example/rss", "as two kinds"),
    ],
)
def test_an_address_that_cannot_be_read_is_refused_with_a_sentence(feeds: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        IngestSettings(feeds=feeds)
    said = refused.value.errors()[0]["msg"]
    assert says in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "said",
    [
        "Volunteering with seabirds",
        "Youth exchange in the mountains",
        "Mobilité des jeunes",
        "Missions de volontariat",
        "Offre de stage : archives",
        "Stage à l'étranger",
        "Traineeship in Brussels",
        "European Solidarity Corps",
        "Échanges scolaires",
        "Service civique international",
    ],
)
def test_stays_abroad_are_told_from_calls(said: str) -> None:
    assert kind_of("Une annonce", said) == "mobility"


@pytest.mark.parametrize(
    "said",
    [
        "A two-stage call for dairies",
        "First stage results",
        "Exchange of good practices between towns",
        "Stock exchange news",
        "Call for proposals: urban mobility",
        "Appel à projets : mobilités douces en milieu rural",
        "Appel à projets : échange de bonnes pratiques",
        "",
    ],
)
def test_words_that_mean_something_else_leave_a_call(said: str) -> None:
    assert kind_of(said) == "call"
