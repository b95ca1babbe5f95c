"""The three brokers of compose.yaml, as processes with its configuration: facts are kept three times, one may die."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import nats
import pytest
from nats.js.api import StreamInfo

from services.nats_server import nats_binary
from shared.bus import BROKER_ERRORS, STREAM, Bus, OwnerDown
from tests.contracts.pages import ROOT
from tests.servers import free_port

WORD = "only-for-this-test"
CONFIGURATION = ROOT / "deploy" / "nats" / "nats.conf"
T = TypeVar("T")


class Cluster:
    """Three nats-servers that read deploy/nats/nats.conf, each on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [free_port() for _ in range(3)]
        self.routes = [free_port() for _ in range(3)]
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def urls(self) -> str:
        return ",".join(f"nats://passerelle:{WORD}@127.0.0.1:{port}" for port in self.ports)

    def start(self, number: int) -> None:
        folder = self.folder / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.read_text()
        for written, here in (
            ("0.0.0.0:4222", f"127.0.0.1:{self.ports[number]}"),
            ("0.0.0.0:6222", f"127.0.0.1:{self.routes[number]}"),
            ("0.0.0.0:8222", "127.0.0.1:-1"),
            ("/data", str(folder / "data")),
        ):
            assert written in text
            text = text.replace(written, here)
        (folder / "nats.conf").write_text(text)
        routes = ",".join(f"nats://passerelle:{WORD}@127.0.0.1:{port}" for port in self.routes)
        self.running[number] = subprocess.Popen(
            [nats_binary(), "--config", folder / "nats.conf", "--routes", routes, "-l", folder / "log"],
            env={**os.environ, "SERVER_NAME": f"nats-{number + 1}", "BROKER_PASSWORD": WORD},
        )

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        process.kill()
        process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    three = Cluster(tmp_path)
    for number in range(3):
        three.start(number)
    yield three
    for number in list(three.running):
        three.kill(number)


@pytest.fixture
async def bus(cluster: Cluster) -> AsyncIterator[Bus]:
    connected = Bus(cluster.urls, service="ingest")
    await patiently(connected.connect)
    yield connected
    await connected.stop()


async def patiently(step: Callable[[], Awaitable[T]], within_s: float = 60) -> T:
    """A cluster needs some seconds to elect leaders; services wait for it, and so does this."""
    until = asyncio.get_running_loop().time() + within_s
    while True:
        try:
            return await step()
        except (*BROKER_ERRORS, OwnerDown):
            if asyncio.get_running_loop().time() > until:
                raise
            await asyncio.sleep(0.5)


async def caught_up(connection: nats.NATS, within_s: float = 60) -> StreamInfo:
    """The stream once both followers hold what the leader holds: before that, two copies are one and a half."""
    until = asyncio.get_running_loop().time() + within_s
    while True:
        stream = await patiently(lambda: connection.jetstream().stream_info(STREAM))
        followers = (stream.cluster.replicas or []) if stream.cluster else []
        if len(followers) == 2 and all(follower.current and not follower.offline for follower in followers):
            return stream
        assert asyncio.get_running_loop().time() < until, f"followers never caught up: {followers}"
        await asyncio.sleep(0.5)


@pytest.mark.long
async def test_facts_are_kept_three_times_and_survive_the_loss_of_the_leader(cluster: Cluster, bus: Bus) -> None:
    await patiently(bus.provision)
    for number in range(20):
        await patiently(lambda number=number: bus.publish("opportunity.published", "{}", event_id=f"before-{number}"))  # type: ignore[misc]

    connection = await nats.connect(
        cluster.urls.split(","), user="passerelle", password=WORD, max_reconnect_attempts=-1
    )
    stream = await caught_up(connection)
    assert stream.config.num_replicas == 3
    assert stream.cluster is not None
    assert stream.cluster.leader is not None

    cluster.kill(int(stream.cluster.leader[-1]) - 1)
    for number in range(20):
        await patiently(lambda number=number: bus.publish("opportunity.published", "{}", event_id=f"after-{number}"))  # type: ignore[misc]

    kept = await patiently(lambda: connection.jetstream().stream_info(STREAM))
    await connection.close()
    assert kept.state.messages == 40
