"""Withdrawing at any moment of a sending, over and over: `python -m tests.adapters.notifier.race --seeds 100`.

Each round, a mail is sent while its recipient withdraws after a random wait. After the withdrawal's commit no `dot`
may commit; and as many mails reach the relay, which notes each, as dots were committed.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from services.notifier.store.dots import Dots
from services.notifier.store.queue import Holder
from services.notifier.store.records import Due
from services.notifier.tables import messages
from shared.requests import Unsubscribe
from tests.adapters.notifier.sink import running_sink
from tests.adapters.notifier.world import (
    World,
    described,
    make_tables,
    make_world,
    matched,
    opportunity,
    pair,
    published,
)
from tests.conftest import TurnableClock
from tests.servers import fresh_postgresql_database, start_postgresql

PEOPLE = 50
TOGETHER = 8


@dataclass(frozen=True)
class Raced:
    """What became of some mails: sent before the withdrawal, overtaken by it, and dots committed after it.

    most_together: how many dots the largest group had that was committed at once.
    """

    sent: int
    overtaken: int
    violations: int
    most_together: int = 0


@dataclass
class Watch:
    """Notes, at the very return of each commit, whose dots were committed and who had withdrawn by then."""

    dots: Counter[str]
    withdrawn: set[str]
    violations: int = 0
    most_together: int = 0

    @contextmanager
    def over_dots(self) -> Iterator[None]:
        whole = Dots.commit

        async def observed(dots: Dots, group: Sequence[Due], holder: Holder) -> Any:
            self.most_together = max(self.most_together, len(group))
            outcomes = await whole(dots, group, holder)
            for due, outcome in zip(group, outcomes, strict=True):
                if outcome == "dot" and due.lane == "alert":
                    self.violations += due.person_id in self.withdrawn
                    self.dots[due.person_id] += 1
            return outcomes

        Dots.commit = observed  # type: ignore[method-assign]
        try:
            yield
        finally:
            Dots.commit = whole  # type: ignore[method-assign]


async def race(world: World, *, rounds: int, seed: int) -> Raced:
    """Who comes back after a mail that was held back is owed a welcome too: both are counted."""
    chance = random.Random(seed)  # noqa: S311 — timings, not secrets
    watch = Watch(Counter(), set())
    persons = [await world.recipient(f"person-{number}@laiterie.example", f"org-{number}") for number in range(PEOPLE)]
    sent, reach_s = 0, 0.02
    with watch.over_dots():
        for number in range(rounds):
            index = number % PEOPLE
            person, organisation = persons[index], f"org-{index}"
            if number >= PEOPLE:
                watch.withdrawn.discard(person)
                world.clock.turn(days=1, hours=1)
                persons[index] = person = await world.recipient(f"person-{index}@laiterie.example", organisation)
            watch.dots.clear()
            await queue_news(world, organisation, number=number)
            before = len(world.sink.taken)
            await asyncio.gather(
                world.send_all("alert"), withdraw(world, person, watch, after_s=chance.uniform(0, reach_s))
            )
            assert len(world.sink.taken) - before == watch.dots[person]
            was_sent = watch.dots[person] > 0
            sent += was_sent
            # However fast the machine is, about half of the mails are to be overtaken.
            reach_s *= 0.85 if was_sent else 1.15
    await assert_none_in_hand(world)
    return Raced(sent, rounds - sent, watch.violations, watch.most_together)


async def race_of_groups(world: World, *, rounds: int, seed: int) -> Raced:
    """Eight mails leave over several connections while each recipient withdraws at a moment of their own."""
    chance = random.Random(seed)  # noqa: S311 — timings, not secrets
    watch = Watch(Counter(), set())
    sent, reach_s = 0, 0.05
    with watch.over_dots():
        for number in range(rounds):
            world.clock.turn(days=2)
            names = [f"org-{number}-{each}" for each in range(TOGETHER)]
            persons = [await world.recipient(f"{name}@laiterie.example", name) for name in names]
            watch.dots.clear()
            await queue_news(world, *names, number=number)
            before = len(world.sink.taken)
            leaving = [withdraw(world, person, watch, after_s=chance.uniform(0, reach_s)) for person in persons]
            await asyncio.gather(world.send_all("alert"), *leaving)
            left = watch.dots.total()
            assert len(world.sink.taken) - before == left
            assert max(watch.dots.values(), default=0) <= 1
            sent += left
            reach_s *= 0.5 if left > TOGETHER / 2 else 2
    await assert_none_in_hand(world)
    return Raced(sent, rounds * TOGETHER - sent, watch.violations, watch.most_together)


async def assert_none_in_hand(world: World) -> None:
    assert not [row for row in await world.rows(messages, "kind", "state") if row.state == "attempting"]


async def queue_news(world: World, *organisations: str, number: int) -> None:
    state = opportunity(world.clock(), number)
    await world.hear(*described(world.clock(), *organisations, version=number + 1), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state, each) for each in organisations]))


async def withdraw(world: World, person: str, watch: Watch, *, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await world.ask(Unsubscribe(person_id=person))
    watch.withdrawn.add(person)


@asynccontextmanager
async def a_world(database_url: str) -> Any:
    async with running_sink() as sink:
        world = await make_world(database_url, sink, TurnableClock())
        await make_tables(world)
        assert world.parts.opened is not None
        await world.parts.opened()
        try:
            yield world
        finally:
            for lane in ("login", "alert"):
                await world.sender(lane).close()
            await world.database.close()


async def one_seed(database_url: str, *, rounds: int, seed: int) -> Raced:
    async with a_world(database_url) as world:
        return await race(world, rounds=rounds, seed=seed)


def race_on(kind: str, server: str, folder: Path, *, rounds: int, seed: int) -> Raced:
    """One seed on a new database, in a process of its own."""
    if kind == "sqlite":
        return asyncio.run(
            one_seed(f"sqlite+aiosqlite:///{folder}/{seed}-{{service}}.sqlite", rounds=rounds, seed=seed)
        )
    with fresh_postgresql_database(server) as url:
        return asyncio.run(one_seed(url, rounds=rounds, seed=seed))


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="race")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "turns"], default="turns", help="by turns")
    parser.add_argument("--side-by-side", type=int, default=2, metavar="SEEDS", help="how many at once")
    asked = parser.parse_args()
    began, sent, overtaken, violations = time.monotonic(), 0, 0, 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="race-")))
        server = "" if asked.database == "sqlite" else stack.enter_context(start_postgresql(folder))
        processes = ProcessPoolExecutor(asked.side_by_side, get_context("spawn"))
        stack.callback(processes.shutdown, cancel_futures=True)
        racing = {}
        for seed in range(asked.first, asked.first + asked.seeds):
            kind = ("postgresql", "sqlite")[seed % 2] if asked.database == "turns" else asked.database
            racing[processes.submit(race_on, kind, server, folder, rounds=asked.rounds, seed=seed)] = (seed, kind)
        for done in as_completed(racing):
            one, (seed, kind) = done.result(), racing[done]
            sent, overtaken, violations = sent + one.sent, overtaken + one.overtaken, violations + one.violations
            say(f"seed {seed} on {kind}: {one.sent} sent, {one.overtaken} overtaken, {one.violations} violations")
    say(
        f"{asked.seeds} seeds, {sent + overtaken} rounds in {time.monotonic() - began:.0f} s: {sent} sent before the "
        f"withdrawal, {overtaken} overtaken by it, {violations} dots committed after it"
    )
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
