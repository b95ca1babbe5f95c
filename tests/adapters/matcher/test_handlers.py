"""What the matcher tells when opportunities and profiles come, change and go; on both databases."""

import asyncio

import pytest

from tests.adapters.matcher.conftest import Desk, MakeDesk
from tests.unit.matcher.builders import SUBJECTS, opportunity, profile


async def test_a_published_opportunity_is_told_to_those_it_is_for_only(desk: Desk) -> None:
    for number in range(5):
        await desk.described(profile(number))
    await desk.published(opportunity(1))
    [(cause, pair)] = await desk.told_pairs()
    assert cause == "opportunity"
    assert (pair.opportunity_id, pair.profile_id, pair.matched, pair.version) == ("eu-flood-1", "org-town-1", True, 1)
    assert "inondations" in {term.profile_word for term in pair.terms}
    assert "flood" in pair.passage


async def test_a_new_profile_gets_its_matches_at_once(desk: Desk) -> None:
    for number in range(5):
        await desk.published(opportunity(number))
    await desk.described(profile(2))
    [(cause, pair)] = await desk.told_pairs()
    assert (cause, pair.opportunity_id) == ("profile", "eu-robot-2")


async def test_a_repeated_fact_has_no_second_effect(desk: Desk) -> None:
    await desk.described(profile(0))
    await desk.published(opportunity(0))
    await desk.published(opportunity(0))
    await desk.described(profile(0))
    assert len(await desk.told_pairs()) == 1


async def test_an_amendment_is_told_again_with_the_new_version(desk: Desk) -> None:
    await desk.described(profile(0))
    await desk.published(opportunity(0))
    await desk.amended(opportunity(0, version=2, title="Heat pumps and insulation, extended"))
    told = [pair for _, pair in await desk.told_pairs()]
    assert [(pair.version, pair.opportunity_version) for pair in told] == [(1, 1), (2, 2)]


async def test_a_closed_opportunity_no_longer_matches(desk: Desk) -> None:
    await desk.described(profile(0))
    await desk.published(opportunity(0))
    await desk.closed("eu-heat-0", 2)
    cause, last = (await desk.told_pairs())[-1]
    assert (cause, last.matched, last.refused_by, last.version) == ("opportunity", False, "status", 2)
    assert await desk.matched() == {}


async def test_an_opportunity_heard_of_after_its_closing_matches_nobody(desk: Desk) -> None:
    await desk.described(profile(0))
    await desk.closed("eu-heat-0", 2)
    await desk.published(opportunity(0))
    assert await desk.told() == []


async def test_an_opportunity_open_again_matches_again(desk: Desk) -> None:
    await desk.described(profile(0))
    await desk.published(opportunity(0))
    await desk.closed("eu-heat-0", 2)
    await desk.published(opportunity(0, version=3))
    assert [(pair.matched, pair.version) for _, pair in await desk.told_pairs()] == [(True, 1), (False, 2), (True, 3)]


async def test_a_removed_profile_leaves_no_word_behind(desk: Desk) -> None:
    await desk.described(profile(0))
    await desk.published(opportunity(0))
    await desk.removed("org-plumber-0", 2)
    history = await desk.history()
    assert [(match.matched, match.refused_by) for match in history] == [(True, None), (False, "profile")]
    assert all(match.terms == () and match.passage == "" for match in history)
    assert await desk.matcher.store.states_of(history[0]) is None
    await desk.published(opportunity(5))
    assert await desk.matched() == {}


async def test_a_profile_that_changes_its_trade_loses_and_gains(desk: Desk) -> None:
    for number in range(5):
        await desk.published(opportunity(number))
    await desk.described(profile(0))
    await desk.described(profile(0, version=2, text=profile(1).text))
    changed = {pair.opportunity_id: pair.matched for _, pair in await desk.told_pairs()}
    assert changed == {"eu-heat-0": False, "eu-flood-1": True}


async def test_replicas_that_hear_at_the_same_time_miss_no_pair(make_desk: MakeDesk) -> None:
    desks = [make_desk() for _ in range(3)]
    facts = [desks[n % 3].published(opportunity(n)) if n % 2 else desks[n % 3].described(profile(n)) for n in range(20)]
    await asyncio.gather(*facts)
    matched = set(await desks[0].matched())
    assert matched == {
        (opportunity(o).id, profile(p).id)
        for o in range(1, 20, 2)
        for p in range(0, 20, 2)
        if (o - p) % len(SUBJECTS) == 0
    }


async def test_what_is_told_of_many_pairs_is_split_into_facts_that_fit(desk: Desk) -> None:
    async with desk.matcher.keeper.fresh() as snapshot:
        for number in range(700):
            snapshot.index.put_profile(profile(0, id=f"org-{number:04}"))
    await desk.published(opportunity(0))
    told = await desk.told()
    assert sum(len(fact.pairs) for fact in told) == 700
    assert all(len(fact.pairs) <= 500 for fact in told)


@pytest.mark.parametrize("version", [1, 2])
async def test_a_closing_and_its_opening_may_come_in_any_order(desk: Desk, version: int) -> None:
    await desk.described(profile(0))
    await desk.closed("eu-heat-0", version)
    await desk.published(opportunity(0))
    assert await desk.matched() == {}
