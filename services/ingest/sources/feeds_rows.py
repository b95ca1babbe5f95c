"""Entries of feeds, understood: pure, each entry on its own."""

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from services.ingest.domain.call_ids import call_ids
from services.ingest.domain.deadlines import brussels_day
from services.ingest.domain.html_text import plain_text
from services.ingest.domain.readings import TEXT_LIMIT, TITLE_LIMIT, Reading, RecordRefused, opportunity_id
from services.ingest.domain.words import clean, clean_line, cut, language_of, said_once
from services.ingest.domain.written_deadlines import written_deadline
from services.ingest.sources.contract import Parsed
from services.ingest.sources.feeds_entries import Entry, Written
from services.ingest.sources.feeds_kind import kind_of
from services.ingest.sources.one_by_one import MAX_KEY, known_as, parse_each
from shared.events import OpportunityState

OLD = timedelta(days=180)
AHEAD = timedelta(days=400)
MAX_TEXT = 1_000_000
MAX_TITLE = 20_000
MAX_WORDS = 60
_NAMES_ITSELF = re.compile(r"(https?|urn|tag):", re.IGNORECASE)


def parse(records: tuple[object, ...], now: datetime) -> Parsed:
    """Understand entries; what cannot be is set aside with its reason and never stops the others."""
    return parse_each(records, now, read_entry, key_of=_known_as, filled=lambda _: frozenset())


def read_entry(record: object, now: datetime) -> Reading:
    """One entry as a reading. Raises RecordRefused."""
    if not isinstance(record, Entry):
        raise RecordRefused("not_a_row", "the record is no entry of a feed")
    key = key_of(record)
    if not key:
        raise RecordRefused("bad_field", "guid: neither an identifier nor a link")
    title = clean_line(said_once(_plain(record.title, "title", MAX_TITLE)), limit=TITLE_LIMIT) if record.title else ""
    if not title:
        raise RecordRefused("no_title", "the title is missing or empty once cleaned")
    text = _text(record, title)
    language = language_of(f"{title} {text}", flagged=_flag(record.language))
    published = _published(record, now)
    deadline = written_deadline(f"{title}\n{text}", language=language)
    if deadline and deadline < (published or now - OLD):
        # Nobody announces what is over: the date is of something else.
        deadline = None
    if deadline is None and published and now - published > OLD:
        raise RecordRefused("old", f"published on {published:%Y-%m-%d}, without a deadline")
    return Reading(key, _state(record, key, title, text, language, deadline, published))


def key_of(entry: Entry) -> str:
    """The identifier, else the link; with the feed's host before what is only known within the feed."""
    given = clean_line(entry.guid, limit=5000) or clean_line(entry.link, limit=5000)
    if not given:
        return ""
    key = given if _NAMES_ITSELF.match(given) else f"{urlsplit(entry.feed_url).hostname}/{given}"
    return key if len(key) <= MAX_KEY else f"{key[: MAX_KEY - 17]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"


def _state(
    entry: Entry,
    key: str,
    title: str,
    text: str,
    language: str,
    deadline: datetime | None,
    published: datetime | None,
) -> OpportunityState:
    words = tuple(dict.fromkeys(line for word in entry.words if (line := clean_line(word, limit=200))))
    return OpportunityState(
        id=opportunity_id("feed", key),
        version=1,
        kind=entry.kind or kind_of((entry.feed_title, *entry.feed_words, title, *words), language=language),
        source="feeds",
        title=title,
        text=text,
        language=language,
        status="open",
        opens_on=_opens_on(published),
        deadlines=(deadline,) if deadline else (),
        keywords=words[:MAX_WORDS],
        url=_address(entry),
    )


def _text(entry: Entry, title: str) -> str:
    """The summary and the content, one alone when it holds the other, with the ids of calls that addresses hid."""
    texts = sorted((_plain(one, "text") for one in entry.texts), key=len, reverse=True)
    told: list[str] = []
    for text in texts:
        if not any(_opening(text) in other for other in told):
            told.append(text)
    shown = "\n".join(reversed(told))
    everywhere = " ".join((entry.link, entry.guid, *(one.value for one in entry.texts)))
    hidden = [found for found in call_ids(everywhere) if found not in f"{title} {shown}".upper()][:10]
    last = f"{'Appel : ' if _flag(entry.language) == 'fr' else 'Call: '}{', '.join(hidden)}"[:2000] if hidden else ""
    return f"{cut(shown, TEXT_LIMIT - len(last) - 1)}\n{last}".strip()


def _opening(text: str) -> str:
    """A summary is often the content's beginning, cut somewhere."""
    return text[:200].rstrip("….[] ")


def _plain(written: Written, field: str, most: int = MAX_TEXT) -> str:
    if len(written.value) > most:
        raise RecordRefused("bad_field", f"{field}: longer than {most} characters")
    return plain_text(clean(written.value)) if written.html else clean(written.value)


def _published(entry: Entry, now: datetime) -> datetime | None:
    if entry.published and entry.published_at is None:
        raise RecordRefused("bad_field", f"published: {clean_line(entry.published, limit=60)!r} is not a date")
    moment = entry.published_at.astimezone(UTC) if entry.published_at else None
    if moment and moment - now > AHEAD:
        raise RecordRefused("bad_field", f"published: {moment:%Y-%m-%d} is too far ahead")
    return moment


def _opens_on(published: datetime | None) -> date | None:
    return brussels_day(published) if published else None


def _flag(language: str) -> str:
    """The feed's own language, where it has the form of one."""
    return language[:2].lower() if re.match(r"[A-Za-z]{2}(?![A-Za-z])", language) else "en"


def _address(entry: Entry) -> str | None:
    link = urljoin(entry.feed_url, entry.link.strip()) if entry.link.strip() else ""
    is_web = link.startswith(("https://", "http://")) and len(link) <= 500 and not any(map(str.isspace, link))
    return link if is_web else None


def _known_as(record: object) -> str:
    return known_as(key_of(record) if isinstance(record, Entry) else None, record)
