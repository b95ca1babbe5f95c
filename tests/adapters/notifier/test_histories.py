"""Facts repeated and shuffled end in the same state, and nobody is told anything twice."""

import random
from datetime import timedelta

import pytest

from services.notifier.samples import SAMPLES, SamplesRefused, load_samples, remove_samples
from services.notifier.tables import alerts, opportunities, pairs, people, profiles
from shared.events import Fact
from shared.retries import NotYet
from tests.adapters.notifier.sink import Sink
from tests.adapters.notifier.world import (
    World,
    closed,
    described,
    make_tables,
    make_world,
    matched,
    opportunity,
    pair,
    published,
)
from tests.conftest import TurnableClock


def history(world: World) -> list[Fact]:
    """Four opportunities; one closes, one gets a version, one stops matching."""
    now = world.clock()
    states = [opportunity(now, number) for number in range(4)]
    newer = opportunity(now, 1, version=2)
    return [
        *described(now, "org-1"),
        *published(now, *states, newer),
        matched(now, [pair(states[0]), pair(states[1])]),
        matched(now, [pair(newer, version=2)]),
        matched(now, [pair(states[2]), pair(states[3])]),
        matched(now, [pair(states[2], version=2, matched=False)], "rules"),
        closed(now, states[3]),
    ]


async def hear_until_done(world: World, facts: list[Fact]) -> None:
    """As the bus does: what raises NotYet comes again later."""
    for _ in range(20):
        again = []
        for fact in facts:
            try:
                await world.hear(fact)
            except NotYet:
                again.append(fact)
        if not again:
            return
        facts = again
    raise AssertionError("some facts never found what they needed")


@pytest.mark.parametrize("seed", range(8))
async def test_shuffled_and_repeated_histories_converge(world: World, seed: int) -> None:
    await world.recipient(cadence="daily")
    facts = history(world) * 2
    random.Random(seed).shuffle(facts)  # noqa: S311 — an order, not a secret
    await hear_until_done(world, facts)
    known = {row.id: (row.version, row.is_open) for row in await world.rows(opportunities)}
    assert known == {
        "eu-call-0": (1, True),
        "eu-call-1": (2, True),
        "eu-call-2": (1, True),
        "eu-call-3": (2, False),
    }
    held = {row.opportunity_id: (row.version, row.matched) for row in await world.rows(pairs)}
    assert held["eu-call-1"] == (2, True)
    assert held["eu-call-2"] == (2, False)
    assert [row.version for row in await world.rows(profiles)] == [1]
    planned = [row.opportunity_id for row in await world.rows(alerts) if row.status == "planned"]
    assert sorted(planned) == ["eu-call-0", "eu-call-1"]
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    await world.send_all("alert")
    assert len(world.sink.taken[-1].opportunities) == 2


async def test_samples_are_loaded_once_welcomed_and_removed(world: World) -> None:
    states = [opportunity(world.clock(), number, is_sample=True) for number in range(3)]
    await world.hear(*described(world.clock(), "sample-laiterie"), *published(world.clock(), *states))
    await world.hear(matched(world.clock(), [pair(state, "sample-laiterie") for state in states], "profile"))
    context = world.context.__class__(**{**world.context.__dict__, "relay_url": world.sink.url})
    await load_samples(context)
    await load_samples(context)
    assert len(await world.rows(people)) == len(SAMPLES)
    await world.send_all()
    assert [taken.recipient for taken in world.sink.taken] == ["contact@laiterie.example"]
    assert "exemple fictif" in world.sink.taken[0].text
    await remove_samples(context)
    assert await world.rows(people) == []


async def test_samples_are_refused_beside_a_real_relay(database_url: str, sink: Sink, clock: TurnableClock) -> None:
    world = await make_world(database_url, sink, clock, smtp_url=sink.url)
    await make_tables(world)
    with pytest.raises(SamplesRefused):
        await load_samples(world.context)
    assert await world.rows(people) == []
    await world.database.close()


async def test_a_digest_leaves_once_on_both_days_when_clocks_change(world: World) -> None:
    for day in ("2026-10-24", "2027-03-27"):
        start = world.clock().replace(year=int(day[:4]), month=int(day[5:7]), day=int(day[8:]), hour=4, minute=0)
        world.clock.now = start
        await world.recipient(f"p{start.month}@laiterie.example", f"org-{start.month}", cadence="daily")
        await world.hear(*described(start, f"org-{start.month}"))
        before = len(world.sink.taken)
        for hour in range(3 * 24):
            world.clock.now = start + timedelta(hours=hour)
            if hour % 24 == 0:
                state = opportunity(world.clock(), start.month * 100 + hour)
                await world.hear(*published(world.clock(), state))
                await world.hear(matched(world.clock(), [pair(state, f"org-{start.month}")]))
            await world.tick("plan-mornings")
        await world.send_all("alert")
        assert len(world.sink.taken) - before == 3
