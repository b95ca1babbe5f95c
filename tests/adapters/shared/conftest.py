"""A small service, to see what the shared parts do with any."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table

from shared.bus import Bus
from shared.clock import system_clock
from shared.database import Database
from shared.events import AlertSent
from shared.outbox import MessageTables, Outbox
from tests.servers import NatsServer

metadata = MetaData()
messages = MessageTables.within(metadata)
counters = Table(
    "counters", metadata, Column("name", String(20), primary_key=True), Column("value", Integer, nullable=False)
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url, service="portal")
    await database.create_schema()
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield database
    await database.close()


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database, messages, system_clock)


@pytest.fixture
async def bus(nats_server: NatsServer) -> AsyncIterator[Bus]:
    bus = Bus(nats_server.url, service="portal")
    await bus.connect()
    await bus.provision()
    yield bus
    await bus.stop()


@pytest.fixture
def sent() -> Callable[..., AlertSent]:
    def make(number: int = 0, **fields: Any) -> AlertSent:
        return AlertSent(
            event_id=f"sent-{number}",
            happened_at=system_clock(),
            message_id=str(number),
            person_id="p",
            kind="alert",
            **fields,
        )

    return make
