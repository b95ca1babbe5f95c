"""What comes back to a notifier: each return acted upon once, on both databases; forged ones ignored."""

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from services.notifier.tables import alerts, consents, messages, returns, subscriptions, suppressions
from shared.requests import Erase, Reply, TakeReturn
from tests.adapters.notifier.sink import Sink
from tests.adapters.notifier.world import SECRET, World, leave, make_tables, make_world, queue_alert
from tests.conftest import TurnableClock
from tests.unit.notifier.returned_mails import complaint, plain, report, verp

ADDRESS = "contact@laiterie.example"
CANARY = "canari@passerelle.example"


async def told(world: World) -> Any:
    """Somebody who confirmed and was sent one alert; its row."""
    await world.recipient(ADDRESS)
    await queue_alert(world)
    await world.send_all()
    [row] = [row for row in await world.rows(messages) if row.lane == "alert"]
    assert row.state == "sent"
    return row


async def come_back(world: World, content: bytes) -> Reply:
    answer: Reply = await world.ask(TakeReturn(content=base64.b64encode(content).decode()))
    return answer


def gone(message_id: str, **changes: Any) -> bytes:
    return about(message_id, "5.1.1", "smtp; 550 5.1.1 User unknown", **changes)


def about(message_id: str, *words: str, **changes: Any) -> bytes:
    settings = {"to": verp(message_id, SECRET), "final": ADDRESS, "message_id": message_id}
    return report(*words, **(settings | changes))


async def suppressed(world: World) -> list[str]:
    return [row.reason for row in await world.rows(suppressions)]


async def test_a_refused_address_is_suppressed_and_what_waits_for_it_called_off(world: World) -> None:
    row = await told(world)
    await queue_alert(world, 2)
    assert await come_back(world, gone(row.id)) == Reply()
    assert await suppressed(world) == ["refused"]
    assert [each.status for each in await world.rows(subscriptions)] == ["ended"]
    assert [each.status for each in await world.rows(alerts) if each.opportunity_id == "eu-call-2"] == ["cancelled"]
    [kept] = await world.rows(returns)
    assert (kept.kind, kept.status, kept.message_id, kept.person_id) == ("bounced", "5.1.1", row.id, row.person_id)
    [marked] = [each for each in await world.rows(messages) if each.id == row.id]
    assert (marked.returned_as, marked.returned_at) == ("bounced", world.clock())
    before = len(world.sink.taken)
    await world.send_all()
    assert len(world.sink.taken) == before


async def test_the_same_return_twice_does_nothing_more(world: World) -> None:
    row = await told(world)
    await come_back(world, complaint(to=verp(row.id, SECRET), message_id=row.id))
    await world.recipient(ADDRESS)  # its owner wants it again, and proves it
    assert await suppressed(world) == []
    changed = b"Received: from elsewhere.example\r\n" + complaint(to=verp(row.id, SECRET), message_id=row.id)
    await come_back(world, changed)
    assert await suppressed(world) == []
    assert [each.status for each in await world.rows(subscriptions)] == ["active"]
    assert len(await world.rows(returns)) == 1


async def test_a_complaint_unsubscribes_from_everything_until_the_owner_confirms_again(world: World) -> None:
    row = await told(world)
    await world.recipient(ADDRESS, "org-2")
    await come_back(world, complaint(to="fbl@passerelle.example", mail_from=verp(row.id, SECRET), message_id=row.id))
    assert {each.status for each in await world.rows(subscriptions)} == {"ended"}
    assert await suppressed(world) == ["complained"]
    events = [(each.organisation_id, each.event) for each in await world.rows(consents)]
    assert ("org-1", "withdrawn") in events
    assert ("org-2", "withdrawn") in events
    await world.recipient(ADDRESS)
    assert await suppressed(world) == []


async def test_a_refused_address_is_not_lifted_by_a_complaint_nor_by_erasure(world: World) -> None:
    row = await told(world)
    await come_back(world, gone(row.id))
    await come_back(world, complaint(to=verp(row.id, SECRET), message_id=row.id))
    await world.ask(Erase(person_id=row.person_id))
    assert await suppressed(world) == ["refused"]
    assert await world.rows(returns) == []
    assert (await come_back(world, gone(row.id))).refused == "unknown"


@pytest.mark.parametrize(
    "words",
    [
        ("5.2.2", "smtp; 552 5.2.2 mailbox full"),
        ("5.7.1", "smtp; 554 5.7.1 blocked for spam, user unknown"),
        ("4.4.7", "smtp; 451 4.4.7 given up"),
    ],
)
async def test_a_full_mailbox_a_filter_and_a_delay_are_seen_and_suppress_nobody(
    world: World, words: tuple[str, str]
) -> None:
    row = await told(world)
    await come_back(world, about(row.id, *words))
    assert await suppressed(world) == []
    assert [each.status for each in await world.rows(subscriptions)] == ["active"]
    assert [(each.kind, each.status) for each in await world.rows(returns)] == [("delayed", words[0])]


async def test_a_delay_told_after_the_refusal_changes_nothing(world: World) -> None:
    row = await told(world)
    await come_back(world, gone(row.id))
    await come_back(world, about(row.id, "4.4.1", action="delayed", returned_id="<late@relay.example>"))
    [marked] = [each for each in await world.rows(messages) if each.id == row.id]
    assert marked.returned_as == "bounced"


