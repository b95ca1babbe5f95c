"""Entries of feeds as feedparser gives them, written by hand about fictional organisations."""

from copy import deepcopy
from typing import Any

RECORD: dict[str, Any] = {
    "feed": {
        "host": "seabirds.example",
        "kind": None,
        "title": "News of the Seabird Trust",
        "language": "en",
        "url": "https://seabirds.example/rss_en",
    },
    "entry": {
        "id": "https://seabirds.example/node/12_en",
        "title": "Volunteering with seabirds on a northern island",
        "link": "https://seabirds.example/news/volunteering_en",
        "summary": "<p>Count <b>puffins</b> &amp; guillemots for six months.</p><p>Deadline: 15 March 2027</p>",
        "published_parsed": [2026, 10, 30, 8, 0, 0, 4, 303, 0],
        "tags": [{"term": "Volunteering", "scheme": None, "label": None}],
    },
}


def entry(**fields: Any) -> dict[str, Any]:
    """A record whose entry has some fields replaced; None removes a field."""
    made = deepcopy(RECORD)
    for name, value in fields.items():
        if value is None:
            made["entry"].pop(name, None)
        else:
            made["entry"][name] = value
    return made


def item(number: int, *, title: str | None = None, more: str = "") -> str:
    """One RSS item; `more` is XML put into it."""
    title = title or f"Volunteering number {number}"
    return (
        f"<item><guid isPermaLink='false'>{number} at seabirds</guid><title>{title}</title>"
        f"<link>/news/{number}</link><description>&lt;p&gt;Puffins of colony {number}.&lt;/p&gt;</description>"
        f"<pubDate>Fri, 30 Oct 2026 08:00:00 GMT</pubDate>{more}</item>"
    )


def rss(*items: str, title: str = "News of the Seabird Trust", language: str = "en") -> bytes:
    """An RSS 2.0 document of these items."""
    head = f"<title>{title}</title><link>https://seabirds.example/</link><language>{language}</language>"
    inside = head + "".join(items)
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{inside}</channel></rss>'.encode()


def atom(*entries: str) -> bytes:
    """An Atom document of these entries."""
    head = "<title>Offres de l’association</title><id>urn:demo:feed</id><updated>2026-10-30T08:00:00Z</updated>"
    start = '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">'
    return f"{start}{head}{''.join(entries)}</feed>".encode()
