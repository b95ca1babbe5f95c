"""Facts leave in their transaction, once the broker has them; what failed for good is kept and replayed."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from shared.bus import Bus, Rejected
from shared.clock import system_clock
from shared.database import Database
from shared.events import AlertSent
from shared.outbox import FactTooLarge, Outbox
from shared.relay import DeadLetterOffice, Relay
from shared.requests import AskDeadLetters, ReplayDeadLetter
from tests.adapters.shared.conftest import counters, messages
from tests.servers import NatsServer


async def tell(outbox: Outbox, *facts: AlertSent) -> None:
    async with outbox.database.writing() as connection:
        await outbox.tell(connection, *facts)


async def untold(database: Database) -> int:
    async with database.reading() as connection:
        waiting = select(func.count()).select_from(messages.outbox).where(messages.outbox.c.told_at.is_(None))
        return int((await connection.execute(waiting)).scalar_one())


async def stored(bus: Bus) -> int:
    return int((await bus._jetstream.stream_info("passerelle")).state.messages)


async def test_a_fact_of_a_transaction_that_fails_is_never_told(outbox: Outbox, sent: Callable[..., AlertSent]) -> None:
    async def spoilt() -> None:
        async with outbox.database.writing() as connection:
            await outbox.tell(connection, sent(1))
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised just above
        await spoilt()
    assert await outbox.next_batch() == []


async def test_a_fact_over_the_limit_is_refused_where_it_is_told(
    outbox: Outbox, sent: Callable[..., AlertSent]
) -> None:
    with pytest.raises(FactTooLarge):
        await tell(outbox, sent(1, opportunity_ids=("x" * 300_000,)))


async def test_a_fact_is_heard_once(outbox: Outbox, sent: Callable[..., AlertSent]) -> None:
    async with outbox.database.writing() as connection:
        assert await outbox.is_new(connection, sent(1))
        assert not await outbox.is_new(connection, sent(1))


async def test_the_relay_publishes_and_marks(outbox: Outbox, bus: Bus, sent: Callable[..., AlertSent]) -> None:
    relay = Relay(outbox, bus)
    await relay.follow_stream()
    await tell(outbox, *(sent(number) for number in range(300)))
    while await relay.relay_once():
        pass
    assert await untold(outbox.database) == 0
    assert await stored(bus) == 300


async def test_facts_wait_for_a_broker_that_is_away_and_nobody_who_writes_waits(
    outbox: Outbox, bus: Bus, nats_server: NatsServer, sent: Callable[..., AlertSent]
) -> None:
    relaying = asyncio.create_task(Relay(outbox, bus).run())
    await asyncio.sleep(0.3)
    nats_server.stop()
    slowest = 0.0
    for number in range(20):
        began = time.monotonic()
        await tell(outbox, sent(number))
        slowest = max(slowest, time.monotonic() - began)
        await asyncio.sleep(0.05)
    assert slowest < 3
    assert await untold(outbox.database) == 20
    nats_server.start()
    async with asyncio.timeout(40):
        while await untold(outbox.database):
            await asyncio.sleep(0.1)
    relaying.cancel()


async def test_what_the_stream_did_not_acknowledge_is_told_later(
    outbox: Outbox, bus: Bus, nats_server: NatsServer, sent: Callable[..., AlertSent]
) -> None:
    relay = Relay(outbox, bus)
    await relay.follow_stream()
    await tell(outbox, *(sent(number) for number in range(3)))
    nats_server.stop()
    with suppress(Exception):
        await relay.relay_once()
    assert await untold(outbox.database) == 3
    nats_server.start()
    async with asyncio.timeout(40):
        while await untold(outbox.database):
            with suppress(Exception):
                await relay.relay_once()
    assert await stored(bus) == 3


async def test_what_a_wiped_stream_had_is_told_again(
    outbox: Outbox, bus: Bus, nats_server: NatsServer, sent: Callable[..., AlertSent]
) -> None:
    relay = Relay(outbox, bus)
    await relay.follow_stream()
    await tell(outbox, *(sent(number) for number in range(10)))
    await relay.relay_once()
    nats_server.wipe()
    relaying = asyncio.create_task(relay.run())
    async with asyncio.timeout(20):
        while not await bus.ping() or await stored_or_none(bus) != 10:
            await asyncio.sleep(0.1)
    relaying.cancel()


async def stored_or_none(bus: Bus) -> int | None:
    try:
        return await stored(bus)
    except Exception:  # noqa: BLE001, RUF100 - the stream is being made again
        return None


async def test_a_dead_letter_is_kept_listed_and_replayed(outbox: Outbox, sent: Callable[..., AlertSent]) -> None:
    fixed = False

    async def handle(fact: AlertSent) -> None:
        if not fixed:
            raise RuntimeError("still broken")
        async with outbox.database.writing() as connection:
            await connection.execute(outbox.database.insert(counters).values(name=fact.message_id, value=1))

    office = DeadLetterOffice(outbox, {AlertSent: handle}, system_clock)
    fact = sent(1)
    await office.set_aside(Rejected(fact.event_id, fact.subject, fact.model_dump_json(), "RuntimeError: broken", 8))
    [letter] = (await office.list(AskDeadLetters())).dead_letters
    assert (letter.service, letter.subject, letter.error) == ("portal", "alert.sent", "RuntimeError: broken")

    await office.ask_replay(ReplayDeadLetter(id=letter.id))
    await office.replay_asked()
    [letter] = (await office.list(AskDeadLetters())).dead_letters
    assert (letter.error, letter.deliveries, letter.replayed_at) == ("RuntimeError: still broken", 9, None)

    fixed = True
    await office.ask_replay(ReplayDeadLetter(id=letter.id))
    await office.replay_asked()
    [letter] = (await office.list(AskDeadLetters())).dead_letters
    assert letter.replayed_at is not None
    async with outbox.database.reading() as connection:
        assert (await connection.execute(select(counters.c.name))).scalar_one() == "1"


async def test_a_fact_that_no_handler_takes_any_more_holds_up_no_other(
    outbox: Outbox, sent: Callable[..., AlertSent]
) -> None:
    handled: list[str] = []

    async def handle(fact: AlertSent) -> None:
        handled.append(fact.event_id)

    office = DeadLetterOffice(outbox, {AlertSent: handle}, system_clock)
    fact = sent(1)
    await office.set_aside(Rejected("old", "alert.forgotten", "{}", "RuntimeError: broken", 8))
    await office.set_aside(Rejected(fact.event_id, fact.subject, fact.model_dump_json(), "RuntimeError: broken", 8))
    for letter in ("old", fact.event_id):
        await office.ask_replay(ReplayDeadLetter(id=letter))
    await office.replay_asked()
    assert handled == [fact.event_id]
    errors = {letter.id: letter.error for letter in (await office.list(AskDeadLetters())).dead_letters}
    assert errors["old"] == "PermanentError: this release does not handle alert.forgotten"


async def test_replaying_what_was_never_set_aside_is_refused(outbox: Outbox) -> None:
    office = DeadLetterOffice(outbox, {}, system_clock)
    assert (await office.ask_replay(ReplayDeadLetter(id="nothing"))).refused == "unknown"


async def test_a_payload_that_postgresql_cannot_hold_is_still_kept(outbox: Outbox) -> None:
    office = DeadLetterOffice(outbox, {}, system_clock)
    await office.set_aside(Rejected("nul", "alert.sent", "\x00", "ValidationError", 1))
    assert len((await office.list(AskDeadLetters())).dead_letters) == 1
