"""Withdrawing at any moment of a sending: after its commit no `dot` commits, whatever the timing."""

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from services.notifier.sender import Sender
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
