"""The senders as they run: woken by a commit, quick, and back at work after a failure."""

import asyncio
from contextlib import suppress
from time import perf_counter
from typing import Any

import pytest

from services.notifier.sender import Sender
from services.notifier.store.records import Due
from tests.adapters.notifier.world import World, alert_row, queue_alert


async def until_taken(world: World, count: int) -> None:
    async with asyncio.timeout(15):
        while len(world.sink.taken) < count:
            await asyncio.sleep(0.005)


async def stop(*tasks: "asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


async def test_a_commit_wakes_the_sender_without_waiting_for_its_timer(world: World) -> None:
    await world.recipient()
    sender = world.sender()
    sender.look_every_s = 3600
    task = asyncio.create_task(sender.run())
    await asyncio.sleep(0.1)
    begun = perf_counter()
    await queue_alert(world)
    await until_taken(world, 2)
    assert perf_counter() - begun < 5
    await stop(task)


async def test_a_sender_that_could_not_note_its_mail_takes_it_up_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.recipient()
    whole = Sender.commit_sent
    broken = [True]

    async def breaks_once(self: Sender, due: Due) -> Any:
        if broken:
            broken.clear()
            raise OSError("the disk is full")
        return await whole(self, due)

    monkeypatch.setattr(Sender, "commit_sent", breaks_once)
    sender = world.sender()
    sender.look_every_s = 0.05
    task = asyncio.create_task(sender.run())
    await queue_alert(world)
    await until_taken(world, 3)
    await asyncio.sleep(0.2)
    await stop(task)
    assert len({taken.content for taken in world.sink.taken[1:]}) == 1
    assert (await alert_row(world)).state == "sent"


async def test_a_sender_that_is_stopped_ends_what_it_began(world: World) -> None:
    await world.recipient()
    reached = asyncio.Event()

    async def slow() -> None:
        reached.set()
        await asyncio.sleep(0.2)

    world.sink.at_rcpt = slow
    task = asyncio.create_task(world.sender().run())
    await queue_alert(world)
    await reached.wait()
    await stop(task)
    assert len(world.sink.taken) == 2
    assert (await alert_row(world)).state == "sent"
