"""A service from start to graceful stop, its health, its jobs; and the embedded broker."""

import asyncio
import re
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import MetaData

from services.nats_server import EmbeddedNats
from shared.bus import OwnerDown
from shared.events import AlertSent, Tick
from shared.outbox import MessageTables
from shared.runtime import CannotStart, Place, cancel_all, running
from shared.service import Context, Job, Parts, Service
from shared.settings import CommonSettings, Settings
from tests.servers import NatsServer

metadata = MetaData()
messages = MessageTables.within(metadata)


class NoSettings(Settings):
    """None of its own."""


@pytest.fixture
def place(nats_server: NatsServer, tmp_path: Path, free_port: int) -> Place:
    common = CommonSettings(home=tmp_path, port=free_port)
    return Place(common=common, settings={NoSettings: NoSettings()}, nats_url=nats_server.url, relay_url="")


def service(build: Callable[[Context], Parts]) -> Service:
    folder = Path(__file__).parent / "history"
    return Service("portal", metadata, messages, folder, NoSettings, build)


async def test_a_service_tells_hears_works_by_the_clock_and_stops(place: Place, sent: Callable[..., AlertSent]) -> None:
    heard, ran, stopped = asyncio.Event(), asyncio.Event(), []

    async def on_alert_sent(_fact: AlertSent) -> None:
        heard.set()

    async def run(_tick: Tick) -> None:
        ran.set()

    async def closing() -> None:
        stopped.append(True)

    def build(context: Context) -> Parts:
        async def opened() -> None:
            async with context.database.writing() as connection:
                await context.outbox.tell(connection, sent(1))

        job = Job("often", run, every=timedelta(seconds=1))
        return Parts({AlertSent: on_alert_sent}, jobs=(job,), opened=opened, closing=closing)

    async with running([service(build)], place), httpx.AsyncClient(base_url=place.common.public_url) as client:
        async with asyncio.timeout(10):
            await heard.wait()
            await ran.wait()
        assert (await client.get("/health/live")).json() == {"status": "ok"}
        health = await client.get("/health")
        assert health.status_code == 200
        assert health.json()["services"]["portal"]["status"] == "ok"
        assert health.json()["services"]["matcher"] == {"status": "silent"}
        figures = (await client.get("/metrics")).text
        assert "faststream" in figures
        assert 'passerelle_dead_letters{service="portal"} 0.0' in figures
        assert len(re.findall("^# TYPE passerelle_facts_untold", figures, re.MULTILINE)) == 1
    assert stopped == [True]


async def test_readiness_falls_while_the_broker_is_away(place: Place, nats_server: NatsServer) -> None:
    async with running([service(lambda _context: Parts({}))], place) as [one]:
        nats_server.stop()
        assert (await one.heartbeat()).status == "broken"
        nats_server.start()
        async with asyncio.timeout(20):
            while (await one.heartbeat()).status != "ok":
                await asyncio.sleep(0.2)


async def test_a_taken_port_is_said_so(place: Place) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", place.common.port))
        taken.listen()
        with pytest.raises(CannotStart, match=f"port {place.common.port} is taken"):
            async with running([service(lambda _context: Parts({}))], place):
                pass


async def test_a_broker_that_is_not_there_is_said_so(
    place: Place, nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    nats_server.stop()
    one = service(lambda _context: Parts({}))
    context = replace(place).context(one)
    with pytest.raises(OwnerDown):
        await context.bus.connect(within_s=1)
    await context.database.close()


async def test_the_embedded_broker_comes_back_on_its_port(tmp_path: Path) -> None:
    nats = EmbeddedNats(tmp_path)
    await nats.start()
    port, process = nats.port, nats._process
    assert process is not None
    process.kill()
    async with asyncio.timeout(10):
        while nats._process is process or not answers(port):
            await asyncio.sleep(0.05)
    assert nats.port == port
    await nats.stop()
    assert not answers(port)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_a_worker_that_misses_its_cancellation_is_told_again() -> None:
    missed = 0

    async def deaf() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if missed:
                    raise
                missed += 1

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await asyncio.wait_for(cancel_all([task]), 10)
    assert task.cancelled()
    assert missed == 1
