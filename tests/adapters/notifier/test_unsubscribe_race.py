"""Withdrawing at any moment of a sending: after its commit no `dot` commits, whatever the timing."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from services.notifier.sender import Sender
from services.notifier.store.dots import Dots
from services.notifier.store.records import Due
from services.notifier.tables import messages
from shared.requests import Unsubscribe
from tests.adapters.notifier.world import World, described, matched, opportunity, pair, published


async def test_no_dot_commits_after_a_withdrawal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await race(world, monkeypatch, rounds=50, seed=1)


@pytest.mark.long
async def test_no_dot_commits_after_a_withdrawal_a_thousand_times(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await race(world, monkeypatch, rounds=1000, seed=11)


@pytest.mark.parametrize("seed", [3, 4])
async def test_no_dot_of_a_group_commits_after_one_of_its_withdrawals(
    world: World, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    await race_of_groups(world, monkeypatch, rounds=8, seed=seed)


@pytest.mark.long
async def test_no_dot_of_a_group_commits_after_one_of_its_withdrawals_many_times(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await race_of_groups(world, monkeypatch, rounds=125, seed=17)


TOGETHER = 8


async def race_of_groups(world: World, monkeypatch: pytest.MonkeyPatch, *, rounds: int, seed: int) -> None:
    """Each round: eight mails leave over several connections while each recipient withdraws at a moment of their own.

    `rounds` × 8 withdrawals; some must come before the dot, some after.
    """
    chance = random.Random(seed)  # noqa: S311 — timings, not secrets
    withdrawn: set[str] = set()
    dotted: Counter[str] = Counter()
    sizes: list[int] = []
    whole, whole_group = Sender.commit_dot, Dots.commit

    async def observed(self: Sender, due: Due) -> Any:
        was_withdrawn = due.person_id in withdrawn
        outcome = await whole(self, due)
        if outcome == "dot":
            assert not was_withdrawn, "a dot was committed after the withdrawal's commit"
            dotted[due.person_id] += 1
        return outcome

    async def counted(self: Dots, group: Any, holder: Any) -> Any:
        sizes.append(len(group))
        return await whole_group(self, group, holder)

    monkeypatch.setattr(Sender, "commit_dot", observed)
    monkeypatch.setattr(Dots, "commit", counted)
    overtaken = arrived = 0
    reach_s = 0.05
    for number in range(rounds):
        world.clock.turn(days=2)
        names = [f"org-{number}-{each}" for each in range(TOGETHER)]
        persons = [await world.recipient(f"{name}@laiterie.example", name) for name in names]
        state = opportunity(world.clock(), number)
        await world.hear(*described(world.clock(), *names), *published(world.clock(), state))
        await world.hear(matched(world.clock(), [pair(state, name) for name in names]))
        before = len(world.sink.taken)
        dotted.clear()

        async def withdraw(person: str, wait_s: float) -> None:
            await asyncio.sleep(wait_s)
            await world.ask(Unsubscribe(person_id=person))
            withdrawn.add(person)

        leaving = [withdraw(person, chance.uniform(0, reach_s)) for person in persons]
        await asyncio.gather(world.send_all("alert"), *leaving)
        assert len(world.sink.taken) - before == dotted.total()
        assert max(dotted.values(), default=0) <= 1
        arrived += dotted.total()
        overtaken += TOGETHER - dotted.total()
        # However fast the machine is, about half of the mails are to be overtaken.
        reach_s *= 0.5 if dotted.total() > TOGETHER / 2 else 2
    assert overtaken
    assert arrived
    assert max(sizes) > 1
    assert not [row for row in await world.rows(messages, "kind", "state") if row.state == "attempting"]


async def race(world: World, monkeypatch: pytest.MonkeyPatch, *, rounds: int, seed: int) -> None:
    """Each round: a mail is sent while its recipient withdraws after a random wait; both orders must occur.

    Who comes back after a mail that was held back is owed a welcome too: as many mails leave as dots were committed.
    """
    chance = random.Random(seed)  # noqa: S311 — timings, not secrets
    dots: Counter[str] = Counter()
    withdrawn: set[str] = set()
    whole = Sender.commit_dot

    async def observed(self: Sender, due: Due) -> Any:
        was_withdrawn = due.person_id in withdrawn
        outcome = await whole(self, due)
        if outcome == "dot":
            assert not was_withdrawn, "a dot was committed after the withdrawal's commit"
            dots[due.person_id] += 1
        return outcome

    monkeypatch.setattr(Sender, "commit_dot", observed)
    persons = [
        await world.recipient(f"person-{number}@laiterie.example", f"org-{number}") for number in range(min(rounds, 50))
    ]
    sent_before, reach_s = 0, 0.02
    for number in range(rounds):
        index = number % len(persons)
        person, organisation = persons[index], f"org-{index}"
        if number >= len(persons):
            withdrawn.discard(person)
            world.clock.turn(days=1, hours=1)
            persons[index] = person = await world.recipient(f"person-{index}@laiterie.example", organisation)
        dots.clear()
        state = opportunity(world.clock(), number)
        await world.hear(*described(world.clock(), organisation, version=number + 1), *published(world.clock(), state))
        await world.hear(matched(world.clock(), [pair(state, organisation)]))
        before = len(world.sink.taken)

        async def withdraw(person: str = person, wait_s: float = chance.uniform(0, reach_s)) -> None:
            await asyncio.sleep(wait_s)
            await world.ask(Unsubscribe(person_id=person))
            withdrawn.add(person)

        await asyncio.gather(world.send_all("alert"), withdraw())
        assert len(world.sink.taken) - before == dots[person]
        was_sent = dots[person] > 0
        sent_before += was_sent
        # However fast the machine is, about half of the mails are to be overtaken.
        reach_s *= 0.85 if was_sent else 1.15
    assert 0 < sent_before < rounds
    rows = await world.rows(messages, "kind", "state")
    assert not [row for row in rows if row.state == "attempting"]
