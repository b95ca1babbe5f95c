"""Many mails at once: several connections, grouped commits, domains that are left alone, pauses of people."""

import asyncio
import zlib
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import update

from services.notifier.domain.pace import Pace
from services.notifier.people import ensure_person
from services.notifier.store.records import Due
from services.notifier.tables import messages, paused_domains, people
from services.notifier.writing import Writer
from shared.requests import ChangeRhythm, ReleaseDomain, Unsubscribe
from tests.adapters.notifier.world import World, described, matched, opportunity, pair, published

ORGANISATIONS = 7


@dataclass
class SlowRelay:
    """Takes its time for each recipient, and notes how many it was asked about at once."""

    most_at_once: int = 0
    _asked: int = 0

    async def __call__(self) -> None:
        self._asked += 1
        self.most_at_once = max(self.most_at_once, self._asked)
        await asyncio.sleep(0.05)
        self._asked -= 1


async def queue_for_many(world: World, domain: str = "laiterie.example") -> list[str]:
    """One alert waits for each of some people."""
    persons = [await world.recipient(f"p{n}@{domain}", f"org-{n}") for n in range(ORGANISATIONS)]
    state = opportunity(world.clock())
    ids = [f"org-{n}" for n in range(ORGANISATIONS)]
    await world.hear(*described(world.clock(), *ids), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state, each) for each in ids]))
    return persons


async def test_mails_leave_side_by_side_each_once(world: World) -> None:
    await queue_for_many(world)
    relay = world.sink.at_rcpt = SlowRelay()
    await world.send_all("alert")
    recipients = [taken.recipient for taken in world.sink.taken[ORGANISATIONS:]]
    assert sorted(recipients) == [f"p{n}@laiterie.example" for n in range(ORGANISATIONS)]
    assert relay.most_at_once == 4
    assert {row.state for row in await world.rows(messages)} == {"sent"}


async def test_a_domain_gets_two_mails_at_a_time(world: World) -> None:
    await queue_for_many(world)
    world.sender().pace.at_once = 2
    relay = world.sink.at_rcpt = SlowRelay()
    await world.send_all("alert")
    assert len(world.sink.taken) == 2 * ORGANISATIONS
    assert relay.most_at_once == 2


async def test_a_domain_has_its_rate_and_what_is_over_it_waits_without_an_attempt(world: World) -> None:
    await queue_for_many(world)
    pace = Pace(per_minute=6)
    sender = world.sender()
    sender.pace = pace
    object.__setattr__(sender.preparing, "pace", pace)
    await world.send_all("alert")
    assert len(world.sink.taken) == ORGANISATIONS + 2
    waiting = [row for row in await world.rows(messages) if row.state == "planned"]
    assert {(row.attempts, row.reason, row.domain) for row in waiting} == {(0, "pace", "laiterie.example")}
    for _ in range(6):
        world.clock.turn(seconds=10)
        await world.send_all("alert")
    assert len(world.sink.taken) == 2 * ORGANISATIONS


async def test_staff_are_told_of_a_paused_domain_once_a_day_and_may_release_it(world: World) -> None:
    await ensure_person(world.context, "agent@departement.example", "fr")
    await queue_for_many(world)
    world.sink.answers["dot"] = ["554 5.7.1 <p0@laiterie.example> blocked by policy"] * 4
    await world.send_all("alert", "office")
    notices = [taken for taken in world.sink.taken if taken.recipient == "agent@departement.example"]
    assert len(notices) == 1
    assert "laiterie.example" in notices[0].text
    assert "p0@" not in notices[0].text
    paused = await world.rows(paused_domains, "domain", "times")
    assert paused == [("laiterie.example", 1)]
    assert len(world.sink.taken) == ORGANISATIONS + 1

    world.clock.turn(hours=1)
    world.sink.answers["dot"] = ["554 5.7.1 blocked by policy"] * 4
    await world.send_all("alert", "office")
    assert await world.rows(paused_domains, "domain", "times") == [("laiterie.example", 2)]
    assert len(world.sink.taken) == ORGANISATIONS + 1

    world.sink.answers.clear()
    assert (await world.ask(ReleaseDomain(domain="Laiterie.example"))).refused is None
    await world.send_all("alert")
    assert len(world.sink.taken) == 2 * ORGANISATIONS + 1
    assert (await world.ask(ReleaseDomain(domain="laiterie.example"))).refused == "unknown"


@pytest.mark.parametrize("ends_it", [False, True], ids=["in_time", "by_the_person"])
async def test_a_person_who_pauses_while_the_mail_is_on_the_wire_gets_it_after_the_pause(
    world: World, ends_it: bool
) -> None:
    persons = await queue_for_many(world)
    until = world.clock() + timedelta(days=20)

    async def pause() -> None:
        world.sink.at_rcpt = None
        async with world.database.writing() as connection:
            await connection.execute(update(people).where(people.c.id == persons[0]).values(paused_until=until))

    world.sink.at_rcpt = pause
    await world.send_all("alert")
    row = next(row for row in await world.rows(messages) if row.person_id == persons[0] and row.kind == "alert")
    assert (row.state, row.reason, row.attempts, row.next_attempt_at) == ("planned", "paused", 0, until)
    assert len(world.sink.taken) == 2 * ORGANISATIONS - 1
    if ends_it:
        no_pause = ChangeRhythm(person_id=persons[0], timezone="Europe/Paris", reminder_days=(30, 7))
        assert (await world.ask(no_pause)).refused is None
    else:
        world.clock.turn(days=20)
    await world.send_all("alert")
    assert len(world.sink.taken) == 2 * ORGANISATIONS


async def test_one_withdrawal_among_mails_committed_together_holds_back_that_one_alone(world: World) -> None:
    persons = await queue_for_many(world)

    async def withdraw() -> None:
        world.sink.at_rcpt = None
        await world.ask(Unsubscribe(person_id=persons[2]))

    world.sink.at_rcpt = withdraw
    await world.send_all("alert")
    recipients = {taken.recipient for taken in world.sink.taken[ORGANISATIONS:]}
    assert recipients == {f"p{n}@laiterie.example" for n in range(ORGANISATIONS) if n != 2}


async def test_what_was_sent_is_kept_compressed_to_the_byte(world: World) -> None:
    await queue_for_many(world)
    await world.send_all("alert")
    kept = {zlib.decompress(row.bytes) for row in await world.rows(messages) if row.kind == "alert"}
    assert kept == {taken.content for taken in world.sink.taken[ORGANISATIONS:]}


async def test_a_mail_that_cannot_be_written_keeps_no_other_from_leaving(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    persons = await queue_for_many(world)
    whole = Writer.written

    async def written(self: Writer, due: Due, news: object) -> object:
        if due.person_id == persons[0]:
            raise ValueError("a hole in a template")
        return await whole(self, due, news)  # type: ignore[arg-type]

    monkeypatch.setattr(Writer, "written", written)
    await world.send_all("alert")
    assert len(world.sink.taken) == 2 * ORGANISATIONS - 1
    row = next(row for row in await world.rows(messages) if row.person_id == persons[0] and row.kind == "alert")
    assert (row.state, row.reason, row.attempts) == ("planned", "unwritable", 1)
    monkeypatch.setattr(Writer, "written", whole)
    world.clock.turn(minutes=1)
    await world.send_all("alert")
    assert len(world.sink.taken) == 2 * ORGANISATIONS
