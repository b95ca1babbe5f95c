"""What was queued when something changed: it leaves once, or not at all, as things are at its last moment."""

from services.notifier.domain.tokens import address_key
from services.notifier.tables import alerts, messages, suppressions
from shared.requests import Unsubscribe
from tests.adapters.notifier.test_restarts import restarted
from tests.adapters.notifier.world import (
    SECRET,
    World,
    closed,
    described,
    leave,
    matched,
    opportunity,
    pair,
    published,
    queue_alert,
)

ADDRESS = "contact@laiterie.example"


async def test_an_address_suppressed_since_gets_nothing_that_was_queued_before(world: World) -> None:
    await world.recipient(ADDRESS)
    await queue_alert(world)
    row = {"address_key": address_key(SECRET, ADDRESS), "reason": "complained", "suppressed_at": world.clock()}
    async with world.database.writing() as connection:
        await connection.execute(suppressions.insert().values(**row))
    await world.send_all()
    assert [taken.mail["Subject"] for taken in world.sink.taken[1:]] == []
    assert {row.reason for row in await world.rows(messages) if row.kind == "alert"} == {"suppressed"}


async def test_who_left_is_not_asked_whether_alerts_were_of_use(world: World) -> None:
    person = await world.recipient(ADDRESS)
    world.clock.turn(days=92)
    await world.tick("check-in")
    assert "check_in" in {row.kind for row in await world.rows(messages)}
    await world.ask(Unsubscribe(person_id=person))
    await world.send_all()
    assert len(world.sink.taken) == 1


async def test_two_senders_that_saw_the_same_mail_send_it_once(world: World) -> None:
    await world.recipient(ADDRESS)
    await queue_alert(world)
    other = await restarted(world, "two")
    both = [world.sender(), other.sender()]
    written = [await sender.prepare() for sender in both]
    assert [len(mails or ()) for mails in written] == [1, 1]
    for sender, mails in zip(both, written, strict=True):
        await sender.deliver(mails or ())
    assert len(world.sink.taken) == 2
    await leave(other)


async def test_that_something_closed_is_told_though_it_no_longer_matches(world: World) -> None:
    await world.recipient(ADDRESS)
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    await world.send_all("alert")
    await world.hear(closed(world.clock(), state))
    ended = state.model_copy(update={"version": 2})
    await world.hear(matched(world.clock(), [pair(ended, version=2, matched=False)]))
    await world.send_all("alert")
    assert [row.kind for row in await world.rows(alerts) if row.status == "sent"] == ["new", "closed"]
