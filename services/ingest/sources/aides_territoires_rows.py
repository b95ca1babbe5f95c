"""The aids of aides-territoires, understood: pure, each record on its own."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.ingest.domain.call_ids import call_ids
from services.ingest.domain.deadlines import brussels_day, closing_moment
from services.ingest.domain.html_text import plain_text
from services.ingest.domain.readings import TEXT_LIMIT, TITLE_LIMIT, Reading, RecordRefused, opportunity_id
from services.ingest.domain.territory import Territory
from services.ingest.domain.words import clean, clean_line, cut, folded, said_once
from services.ingest.sources.aides_territoires_words import audience_of, themes_and_subjects
from services.ingest.sources.contract import Parsed
from services.ingest.sources.one_by_one import is_filled, known_as, parse_each, refusal_of
from shared.events import OpportunityState, OpportunityStatus

SITE = "https://aides-territoires.beta.gouv.fr"
MAX_TEXT = 1_000_000
MAX_LIST = 60
ADDRESS_LIMIT = 500
NOBODY_HERE = "addressed only to people or bodies that Passerelle does not serve"


def _text(value: object) -> object:
    return "" if value is None else clean(value) if isinstance(value, str) else value


def _texts(value: object) -> object:
    """A list without its nulls; one text alone counts as a list of it."""
    if value is None or value == "":
        return ()
    members = value if isinstance(value, list) else [value]
    return tuple(_text(member) for member in members if is_filled(member))


def _day(value: object) -> object:
    """`2027-04-08`, also with a time behind it; None for null and for nothing."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].{0,40})?", value.strip()):
        raise ValueError("not a date such as 2027-04-08")
    day = date.fromisoformat(value.strip()[:10])
    if not 1990 <= day.year <= 2200:
        raise ValueError(f"the year {day.year} cannot be")
    return day


