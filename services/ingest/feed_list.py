"""The feeds that a setting lists: addresses, each maybe with the kind of its opportunities before it."""

import re
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from shared.events import OpportunityKind

MOST_FEEDS = 50
MAX_URL = 500
_KIND = re.compile(r"([a-z]+)=(?=https?:)")
_KINDS: dict[str, OpportunityKind] = {kind: kind for kind in get_args(OpportunityKind)}


@dataclass(frozen=True)
class ListedFeed:
    """One feed to read. Without a kind, it is told from the words of the feed and of each entry."""

    url: str
    kind: OpportunityKind | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def listed_feeds(text: str) -> tuple[ListedFeed, ...]:
    """The feeds of `https://a.example/rss,mobility=https://b.example/rss`. Raises ValueError with a sentence."""
    if text.strip() == "none":
        return ()
    feeds = tuple(dict.fromkeys(_feed(part.strip()) for part in text.split(",") if part.strip()))
    urls = [feed.url for feed in feeds]
    if twice := [url for url in urls if urls.count(url) > 1]:
        raise ValueError(f"{twice[0][:80]} is listed with two kinds")
    if len(feeds) > MOST_FEEDS:
        raise ValueError(f"{len(feeds)} feeds are listed, at most {MOST_FEEDS} are read")
    return feeds


def _feed(part: str) -> ListedFeed:
    named = _KIND.match(part)
    url = part[named.end() :] if named else part
    if named and named[1] not in _KINDS:
        raise ValueError(f"{named[1][:20]!r} is no kind of opportunity; known: {', '.join(_KINDS)}")
    if not _is_address(url):
        raise ValueError(
            f"{part[:80]!r} is not the address of a feed, such as https://agency.example/rss "
            "or mobility=https://agency.example/rss"
        )
    return ListedFeed(url, _KINDS[named[1]] if named else None)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        # Asking for the port checks it.
        return sound and (parts.port or 1) > 0 and len(url) <= MAX_URL and not any(map(str.isspace, url))
    except ValueError:
        return False
