"""Facts told by an earlier Passerelle still parse, and none is larger than a stream takes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import MetaData, func, select

from shared.clock import system_clock
from shared.database import Database
from shared.events import FACTS, MAX_FACT_BYTES, MAX_PAIRS_PER_FACT, Fact, MatchesChanged, OpportunityPublished
from shared.outbox import FactTooLarge, MessageTables, Outbox

TOLD = Path(__file__).parent / "facts"
STREAM_TAKES = 1024 * 1024


def read_told(fact: type[Fact]) -> Any:
    """A fact as it was told when its contract was made."""
    return json.loads((TOLD / f"{fact.subject}.json").read_text())


@pytest.fixture
async def outbox(tmp_path: Path) -> AsyncIterator[Outbox]:
    metadata = MetaData()
    tables = MessageTables.within(metadata)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/facts.sqlite", service="ingest")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield Outbox(database, tables, system_clock)
    await database.close()


async def rows_in(outbox: Outbox) -> int:
    async with outbox.database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(outbox.tables.outbox))).scalar_one()


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.subject)
def test_a_fact_told_before_still_parses_and_keeps_what_it_said(fact: type[Fact]) -> None:
    told = read_told(fact)
    parsed = fact.model_validate(told).model_dump(mode="json")
    assert_says_the_same(told, parsed)


def assert_says_the_same(told: Any, parsed: Any) -> None:
    """All that was told is still there; optional fields added since may stand beside."""
    if isinstance(told, dict):
        for name, value in told.items():
            assert name in parsed, f"{name} is no longer read"
            assert_says_the_same(value, parsed[name])
    elif isinstance(told, list):
        assert len(told) == len(parsed)
        for one, other in zip(told, parsed, strict=True):
            assert_says_the_same(one, other)
    else:
        assert told == parsed


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.subject)
def test_a_fact_with_a_field_of_tomorrow_is_heard_today(fact: type[Fact]) -> None:
    assert fact.model_validate({**read_told(fact), "a_field_of_tomorrow": {"deep": [1]}})


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.subject)
def test_a_fact_without_its_moment_is_refused(fact: type[Fact]) -> None:
    told = read_told(fact)
    del told["happened_at"]
    with pytest.raises(ValidationError, match="happened_at"):
        fact.model_validate(told)


def test_there_is_one_told_fact_a_subject_and_none_of_another() -> None:
    assert {path.stem for path in TOLD.glob("*.json")} == {fact.subject for fact in FACTS}


def test_more_pairs_than_one_fact_takes_are_refused() -> None:
    told = read_told(MatchesChanged)
    told["pairs"] = told["pairs"][:1] * (MAX_PAIRS_PER_FACT + 1)
    with pytest.raises(ValidationError, match="pairs"):
        MatchesChanged.model_validate(told)


def test_the_largest_fact_fits_a_stream_four_times_over() -> None:
    assert MAX_FACT_BYTES * 4 <= STREAM_TAKES


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.subject)
async def test_a_fact_too_large_for_the_stream_is_refused_and_nothing_is_stored(
    fact: type[Fact], outbox: Outbox
) -> None:
    large = inflate(fact)
    async with outbox.database.writing() as connection:
        with pytest.raises(FactTooLarge, match=fact.subject):
            await outbox.tell(connection, fact.model_validate(read_told(fact)), large)
    assert await rows_in(outbox) == 0


async def test_a_fact_of_the_largest_size_is_told(outbox: Outbox) -> None:
    fact = OpportunityPublished.model_validate(read_told(OpportunityPublished))
    room = MAX_FACT_BYTES - len(fact.model_dump_json().encode())
    full = fact.model_copy(
        update={"opportunity": fact.opportunity.model_copy(update={"text": fact.opportunity.text + "x" * room})}
    )
    async with outbox.database.writing() as connection:
        await outbox.tell(connection, full)
    assert await rows_in(outbox) == 1


def inflate(fact: type[Fact]) -> Fact:
    """The fact with one text far too long in it, wherever it has one."""
    told = read_told(fact)
    told["event_id"] = "inflated"
    assert grow_a_text(told), f"{fact.subject} has no text to grow"
    return fact.model_validate(told)


FREE_TEXTS = ("text", "note", "opportunity_id", "organisation_id", "profile_id", "message_id", "source")


def grow_a_text(told: dict[str, Any]) -> bool:
    """Lengthen the first free text found, however deep; False when there is none."""
    for name, value in told.items():
        if name in FREE_TEXTS:
            told[name] = value + "é" * MAX_FACT_BYTES
            return True
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict) and grow_a_text(inner):
            return True
    return False