Text = Annotated[str, BeforeValidator(_text), Field(max_length=MAX_TEXT)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Day = Annotated[date | None, BeforeValidator(_day)]
Amount = Annotated[float | None, BeforeValidator(lambda value: None if value == "" else value)]


class Aid(BaseModel):
    """The part of an aid that is read, under the API's names. Anything but `id` and `name` may be null."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int = Field(gt=0, lt=10**12, strict=True)
    name: Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=10_000)]
    url: Text = ""
    name_initial: Text = ""
    short_title: Text = ""
    financers: Texts = ()
    programs: Texts = ()
    description: Text = ""
    eligibility: Text = ""
    perimeter: Text = ""
    origin_url: Text = ""
    application_url: Text = ""
    categories: Texts = ()
    targeted_audiences: Texts = ()
    aid_types: Texts = ()
    start_date: Day = None
    predeposit_date: Day = None
    submission_deadline: Day = None
    loan_amount: Amount = Field(default=None, allow_inf_nan=False)
    recoverable_advance_amount: Amount = Field(default=None, allow_inf_nan=False)
    recurrence: Text = ""
    project_references: Texts = ()
    is_live: bool | None = None

    @property
    def is_permanent(self) -> bool:
        return folded(self.recurrence).startswith("permanent")


def concerns(record: object, here: Territory) -> bool:
    """Whether an aid is kept: European or of the territory, and open to some organisation.

    What cannot be read is kept: `parse` refuses it aloud.
    """
    if not isinstance(record, dict):
        return True
    audiences = record.get("targeted_audiences")
    if isinstance(audiences, list) and audience_of([name for name in audiences if isinstance(name, str)]) is None:
        return False
    perimeter, scale = record.get("perimeter"), record.get("perimeter_scale")
    if record.get("european_aid") or not isinstance(perimeter, str):
        return True
    return here.holds(perimeter, scale if isinstance(scale, str) else None)


def parse(records: tuple[object, ...], now: datetime) -> Parsed:
    """Understand aids; what cannot be is set aside with its reason and never stops the others."""
    return parse_each(records, now, read_aid, key_of=_key, filled=_filled)


def read_aid(record: object, now: datetime) -> Reading:
    """One aid as a reading. Raises RecordRefused."""
    if not isinstance(record, dict):
        raise RecordRefused("not_an_aid", "the record is not an aid")
    try:
        aid = Aid.model_validate(record)
    except ValidationError as error:
        raise refusal_of(error) from error
    title = clean_line(said_once(plain_text(aid.name)), limit=TITLE_LIMIT)
    if not title:
        raise RecordRefused("no_title", "the title is empty once cleaned")
    return Reading(key=str(aid.id), state=_state(aid, title, now))


def _state(aid: Aid, title: str, now: datetime) -> OpportunityState:
    audience = audience_of(aid.targeted_audiences)
    if audience is None:
        raise RecordRefused("not_for_organisations", NOBODY_HERE)
    themes, subjects = themes_and_subjects(aid.categories)
    amounts = [amount for amount in (aid.loan_amount, aid.recoverable_advance_amount) if amount]
    return OpportunityState(
        id=opportunity_id("at", str(aid.id)),
        version=1,
        kind="call",
        source="aides-territoires",
        title=title,
        text=_description(aid, title),
        scope=cut(plain_text(aid.eligibility), TEXT_LIMIT),
        language="fr",
        programme=_line(", ".join(aid.programs)),
        call_title=_line(plain_text(aid.short_title)),
        status=_status(aid, now),
        opens_on=aid.start_date,
        deadlines=_deadlines(aid),
        budget_max=round(max(amounts)) if amounts else None,
        audience=audience,
        themes=_lines(themes),
        keywords=_lines((*subjects, *aid.project_references)),
        instrument=_line(", ".join(aid.aid_types)),
        places=_lines((aid.perimeter,)),
        url=_address(aid),
    )


def _status(aid: Aid, now: datetime) -> OpportunityStatus:
    if aid.is_live is False:
        return "closed"
    return "forthcoming" if aid.start_date and aid.start_date > brussels_day(now) else "open"


def _deadlines(aid: Aid) -> tuple[datetime, ...]:
    """The day to announce a project and the day to apply; none for an aid that is always open."""
    days = () if aid.is_permanent else (aid.predeposit_date, aid.submission_deadline)
    return tuple(sorted({closing_moment(datetime.combine(day, time(), tzinfo=UTC)) for day in days if day}))


def _description(aid: Aid, title: str) -> str:
    """The description, who pays, and the ids of calls that stand only in addresses: copies are known by them."""
    described = plain_text(aid.description)
    paid_by = f"Financeurs : {', '.join(aid.financers)}" if described and aid.financers else ""
    everywhere = " ".join((aid.name_initial, aid.description, aid.eligibility, aid.origin_url, aid.application_url))
    hidden = [found for found in call_ids(everywhere) if found not in f"{title} {described}".upper()]
    last = "\n".join(line for line in (paid_by, f"Appel : {', '.join(hidden[:10])}" if hidden else "") if line)
    return f"{cut(described, TEXT_LIMIT - min(len(last), 2_000) - 1)}\n{cut(last, 2_000)}".strip()


def _address(aid: Aid) -> str | None:
    """The page of whoever gives the aid, which other sources share; else its page in the catalogue."""
    for address in (aid.origin_url, aid.application_url):
        if address.startswith(("https://", "http://")) and " " not in address and len(address) <= ADDRESS_LIMIT:
            return address
    is_path = aid.url.startswith("/") and not aid.url.startswith("//") and len(aid.url) <= 400
    return SITE + aid.url if is_path else None


def _line(text: str) -> str | None:
    return clean_line(text, limit=200) or None


def _lines(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for text in texts if (line := clean_line(text, limit=200))))[:MAX_LIST]


def _key(record: object) -> str:
    return known_as(record.get("id") if isinstance(record, dict) else None, record)


def _filled(record: object) -> frozenset[str]:
    return frozenset(name for name in USUAL if is_filled(record.get(name))) if isinstance(record, dict) else frozenset()


USUAL = {
    "id": 1.0,
    "name": 1.0,
    "url": 0.95,
    "description": 0.9,
    "perimeter": 0.9,
    "targeted_audiences": 0.9,
    "aid_types": 0.8,
    "categories": 0.8,
    "financers": 0.8,
    "recurrence": 0.8,
    "is_live": 0.8,
    "eligibility": 0.4,
    "origin_url": 0.6,
    "submission_deadline": 0.3,
}
