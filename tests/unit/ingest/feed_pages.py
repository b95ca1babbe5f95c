"""RSS and Atom pages of fictional agencies, written by hand, and what is read of them."""

from datetime import UTC, datetime
from html import escape

from services.ingest.feed_list import ListedFeed
from services.ingest.sources.contract import Parsed
from services.ingest.sources.feeds_entries import entries_of
from services.ingest.sources.feeds_rows import parse
from tests.unit.ingest.understood import understood

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
RECENT = "Mon, 26 Oct 2026 10:00:00 +0100"
FEED = ListedFeed("https://agency.example/node/7/rss_en")


def item(number: int = 1, **changed: str | None) -> str:
    """An RSS item as agencies write it; None leaves an element out, a text is escaped."""
    elements: dict[str, str | None] = {
        "title": f"Call {number}: warm schools",
        "link": f"https://agency.example/calls/{number}",
        "guid": f"https://agency.example/calls/{number}",
        "description": "<p>Insulate <b>schools</b> &amp; halls.</p><p>Deadline: 15 March 2027</p>",
        "pubDate": RECENT,
        "category": "Energy",
        **changed,
    }
    written = (f"<{name}>{escape(text)}</{name}>" for name, text in elements.items() if text is not None)
    return f"<item>{''.join(written)}</item>"


def rss(*items: str, title: str = "Agency news", language: str = "en", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<rss version="2.0"><channel><title>{title}</title>'
        f"<link>https://agency.example</link><language>{language}</language>{''.join(items)}</channel></rss>"
    ).encode()


def atom(*entries: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">'
        f"<title>Actualités</title><id>urn:example:feed</id>{''.join(entries)}</feed>"
    ).encode()


def read(body: bytes, *, feed: ListedFeed = FEED, now: datetime = NOW, charset: str | None = None) -> Parsed:
    """What a page becomes after the checks that all sources share."""
    return understood(parse)(entries_of(feed, body, charset), now)
