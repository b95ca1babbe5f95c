"""The entries of one feed's XML, as feedparser finds them in what was first seen to be a feed."""

import io
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import feedparser

from services.ingest.feed_list import ListedFeed
from services.ingest.sources.bounded import SourceFailed
from services.ingest.sources.feeds_xml import as_utf8, check_xml
from shared.events import OpportunityKind

log = logging.getLogger(__name__)

MOST_ENTRIES = 1_000
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")


@dataclass(frozen=True)
class Written:
    """A text as the feed writes it; `html` when its markup and entities are to be read."""

    value: str
    html: bool = False


@dataclass(frozen=True)
class Entry:
    """One entry and what its feed says of itself. `published` as written, `published_at` once understood."""

    feed_url: str
    feed_title: str = ""
    feed_words: tuple[str, ...] = ()
    language: str = ""
    kind: OpportunityKind | None = None
    guid: str = ""
    link: str = ""
    title: Written | None = None
    texts: tuple[Written, ...] = ()
    words: tuple[str, ...] = ()
    published: str = ""
    published_at: datetime | None = None


def entries_of(feed: ListedFeed, body: bytes, charset: str | None) -> tuple[Entry, ...]:
    """The entries of a feed. Raises SourceFailed when the body is no feed that can be read."""
    text = as_utf8(body, charset)
    check_xml(text)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": feed.url}
    try:
        # Never the bytes themselves: feedparser takes what is short for an address or a file.
        found = feedparser.parse(
            io.BytesIO(text), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except Exception as error:
        # Whatever a library stumbles on in one feed must not cost the others.
        log.exception("a feed cannot be read", extra={"host": feed.host})
        raise SourceFailed("The feed cannot be read.") from error
    if not found.get("version"):
        raise SourceFailed("The source answered XML that is no RSS or Atom feed.")
    if len(found.entries) > MOST_ENTRIES:
        raise SourceFailed(f"The feed has {len(found.entries)} entries, over {MOST_ENTRIES}.")
    return tuple(_entry(feed, found.feed, entry) for entry in found.entries)


def _entry(feed: ListedFeed, channel: Mapping[str, Any], entry: Mapping[str, Any]) -> Entry:
    written = [entry.get("summary_detail"), *(entry.get("content") or ())]
    published = next((name for name in ("published", "updated") if entry.get(name)), "published")
    # Without a link, feedparser gives the identifier for one.
    links = [
        str(link["href"]) for link in entry.get("links") or () if link.get("rel") == "alternate" and "href" in link
    ]
    return Entry(
        feed_url=feed.url,
        feed_title=_text(channel.get("title")),
        feed_words=_words(channel),
        language=_text(channel.get("language")),
        kind=feed.kind,
        guid=_text(entry.get("id")),
        link=links[0] if links else _text(entry.get("link")),
        title=_written(entry.get("title_detail")),
        texts=tuple(dict.fromkeys(text for one in written if (text := _written(one)))),
        words=_words(entry),
        published=_text(entry.get(published)),
        published_at=_moment(entry.get(f"{published}_parsed")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _written(detail: Mapping[str, Any] | None) -> Written | None:
    value = _text(detail.get("value")) if detail else ""
    if not detail or not value.strip():
        return None
    # feedparser calls markup plain text when it holds an element that it would not let through.
    return Written(value, html="html" in _text(detail.get("type")) or bool(_TAG.search(value)))


def _words(tagged: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(text for tag in tagged.get("tags") or () if (text := _text(tag.get("label") or tag.get("term"))))


def _moment(parsed: tuple[int, ...] | None) -> datetime | None:
    try:
        return datetime(*parsed[:6], tzinfo=UTC) if parsed else None  # type: ignore[misc,arg-type]
    except (ValueError, TypeError, OverflowError):
        return None
