"""Whatever the order in which facts come, and however often, the same pairs match in the end."""

import asyncio
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matcher.app import assemble
from services.matcher.tables import messages, metadata
from shared.database import Database
from shared.events import (
    Fact,
    OpportunityAmended,
    OpportunityClosed,
    OpportunityPublished,
    ProfileDescribed,
    ProfileRemoved,
)
from shared.outbox import Outbox
from tests.adapters.matcher.conftest import Desk, MakeDesk
from tests.unit.matcher.builders import NOW, SUBJECTS, TRADES, opportunity, profile

Told = set[tuple[str, str, int, int]]


def history(chance: random.Random) -> list[Fact]:
    """What ingest could tell of some opportunities and profiles, each version by version."""
    facts: list[Fact] = []
    for number in range(5):
        for version in range(1, chance.randrange(2, 5)):
            subject = SUBJECTS[chance.randrange(5)]
            state = opportunity(number, version=version, title=subject[1], text=subject[2])
            if version == 1:
                facts.append(OpportunityPublished(happened_at=NOW, opportunity=state))
            elif chance.random() < 0.4:
                closing = OpportunityClosed(
                    happened_at=NOW, opportunity_id=state.id, version=version, reason="withdrawn"
                )
                facts.append(closing)
            else:
                facts.append(OpportunityAmended(happened_at=NOW, opportunity=state, changes=()))
        for version in range(1, chance.randrange(2, 5)):
            described = profile(number, version=version, text=TRADES[chance.randrange(5)][1])
            if version > 1 and chance.random() < 0.3:
                facts.append(ProfileRemoved(happened_at=NOW, profile_id=described.id, version=version))
            else:
                facts.append(ProfileDescribed(happened_at=NOW, profile=described))
    return facts


async def matched_after(desk: Desk, facts: list[Fact]) -> Told:
    for fact in facts:
        await desk.hear(fact)
    return {
        (match.opportunity_id, match.profile_id, match.opportunity_version, match.profile_version)
        for match in (await desk.matched()).values()
    }


def shuffled(facts: list[Fact], chance: random.Random) -> list[Fact]:
    """The same facts in another order, some of them twice."""
    again = facts + chance.sample(facts, len(facts) // 2)
    chance.shuffle(again)
    return again


async def _fresh_desk(folder: str) -> Desk:
    database = Database(f"sqlite+aiosqlite:///{folder}/matcher.sqlite", service="matcher")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    outbox = Outbox(database, messages, lambda: NOW)
    desk = Desk(assemble(database, outbox, lambda: NOW), database, outbox)
    await desk.matcher.rules_desk.open()
    return desk


async def _matched_on_sqlite(facts: list[Fact]) -> Told:
    with tempfile.TemporaryDirectory() as folder:
        desk = await _fresh_desk(folder)
        try:
            return await matched_after(desk, facts)
        finally:
            await desk.database.close()


@settings(max_examples=12, deadline=None)
@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=0, max_value=10_000))
def test_shuffled_and_repeated_histories_converge(seed: int, order: int) -> None:
    facts = history(random.Random(seed))  # noqa: S311
    straight = asyncio.run(_matched_on_sqlite(facts))
    assert asyncio.run(_matched_on_sqlite(shuffled(facts, random.Random(order)))) == straight  # noqa: S311


@pytest.mark.parametrize("seed", range(3))
async def test_a_shuffled_history_heard_by_two_replicas_converges(
    make_desk: MakeDesk, tmp_path: Path, seed: int
) -> None:
    facts = history(random.Random(seed))  # noqa: S311
    straight = await _matched_on_sqlite(facts)
    desks = [make_desk(), make_desk()]
    again = shuffled(facts, random.Random(seed + 1))  # noqa: S311
    await asyncio.gather(*(desks[number % 2].hear(fact) for number, fact in enumerate(again)))
    assert await matched_after(desks[0], []) == straight
    await desks[1].matcher.refit.refit()
    for match in await desks[0].history():
        if match.terms:
            assert (await desks[0].matcher.replayer.replay(match)).as_bytes() == match.as_bytes()
