"""The setting that lists feeds: what it means, and the sentences for what it cannot mean."""

import pytest
from pydantic import ValidationError

from services.ingest.feed_list import ListedFeed
from services.ingest.settings import IngestSettings

WRONG = {
    "ftp://agency.example/rss": "is not the address of a feed",
    "agency.example/rss": "is not the address of a feed",
    "https://": "is not the address of a feed",
    "https://agency.example:x/rss": "is not the address of a feed",
    "https://[::1/rss": "is not the address of a feed",
    "https://someone:secret@agency.example/rss": "is not the address of a feed",
    "https://agency.example/a b": "is not the address of a feed",
    "https://agency.example/" + "x" * 500: "is not the address of a feed",
    "mobility=": "is not the address of a feed",
    "mobility": "is not the address of a feed",
    "news=https://agency.example/rss": "'news' is no kind of opportunity; known: call, tender",
    "https://a.example/rss,mobility=https://a.example/rss": "is listed with two kinds",
    ",".join(f"https://a.example/{number}" for number in range(51)): "51 feeds are listed, at most 50",
}


def test_feeds_are_listed_with_or_without_their_kind() -> None:
    settings = IngestSettings(
        feeds=" https://a.example/rss?a=b , mobility=http://b.example:8080/rss,,https://a.example/rss?a=b"
    )
    assert settings.listed_feeds == (
        ListedFeed("https://a.example/rss?a=b"),
        ListedFeed("http://b.example:8080/rss", "mobility"),
    )


@pytest.mark.parametrize("text", ["", "none", " , "])
def test_no_feed_may_be_listed(text: str) -> None:
    assert IngestSettings(feeds=text).listed_feeds == ()


@pytest.mark.parametrize(("text", "told"), WRONG.items(), ids=[text[:40] for text in WRONG])
def test_what_is_no_feed_is_refused_with_a_sentence(text: str, told: str) -> None:
    with pytest.raises(ValidationError, match="feeds") as error:
        IngestSettings(feeds=text)
    assert told in str(error.value)
