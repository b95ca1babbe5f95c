"""A notifier with tables, a relay and a clock."""

from collections.abc import AsyncIterator

import pytest

from tests.adapters.notifier.sink import Sink, running_sink
from tests.adapters.notifier.world import World, make_tables, make_world
from tests.conftest import TurnableClock


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with running_sink() as found:
        yield found


@pytest.fixture
async def world(database_url: str, sink: Sink, clock: TurnableClock) -> AsyncIterator[World]:
    found = await make_world(database_url, sink, clock)
    await make_tables(found)
    assert found.parts.opened is not None
    await found.parts.opened()
    yield found
    for lane in ("login", "alert"):
        await found.sender(lane).close()
    await found.database.close()
