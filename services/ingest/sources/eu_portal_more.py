"""What the EU portal tells beside its rows, asked only about what is new or changed: French texts, topic details.

Nothing here makes a harvest fail: what cannot be had is left for the next change.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from services.ingest.domain.budget import budget_of
from services.ingest.domain.html_text import describe, plain_text
from services.ingest.domain.readings import TEXT_LIMIT, Reading
from services.ingest.domain.words import clean_line, cut, language_of
from services.ingest.sources.bounded import Ask, NotThere, SourceFailed
from services.ingest.sources.contract import Asking
from services.ingest.sources.eu_portal_pages import PAGE_SIZE, Reader
from services.ingest.sources.eu_portal_rows import MAX_DESCRIPTION, MAX_KEYWORDS, key_of, read_row
from services.ingest.sources.eu_portal_tenders import first_text

log = logging.getLogger(__name__)

DETAILS_PATH = "/info/funding-tenders/opportunities/data/topicDetails/"
MOST_DETAILS, FAILURES_BORNE = 100, 3
FRENCH_LIMIT = 8_000


async def enrich(asking: Asking, readings: Sequence[Reading]) -> Sequence[Reading]:
    """The readings with what else the portal tells of them, in the same order."""
    french = await _french(asking, [reading for reading in readings if reading.state.language != "fr"])
    with_french = [_with_french(reading, french.get(reading.key)) for reading in readings]
    return await _with_details(asking, with_french)


async def _french(asking: Asking, readings: Sequence[Reading]) -> dict[str, Reading]:
    """What the rows of these keys say in French, as far as they are French."""
    found: dict[str, Reading] = {}
    try:
        for start in range(0, len(readings), PAGE_SIZE):
            reader = Reader(asking, languages=("fr",))
            await reader.read_keys([reading.key for reading in readings[start : start + PAGE_SIZE]])
            found |= await asyncio.to_thread(_read_french, reader.records)
    except SourceFailed as error:
        log.info("French texts could not be read", extra={"problem": str(error)})
    return found


def _read_french(records: Sequence[object]) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for record in records:
        try:
            if isinstance(record, dict) and language_of(first_text(record["metadata"])[:8_000], flagged="") == "fr":
                found[key_of(record)] = read_row(record)
        except (ValueError, TypeError, LookupError, ArithmeticError, RecursionError, AttributeError):
            continue  # the English row says what is wrong with it
    return found


def _with_french(reading: Reading, french: Reading | None) -> Reading:
    """Rows tagged French are often English: only what reads as French is kept."""
    if french is None:
        return reading
    state, told = reading.state, french.state
    text = "\n".join(part for part in (told.expected_outcome, told.scope, told.text) if part)
    title = told.title if told.title != state.title and language_of(told.title, flagged="") == "fr" else None
    body = cut(text, FRENCH_LIMIT) if text and language_of(text, flagged="") == "fr" else None
    return replace(reading, state=state.model_copy(update={"title_fr": title, "text_fr": body}))


async def _with_details(asking: Asking, readings: Sequence[Reading]) -> Sequence[Reading]:
    """Topics whose row describes nothing, completed from the page of their details."""
    poor = [reading for reading in readings if not reading.has_description and _is_topic(reading)]
    complete: dict[str, Reading] = {}
    failures = 0
    for reading in poor[:MOST_DETAILS]:
        try:
            complete[reading.key] = _detailed(reading, await _details(asking, reading.key))
        except NotThere:
            continue
        except SourceFailed as error:
            failures += 1
            log.info("the details of a topic could not be read", extra={"topic": reading.key, "problem": str(error)})
            if failures == FAILURES_BORNE:
                break
    return [complete.get(reading.key, reading) for reading in readings]


def _is_topic(reading: Reading) -> bool:
    others = ("COMPETITIVE", "PROSPECT", "CFT", "TENDER")
    return reading.state.kind == "call" and not any(word in reading.key.upper() for word in others)


async def _details(asking: Asking, key: str) -> dict[str, object]:
    url = f"{asking.settings.topic_details_url}{DETAILS_PATH}{key.lower()}.json"
    answer = await asking.client.ask_for_json(Ask(url))
    await asking.on_page()
    details = answer.get("TopicDetails") if isinstance(answer, dict) else None
    if not isinstance(details, dict):
        raise SourceFailed("The details of a topic have another shape.")
    return details


def _detailed(reading: Reading, details: dict[str, object]) -> Reading:
    """Only what the row lacks is taken; conditions and support are the same for all topics and stay out."""
    state = reading.state
    html = details.get("description")
    told = describe(html[:MAX_DESCRIPTION]) if isinstance(html, str) else describe("")
    overview = details.get("budgetOverviewJSONItem")
    budget = budget_of(overview if isinstance(overview, str) else None, reading.key)
    keywords = details.get("keywords")
    given = [word for word in keywords if isinstance(word, str)] if isinstance(keywords, list) else []
    words = (clean_line(plain_text(word), limit=80) for word in given)
    return replace(
        reading,
        state=state.model_copy(
            update={
                "text": cut(told.text, TEXT_LIMIT),
                "expected_outcome": cut(told.expected_outcome, TEXT_LIMIT),
                "scope": cut(told.scope, TEXT_LIMIT),
                "budget_min": state.budget_min or budget.smallest_eur,
                "budget_max": state.budget_max or budget.largest_eur,
                "keywords": state.keywords or tuple(word for word in dict.fromkeys(words) if word)[:MAX_KEYWORDS],
            }
        ),
    )
