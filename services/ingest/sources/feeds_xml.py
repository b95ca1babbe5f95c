"""The entries of one RSS or Atom document. What it is gets checked first: an error page parses as an empty feed."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
import feedparser
from defusedxml.common import DefusedXmlException

from services.ingest.domain.feeds import FeedAddress
from services.ingest.sources.bounded import Answer, SourceFailed

MAX_BYTES = 5_000_000
MAX_ENTRIES = 1_000
DEEPEST = 200
# Others, such as UTF-7, can hide markup from whoever looks at the bytes.
_CHARSETS = re.compile(
    r"utf-?8|utf-?16([-_]?[bl]e)?|(us-)?ascii|iso-?8859-\d+|windows-?125\d|cp125\d|latin-?\d", re.IGNORECASE
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([\w.:-]{1,40})""")


@dataclass(frozen=True)
class FeedRead:
    """Raw entries of a feed, and a sentence when they may not be all there is."""

    records: tuple[object, ...]
    problem: str | None = None


def read_feed(feed: FeedAddress, answer: Answer) -> FeedRead:
    """Entries as records, each with what is known of its feed. Raises SourceFailed with a sentence.

    Slow for long feeds: about a second for a megabyte.
    """
    _check(answer)
    headers = {"content-type": _content_type(answer), "content-location": answer.url}
    # A stream: feedparser takes a text for an address or the name of a file.
    found = feedparser.parse(BytesIO(answer.body), response_headers=headers, sanitize_html=False)
    if not found.get("version"):
        raise SourceFailed("what it gives is not a feed: maybe a maintenance page.")
    entries = [dict(entry) for entry in found.entries]
    title = str(found.feed.get("title") or "")
    about = {
        "host": feed.host,
        "kind": feed.kind,
        "title": title,
        "language": str(found.feed.get("language") or ""),
        "url": answer.url,
    }
    records = tuple({"feed": about, "entry": _plain(entry)} for entry in entries[:MAX_ENTRIES])
    return FeedRead(records, _problem(found, title, len(entries)))


def _problem(found: Mapping[str, Any], title: str, entries: int) -> str | None:
    if found["bozo"] and not isinstance(found["bozo_exception"], feedparser.ThingsNobodyCaresAboutButMe):
        return f"its feed is broken XML: {entries} entries could be read."
    if entries > MAX_ENTRIES:
        return f"its feed has {entries} entries: the first {MAX_ENTRIES} were read."
    if not entries and not title:
        return "its feed holds nothing, not even a title."
    return None


def _check(answer: Answer) -> None:
    """Refuse what no parser should be given. Raises SourceFailed."""
    if not answer.body.strip():
        raise SourceFailed("the answer is empty.")
    if len(answer.body) > MAX_BYTES:
        raise SourceFailed(f"its feed is over {MAX_BYTES // 1_000_000} MB.")
    declared = _DECLARED.search(answer.body[:300])
    for charset in (answer.charset, declared[1].decode("ascii") if declared else None):
        if charset and not (_CHARSETS.fullmatch(charset) and _is_known(charset)):
            raise SourceFailed(f"its charset {charset[:20]} is not read.")
    # What is not well-formed is read all the same, so entities are looked for in the bytes too, UTF-16 or not.
    if b"<!ENTITY" in answer.body.replace(b"\0", b"").upper():
        raise SourceFailed("its XML declares entities of its own: it is not read.")
    try:
        depth = _depth(answer.body)
    except DefusedXmlException as error:
        raise SourceFailed("its XML declares entities of its own: it is not read.") from error
    except (ParseError, ValueError, LookupError):
        return
    if depth > DEEPEST:
        raise SourceFailed("its XML nests absurdly deep: it is not read.")


def _depth(body: bytes) -> int:
    """How deep elements nest. Raises ParseError, DefusedXmlException."""
    depth = deepest = 0
    for event, element in defusedxml.ElementTree.iterparse(BytesIO(body), events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            break
        if event == "end":
            element.clear()
    return deepest


def _is_known(charset: str) -> bool:
    try:
        codecs.lookup(charset)
    except LookupError:
        return False
    return True


def _content_type(answer: Answer) -> str:
    """Never text/xml, for which feedparser keeps an old rule: without a charset, it would be ASCII (RFC 3023)."""
    return f"application/xml; charset={answer.charset}" if answer.charset else "application/xml"


def _plain(value: object) -> object:
    """Lists and plain dicts of texts and numbers, from feedparser's own."""
    if isinstance(value, dict):
        return {str(name): _plain(member) for name, member in dict.items(value)}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)
