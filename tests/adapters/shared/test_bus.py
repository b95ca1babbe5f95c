"""What happens to facts and requests on a real broker: failures, poison, repeats, outages."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import nats.errors
import nats.js.errors
import pytest
from faststream import AckPolicy
from nats.js.api import RetentionPolicy

from shared import bus as bus_module
from shared import retries
from shared.bus import BROKER_ERRORS, STREAM, Bus, OwnerDown, Rejected, all_consumers
from shared.events import FACTS, SERVICES, AlertSent, Tick
from shared.requests import AskPreferences, Communes, FindCommunes
from shared.retries import PermanentError
from tests.servers import NatsServer

pytestmark = pytest.mark.usefixtures("bus")


async def until(true: Callable[[], bool], within_s: float = 10) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.01)


async def publish(bus: Bus, fact: AlertSent) -> None:
    await bus.publish(fact.subject, fact.model_dump_json(), event_id=fact.event_id)


class Heard:
    """A handler that keeps what it heard, after failing as told."""

    def __init__(self, *failures: Exception) -> None:
        self.facts: list[AlertSent] = []
        self.set_aside: list[Rejected] = []
        self.failures = list(failures)
        self.tries = 0

    async def handle(self, fact: AlertSent) -> None:
        self.tries += 1
        if self.failures:
            raise self.failures.pop(0)
        self.facts.append(fact)

    async def keep(self, rejected: Rejected) -> None:
        self.set_aside.append(rejected)


async def listening(bus: Bus, heard: Heard) -> None:
    bus.deliver(AlertSent, heard.handle, heard.keep)
    await bus.start()


async def test_a_handler_that_raises_gets_the_fact_again(bus: Bus, sent: Callable[..., AlertSent]) -> None:
    heard = Heard(RuntimeError("once"))
    await listening(bus, heard)
    await publish(bus, sent(1))
    await until(lambda: len(heard.facts) == 1)
    assert heard.tries == 2
    assert heard.set_aside == []


async def test_no_subscriber_may_acknowledge_before_its_handler_has_succeeded(bus: Bus) -> None:
    await listening(bus, Heard())
    policies = {subscriber.ack_policy for subscriber in bus._broker.subscribers}
    assert policies == {AckPolicy.NACK_ON_ERROR}


async def test_a_retry_waits_longer_each_time_and_gives_up_into_a_dead_letter(
    bus: Bus, sent: Callable[..., AlertSent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "DELAYS_S", (0.01, 0.02, 0.04))
    heard = Heard(*[RuntimeError("always")] * 50)
    await listening(bus, heard)
    await publish(bus, sent(1))
    await until(lambda: bool(heard.set_aside))
    assert heard.tries == retries.MAX_TRIES
    assert heard.set_aside[0].event_id == "sent-1"
    assert "always" in heard.set_aside[0].error


async def test_a_lost_broker_is_looked_for_for_ever(bus: Bus) -> None:
    assert bus._client is not None
    assert bus._client.options["max_reconnect_attempts"] == -1


async def test_a_permanent_error_is_set_aside_at_once(bus: Bus, sent: Callable[..., AlertSent]) -> None:
    heard = Heard(PermanentError("no use"))
    await listening(bus, heard)
    await publish(bus, sent(1))
    await until(lambda: bool(heard.set_aside))
    assert heard.tries == 1


async def test_twenty_poisons_among_a_thousand_harm_no_other(bus: Bus, sent: Callable[..., AlertSent]) -> None:
    heard = Heard()
    await listening(bus, heard)
    poisons = dict(zip(range(0, 1000, 50), POISON * 4, strict=True))
    for number in range(1000):
        if number in poisons:
            await bus.publish("alert.sent", poisons[number], event_id=f"poison-{number}")
        else:
            await publish(bus, sent(number))
    await until(lambda: len(heard.facts) == 980 and len(heard.set_aside) == 20, within_s=60)
    assert {rejected.event_id for rejected in heard.set_aside} == {f"poison-{number}" for number in poisons}


POISON = ("", "{", "null", '{"event_id": 7}', "\x00\x01")


async def test_a_publish_without_stream_is_an_error_and_not_silence(
    bus: Bus, nats_server: NatsServer, sent: Callable[..., AlertSent]
) -> None:
    await bus._jetstream.delete_stream(STREAM)
    with pytest.raises((nats.errors.Error, nats.js.errors.Error)):
        await publish(bus, sent(1))


async def test_a_full_stream_refuses_what_is_new_and_drops_nothing(
    bus: Bus, sent: Callable[..., AlertSent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "MAX_STREAM_BYTES", 20_000)
    await bus._jetstream.update_stream(bus._config(RetentionPolicy.INTEREST))
    acknowledged = 0

    async def fill() -> None:
        nonlocal acknowledged
        for number in range(1000):
            await publish(bus, sent(number))
            acknowledged += 1

    with pytest.raises(BROKER_ERRORS):
        await fill()
    assert (await bus._jetstream.stream_info(STREAM)).state.messages == acknowledged > 10
    assert await bus.fullness() > 0.9


async def test_a_fact_published_twice_is_stored_once(bus: Bus, sent: Callable[..., AlertSent]) -> None:
    heard = Heard()
    await publish(bus, sent(1))
    await publish(bus, sent(1))
    await listening(bus, heard)
    await until(lambda: bool(heard.facts))
    await asyncio.sleep(0.2)
    assert len(heard.facts) == 1


async def test_every_listener_and_every_clock_has_its_consumer_before_anything_is_told(bus: Bus) -> None:
    there = {consumer.name for consumer in await bus._jetstream.consumers_info(STREAM)}
    assert there == {durable for durable, _ in all_consumers()}
    assert len(there) == sum(len(fact.listeners) for fact in FACTS) + len(SERVICES)


async def test_a_consumer_that_a_newer_release_adds_or_changes_is_made_at_its_start(
    bus: Bus, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bus._jetstream.delete_consumer(STREAM, "portal-alert-sent")
    monkeypatch.setattr(bus_module, "ACK_WAIT_S", 25)
    newer = Bus(nats_server.url, service="portal")
    await newer.connect()
    await newer.provision()
    there = {consumer.name: consumer.config.ack_wait for consumer in await bus._jetstream.consumers_info(STREAM)}
    await newer.stop()
    assert set(there) == {durable for durable, _ in all_consumers()}
    assert set(there.values()) == {25}


async def test_facts_flow_again_after_the_broker_was_away(
    bus: Bus, nats_server: NatsServer, sent: Callable[..., AlertSent]
) -> None:
    heard = Heard()
    await listening(bus, heard)
    nats_server.stop()
    await asyncio.sleep(2)
    assert not await bus.ping()
    nats_server.start()
    await until_reached(bus)
    await publish(bus, sent(1))
    await until(lambda: bool(heard.facts), within_s=20)


async def test_a_subscriber_survives_the_loss_of_the_whole_store(
    bus: Bus, nats_server: NatsServer, sent: Callable[..., AlertSent]
) -> None:
    heard = Heard()
    await listening(bus, heard)
    before = await bus.provision()
    nats_server.wipe()
    await until_reached(bus)
    assert await bus.provision() != before
    await publish(bus, sent(1))
    await until(lambda: bool(heard.facts), within_s=20)


async def until_reached(bus: Bus) -> None:
    async with asyncio.timeout(20):
        while not await bus.ping():
            await asyncio.sleep(0.1)


async def test_a_request_is_answered_and_a_missing_owner_is_told(bus: Bus) -> None:
    async def answer(_request: FindCommunes) -> Communes:
        return Communes()

    bus.answer(FindCommunes, answer)
    await bus.start()
    assert await bus.ask(FindCommunes()) == Communes()
    with pytest.raises(OwnerDown):
        await bus.ask(AskPreferences(person_id="nobody"))


async def test_a_request_whose_owner_breaks_is_told_as_such(bus: Bus) -> None:
    async def answer(_request: FindCommunes) -> Communes:
        raise RuntimeError

    bus.answer(FindCommunes, answer)
    await bus.start()
    with pytest.raises(OwnerDown):
        await bus.ask(FindCommunes())


async def test_one_tick_runs_once_however_many_schedulers_call_it(bus: Bus, nats_server: NatsServer) -> None:
    second = Bus(nats_server.url, service="portal")
    await second.connect()
    ran: list[str] = []

    async def run(tick: Tick) -> None:
        ran.append(tick.event_id)

    async def keep(_rejected: Rejected) -> None:
        raise AssertionError

    for one in (bus, second):
        one.deliver(Tick, run, keep)
        await one.start()
    for minute in range(5):
        due = datetime(2026, 11, 2, 9, minute, tzinfo=UTC)
        tick = Tick.of(service="portal", job="sweep", due_at=due)
        for one in (bus, second):
            await one.publish("tick.portal.sweep", tick.model_dump_json(), event_id=tick.event_id)
    await until(lambda: len(ran) >= 5)
    await asyncio.sleep(0.3)
    await second.stop()
    assert len(ran) == len(set(ran)) == 5
