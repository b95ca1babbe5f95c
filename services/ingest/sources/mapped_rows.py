"""The records of a mapped source, understood as its file says: pure, each record on its own."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from services.ingest.domain.call_ids import call_ids
from services.ingest.domain.deadlines import closing_moment
from services.ingest.domain.readings import TEXT_LIMIT, TITLE_LIMIT, Reading, RecordRefused, opportunity_id
from services.ingest.domain.words import clean_line, cut, said_once
from services.ingest.sources.aides_territoires_words import audience_of
from services.ingest.sources.contract import Parsed
from services.ingest.sources.mapped_file import Audience, SourceFile
from services.ingest.sources.mapped_values import amount_of, moments_of, text_of, values_at, words_of
from services.ingest.sources.one_by_one import MAX_KEY, is_filled, known_as, parse_each
from shared.events import OpportunityState, OpportunityStatus, OrganisationKind

MAX_WORDS = 60


def parse_records(file: SourceFile, records: tuple[object, ...], now: datetime) -> Parsed:
    """Understand records; what cannot be is set aside with its reason and never stops the others."""

    def read(record: object, at: datetime) -> Reading:
        return read_record(file, record, at)

    def filled(record: object) -> frozenset[str]:
        return frozenset(name for name, paths in _places(file).items() if _has_any(record, paths))

    return parse_each(records, now, read, key_of=lambda record: _key(file, record), filled=filled)


def read_record(file: SourceFile, record: object, now: datetime) -> Reading:
    """One record as a reading. Raises RecordRefused."""
    if not isinstance(record, dict):
        raise RecordRefused("not_a_record", "the record is not an object")
    fields = file.fields
    key = text_of(record, fields.key, "key", join="/")
    title = clean_line(said_once(text_of(record, fields.title, "title", join=" ")), limit=TITLE_LIMIT)
    if not key or len(key) > MAX_KEY or "\n" in key:
        raise RecordRefused("bad_field", "key: missing, or no key")
    if not title:
        raise RecordRefused("no_title", "the title is missing or empty once cleaned")
    return Reading(key=key, state=_state(file, record, key, title, now))


def _state(file: SourceFile, record: object, key: str, title: str, now: datetime) -> OpportunityState:
    fields, zone = file.fields, ZoneInfo(file.timezone)
    opens = [moment.date() for moment in moments_of(record, fields.opens_on, "opens_on", file)]
    deadlines = moments_of(record, fields.deadlines, "deadlines", file)
    opens_on = min(opens, default=None)
    is_ahead = opens_on is not None and opens_on > now.astimezone(zone).date()
    return OpportunityState(
        # Two hyphens: no other source's ids hold them, and two mapped sources never share one.
        id=opportunity_id(f"{file.name}-", key),
        version=1,
        kind=file.kind,
        source=file.name,
        title=title,
        text=_with_call_ids(file, record, title, text_of(record, fields.text, "text")),
        expected_outcome=cut(text_of(record, fields.expected_outcome, "expected_outcome"), TEXT_LIMIT),
        scope=cut(text_of(record, fields.scope, "scope"), TEXT_LIMIT),
        language=file.language,
        programme=_line(text_of(record, fields.programme, "programme", join=", ")),
        call_title=_line(text_of(record, fields.call_title, "call_title", join=", ")),
        status=_status(file, record, is_ahead=is_ahead),
        opens_on=opens_on,
        deadlines=tuple(sorted({closing_moment(moment) for moment in deadlines})),
        budget_min=amount_of(record, fields.budget_min, "budget_min", language=file.language),
        budget_max=amount_of(record, fields.budget_max, "budget_max", language=file.language),
        audience=_audience(record, fields.audience),
        themes=_lines(words_of(record, fields.themes, "themes")),
        keywords=_lines(words_of(record, fields.keywords, "keywords")),
        instrument=_line(text_of(record, fields.instrument, "instrument", join=", ")),
        places=_lines(words_of(record, fields.places, "places")),
        url=_address(text_of(record, fields.url, "url")),
    )


def _with_call_ids(file: SourceFile, record: object, title: str, text: str) -> str:
    """The text, and the ids of European calls that markup or addresses hid: copies are known by them."""
    hiding = [paths for name, paths in _places(file).items() if name in ("key", "text", "scope", "url", "keywords")]
    everywhere = " ".join(str(value) for paths in hiding for path in paths for value in values_at(record, path))
    hidden = [found for found in call_ids(everywhere) if found not in f"{title} {text}".upper()][:10]
    last = f"{'Appel : ' if file.language == 'fr' else 'Call: '}{', '.join(hidden)}"[:2000] if hidden else ""
    return f"{cut(text, TEXT_LIMIT - len(last) - 1)}\n{last}".strip()


def _status(file: SourceFile, record: object, *, is_ahead: bool) -> OpportunityStatus:
    spec = file.fields.status
    words = [str(value).strip() for value in values_at(record, spec.at)] if spec else []
    said: OpportunityStatus = "open"
    if spec and words:
        known = {word.lower(): status for word, status in spec.map.items()}
        found = known.get(words[0].lower(), spec.otherwise)
        if found is None:
            raise RecordRefused("unknown_status", f"status {words[0][:40]!r} is not known")
        said = found
    return "forthcoming" if said == "open" and is_ahead else said


def _audience(record: object, spec: Audience | None) -> tuple[OrganisationKind, ...]:
    words = words_of(record, spec, "audience")
    mapped = [spec.map[word] for word in words if word in spec.map] if spec else []
    kinds = tuple(dict.fromkeys(kind for kind in mapped if kind))
    understood = audience_of([word for word in words if not spec or word not in spec.map])
    if not kinds and (understood is None or (mapped and len(mapped) == len(words))):
        raise RecordRefused(
            "not_for_organisations", "addressed only to people or bodies that Passerelle does not serve"
        )
    return tuple(dict.fromkeys((*kinds, *(understood or ()))))


def _places(file: SourceFile) -> dict[str, tuple[str, ...]]:
    """Where each field is looked for."""
    places: dict[str, tuple[str, ...]] = {}
    for name in type(file.fields).model_fields:
        at = getattr(getattr(file.fields, name), "at", None)
        if at:
            places[name] = (at,) if isinstance(at, str) else at
    return places


def _has_any(record: object, paths: Iterable[str]) -> bool:
    return any(is_filled(value) for path in paths for value in values_at(record, path))


def _key(file: SourceFile, record: object) -> str:
    try:
        key = text_of(record, file.fields.key, "key", join="/") if isinstance(record, dict) else ""
    except RecordRefused:
        key = ""
    return known_as(key, record)


def _address(text: str) -> str | None:
    is_web = text.startswith(("https://", "http://")) and len(text) <= 500 and not any(map(str.isspace, text))
    return text if is_web else None


def _line(text: str) -> str | None:
    return clean_line(text, limit=200) or None


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := clean_line(text, limit=200))))[:MAX_WORDS]
