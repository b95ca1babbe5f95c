"""Entries of feeds, understood: pure, each entry on its own."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urljoin, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.ingest.domain.deadlines import brussels_day
from services.ingest.domain.feeds import kind_of
from services.ingest.domain.html_text import plain_text
from services.ingest.domain.readings import TEXT_LIMIT, TITLE_LIMIT, Reading, RecordRefused, opportunity_id
from services.ingest.domain.stated_deadline import stated_deadline
from services.ingest.domain.words import clean, clean_line, cut, language_of, said_once
from services.ingest.sources.contract import Parsed
from services.ingest.sources.one_by_one import MAX_KEY, is_filled, known_as, parse_each, refusal_of
from shared.events import OpportunityKind, OpportunityState

OLD_AFTER = timedelta(days=180)
MAX_TEXT = 1_000_000
MAX_KEYWORDS = 30
ADDRESS_LIMIT = 500
TITLE_FROM_TEXT = 120


def _text(value: object) -> object:
    return "" if value is None else clean(value) if isinstance(value, str) else value


def _mappings(value: object) -> object:
    """The members of a list that have parts; anything else says nothing."""
    return tuple(member for member in value if isinstance(member, Mapping)) if isinstance(value, list) else ()


def _moment(value: object) -> object:
    """Six numbers or more, as feedparser gives a date in UTC; None for what it could not read."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) < 6:
        return None
    try:
        year, month, day, hour, minute, second = value[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None


Text = Annotated[str, BeforeValidator(_text), Field(max_length=MAX_TEXT)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


class Piece(BaseModel):
    """A text with its type: an Atom content, a category."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Text = ""
    value: Text = ""
    term: Text = ""
    label: Text = ""


Pieces = Annotated[tuple[Piece, ...], BeforeValidator(_mappings)]


class Entry(BaseModel):
    """The part of an entry that is read, under feedparser's names. Everything may be missing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Text = ""
    title: Text = ""
    link: Text = ""
    summary: Text = ""
    content: Pieces = ()
    tags: Pieces = ()
    published_parsed: Moment = None
    updated_parsed: Moment = None

    @property
    def description(self) -> str:
        """What tells most, the whole content or the summary, as plain text."""
        return max((plain_text(text) for text in (self.summary, *(one.value for one in self.content))), key=len)

    @property
    def categories(self) -> tuple[str, ...]:
        words = (clean_line(plain_text(tag.label or tag.term), limit=80) for tag in self.tags)
        return tuple(dict.fromkeys(word for word in words if word and not word.startswith("http")))


class Feed(BaseModel):
    """What is known of the feed that an entry comes from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: str = Field(min_length=1, max_length=300)
    url: str
    kind: OpportunityKind | None = None
    title: str = ""
    language: str = ""


class Record(BaseModel):
    """An entry with its feed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    feed: Feed
    entry: Entry


def parse(records: tuple[object, ...], now: datetime) -> Parsed:
    """Understand entries; what cannot be is set aside with its reason and never stops the others."""
    return parse_each(records, now, read_entry, key_of=_known_as, filled=_filled)


def read_entry(record: object, now: datetime) -> Reading:
    """One entry as a reading. Raises RecordRefused."""
    if not isinstance(record, Mapping) or not isinstance(record.get("entry"), Mapping):
        raise RecordRefused("not_a_row", "the record is not an entry of a feed")
    try:
        read = Record.model_validate(record)
    except ValidationError as error:
        raise _refusal(error) from error
    name = read.entry.id or read.entry.link
    if not name:
        raise RecordRefused("bad_field", "id: the entry has neither an identifier nor a link")
    state = _state(read, f"{read.feed.host} {name}")
    published = read.entry.published_parsed or read.entry.updated_parsed
    if not state.deadlines and published and now - published > OLD_AFTER:
        raise RecordRefused("old", f"published on {published:%Y-%m-%d}, without a deadline")
    return Reading(key=_key(f"{read.feed.host} {name}"), state=state)


def _state(read: Record, key: str) -> OpportunityState:
    entry, text = read.entry, read.entry.description
    title = clean_line(said_once(_title(entry.title)), limit=TITLE_LIMIT) or clean_line(text, limit=TITLE_FROM_TEXT)
    if not title:
        raise RecordRefused("no_title", "the entry has neither a title nor a text")
    language = language_of(f"{title} {text}", flagged=read.feed.language[:2].lower() or "fr")
    deadline = stated_deadline(f"{title}\n{text}", language=language)
    return OpportunityState(
        id=opportunity_id("feed", key),
        version=1,
        kind=read.feed.kind or kind_of(title, *entry.categories, read.feed.title),
        source="feeds",
        title=title,
        text=cut(text, TEXT_LIMIT),
        language=language,
        status="open",
        opens_on=brussels_day(entry.published_parsed) if entry.published_parsed else None,
        deadlines=(deadline,) if deadline else (),
        keywords=entry.categories[:MAX_KEYWORDS],
        url=_address(entry.link or entry.id, read.feed.url),
    )


def _title(written: str) -> str:
    """Titles come as text or as HTML, and feeds do not say which: an entity or a closed tag is HTML."""
    is_markup = ("</" in written or "/>" in written or "&" in written) and (";" in written or ">" in written)
    return plain_text(written) if is_markup else written


def _address(link: str, feed_url: str) -> str | None:
    try:
        address = urljoin(feed_url, link) if link.startswith("/") else link
        has_host = urlsplit(address).scheme in ("http", "https") and bool(urlsplit(address).hostname)
    except ValueError:
        return None
    return address if has_host and len(address) <= ADDRESS_LIMIT and " " not in address else None


def _key(name: str) -> str:
    """The name itself; of a very long one, the id made of it, which bears a hash."""
    return name if len(name) <= MAX_KEY else opportunity_id("feed", name)


def _refusal(error: ValidationError) -> RecordRefused:
    """The first thing wrong, by the name of the field inside the entry or the feed."""
    refused = refusal_of(error)
    location = ".".join(str(part) for part in error.errors(include_url=False, include_input=False)[0]["loc"])
    return RecordRefused(refused.reason, f"{location}: {refused.detail.partition(': ')[2]}")


def _known_as(record: object) -> str:
    entry = record.get("entry") if isinstance(record, Mapping) else None
    feed = record.get("feed") if isinstance(record, Mapping) else None
    name = (entry.get("id") or entry.get("link")) if isinstance(entry, Mapping) else None
    host = feed.get("host") if isinstance(feed, Mapping) else None
    if isinstance(name, str) and isinstance(host, str) and clean(name):
        return known_as(_key(f"{host} {clean(name)}"), record)
    return known_as(None, record)


def _filled(record: object) -> frozenset[str]:
    """Only what every feed has: which other fields are filled differs from feed to feed."""
    entry = record.get("entry") if isinstance(record, Mapping) else None
    names = ("title", "link")
    return (
        frozenset(name for name in names if is_filled(entry.get(name))) if isinstance(entry, Mapping) else frozenset()
    )
