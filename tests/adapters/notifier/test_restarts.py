"""Senders that are killed, restarted or replaced: nothing is lost, and a copy is the same to the byte."""

from typing import Any

import pytest

from services.notifier.sender import Sender
from tests.adapters.notifier.world import World, alert_row, leave, make_world, queue_alert


class Killed(BaseException):
    """The process ends here."""


async def die_at(world: World, step: str, *, after: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the next alert, and be killed before or after a step of the protocol."""
    sender = world.sender()
    whole = getattr(Sender, step)

    async def deadly(self: Sender, *args: Any) -> Any:
        if after:
            await whole(self, *args)
        raise Killed

    monkeypatch.setattr(Sender, step, deadly)
    with pytest.raises(Killed):
        await sender.send_next()
    sender.abort()
    monkeypatch.setattr(Sender, step, whole)


async def restarted(world: World, owner: str = "one") -> World:
    again = await make_world(
        world.database.url.render_as_string(hide_password=False), world.sink, world.clock, owner=owner
    )
    assert again.parts.opened is not None
    await again.parts.opened()
    return again


BEFORE_THE_DOT = [("claim", False), ("claim", True), ("hand_over", False), ("hand_over", True), ("commit_dot", False)]
AFTER_THE_DOT = [("commit_dot", True), ("final_dot", False), ("final_dot", True), ("commit_sent", False)]


@pytest.mark.parametrize(("step", "after"), [*BEFORE_THE_DOT, *AFTER_THE_DOT, ("commit_sent", True)])
async def test_a_kill_at_any_step_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    await world.recipient()
    await queue_alert(world)
    await die_at(world, step, after=after, monkeypatch=monkeypatch)
    again = await restarted(world)
    await again.send_all()
    copies = world.sink.taken[1:]
    had_arrived = (step, after) in {("final_dot", True), ("commit_sent", False)}
    assert len(copies) == (2 if had_arrived else 1)
    assert len({taken.content for taken in copies}) == 1
    assert (await alert_row(again)).state == "sent"
    assert not await again.sender().send_next()
    await leave(again)


async def test_a_foreign_dot_waits_eleven_minutes_and_a_foreign_claim_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.recipient()
    await queue_alert(world)
    await die_at(world, "final_dot", after=True, monkeypatch=monkeypatch)
    other = await restarted(world, "two")
    world.clock.turn(minutes=10, seconds=59)
    assert not await other.sender().send_next()
    world.clock.turn(seconds=1)
    assert await other.sender().send_next()
    assert len({taken.content for taken in world.sink.taken[1:]}) == 1

    await queue_alert(world, 2)
    await die_at(world, "hand_over", after=True, monkeypatch=monkeypatch)
    world.clock.turn(seconds=59)
    assert not await other.sender().send_next()
    world.clock.turn(seconds=1)
    assert await other.sender().send_next()
    assert len(world.sink.taken) == 4
    await leave(other)


async def test_what_another_may_have_sent_is_not_taken_by_who_saw_it_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.recipient()
    await queue_alert(world)
    other = await restarted(world, "two")
    seen = await other.sender().prepare()
    assert seen is not None
    assert len(seen) == 1
    await die_at(world, "final_dot", after=True, monkeypatch=monkeypatch)
    await other.sender().deliver(seen)
    assert len(world.sink.taken) == 2
    await leave(other)


async def test_a_sender_that_was_replaced_sends_nothing_more(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    others: list[World] = []

    async def replace() -> None:
        world.sink.at_rcpt = None
        others.append(await restarted(world))
        await others[0].send_all()

    world.sink.at_rcpt = replace
    await world.send_all("alert")
    assert len(world.sink.taken) == 2
    await leave(others[0])