async def test_a_dead_address_to_which_somebody_forwards_their_mail_counts_against_nobody(world: World) -> None:
    row = await told(world)
    await come_back(world, gone(row.id, final="old@elsewhere.example"))
    assert await suppressed(world) == []
    assert [each.kind for each in await world.rows(returns)] == ["delayed"]


async def test_three_returns_in_a_month_are_said_aloud(world: World, caplog: pytest.LogCaptureFixture) -> None:
    row = await told(world)
    for number in range(3):
        assert "keep coming back" not in caplog.text
        await come_back(world, about(row.id, "4.2.2", returned_id=f"<{number}@relay.example>"))
        world.clock.turn(days=2)
    assert "mails to one recipient keep coming back" in caplog.text
    assert await suppressed(world) == []
    assert ADDRESS not in caplog.text


async def test_a_delivery_in_between_silences_it(world: World, caplog: pytest.LogCaptureFixture) -> None:
    row = await told(world)
    await come_back(world, about(row.id, "4.2.2", returned_id="<0@relay.example>"))
    world.clock.turn(hours=1)
    await queue_alert(world, 2)
    await world.send_all()
    for number in (1, 2):
        await come_back(world, about(row.id, "4.2.2", returned_id=f"<{number}@relay.example>"))
    assert "keep coming back" not in caplog.text


async def test_forged_strange_and_automatic_mails_change_nothing(world: World) -> None:
    row = await told(world)
    for content in (
        gone(row.id, to=verp(row.id, b"another secret")),
        gone("f" * 32),
        b"",
        b"\0" * 100,
        b"Subject: buy\r\n\r\nwatches, user unknown",
    ):
        assert (await come_back(world, content)).refused == "unknown"
    away = plain("Je suis absent.", sender=ADDRESS, subject="Absence", Auto_Submitted="auto-replied")
    await come_back(world, away.replace(verp().encode(), verp(row.id, SECRET).encode()))
    assert await world.rows(returns) == []
    assert await suppressed(world) == []


async def test_what_the_mail_inside_says_of_itself_is_enough_without_a_token(world: World) -> None:
    row = await told(world)
    assert await come_back(world, gone(row.id, to="postmaster@passerelle.example")) == Reply()
    assert await suppressed(world) == ["refused"]


async def test_a_return_that_is_too_large_or_not_base64_is_refused(world: World) -> None:
    assert (await come_back(world, b"x" * 600_001)).refused == "too_large"
    assert (await world.ask(TakeReturn(content="é"))).refused == "unknown"


Furnish = Callable[..., Any]


@pytest.fixture
async def furnish(database_url: str, sink: Sink, clock: TurnableClock) -> AsyncIterator[Furnish]:
    """A notifier with settings of its own."""
    async with AsyncExitStack() as stack:

        async def made(**settings: Any) -> World:
            world = await make_world(database_url, sink, clock, **settings)
            stack.push_async_callback(leave, world)
            await make_tables(world)
            assert world.parts.opened is not None
            await world.parts.opened()
            return world

        yield made


async def test_a_canary_a_day_is_sent_and_seen_to_come_back(furnish: Furnish, caplog: pytest.LogCaptureFixture) -> None:
    world = await furnish(mail_canary=CANARY)
    await world.tick("plan-canary")
    await world.tick("plan-canary")  # the same tick handled twice
    await world.send_all("office")
    [taken] = world.sink.taken
    assert taken.recipient == CANARY
    world.clock.turn(hours=1)
    await world.tick("watch-canary")
    assert await come_back(world, taken.content) == Reply()
    await come_back(world, taken.content)
    world.clock.turn(hours=2)
    await world.tick("watch-canary")
    assert "the canary has not come back" not in caplog.text
    [kept] = await world.rows(returns)
    [sent] = await world.rows(messages)
    assert (kept.kind, kept.message_id) == ("canary", sent.id)


async def test_a_canary_that_stays_away_is_an_error(furnish: Furnish, caplog: pytest.LogCaptureFixture) -> None:
    world = await furnish(mail_canary=CANARY)
    await world.tick("plan-canary")
    await world.send_all("office")
    world.clock.turn(hours=2, seconds=1)
    await world.tick("watch-canary")
    assert "the canary has not come back" in caplog.text


async def test_a_mail_of_a_recipient_is_no_canary(furnish: Furnish) -> None:
    world = await furnish(mail_canary=CANARY)
    await told(world)
    content = world.sink.taken[-1].content.replace(ADDRESS.encode(), CANARY.encode())
    assert (await come_back(world, content)).refused == "unknown"
    assert await world.rows(returns) == []


async def test_without_an_address_no_canary_leaves(world: World) -> None:
    await world.tick("plan-canary")
    await world.tick("watch-canary")
    assert await world.rows(messages) == []


async def test_an_office_mail_goes_to_staff_and_to_the_canary_alone(world: World) -> None:
    person = await world.recipient(ADDRESS)
    before = len(world.sink.taken)
    async with world.database.writing() as connection:
        await world.desk.planning.plan_message(connection, kind="canary", person_id=person, language="fr")
    await world.send_all("office")
    assert len(world.sink.taken) == before
    [row] = [row for row in await world.rows(messages) if row.lane == "office"]
    assert (row.state, row.reason) == ("cancelled", "not_staff")
