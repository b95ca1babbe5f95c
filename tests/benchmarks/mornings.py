"""A digest run for many recipients, planned: `python -m tests.benchmarks.mornings [RECIPIENTS] [MATCHES]`.

Recipients confirmed daily digests, and as many matches wait for each. The run is the one of the job: real tables, real
transactions, on PostgreSQL and on SQLite. Filling and planning have a process each, so that the memory is planning's.
"""

import asyncio
import random
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from services.notifier.mornings import plan_mornings
from services.notifier.tables import alerts, messages, opportunities, people, profiles, subscriptions
from shared.database import Database
from tests.adapters.notifier.sink import Sink
from tests.adapters.notifier.world import World, make_tables, make_world
from tests.benchmarks.machine import description, tell
from tests.servers import fresh_postgresql_database, start_postgresql

Work = Callable[[], Coroutine[Any, Any, None]]

CALLS = 5_000
BATCH = 20_000
CONFIRMED = datetime(2026, 10, 1, tzinfo=UTC)
PLANNED = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 7, tzinfo=UTC)


def main(recipients: int = 100_000, matches: int = 10) -> None:
    """Both databases, one after the other."""
    tell(description())
    with databases() as urls:
        for name, url in urls.items():
            in_a_process_of_its_own(partial(prepare, url, recipients, matches))
            in_a_process_of_its_own(partial(measure, name, url, recipients, matches))


def in_a_process_of_its_own(work: Work) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(run, work).result()


def run(work: Work) -> None:
    asyncio.run(work())


async def prepare(url: str, recipients: int, matches: int) -> None:
    async with a_world(url) as world:
        await make_tables(world)
        await fill(world.database, recipients, matches)


async def measure(name: str, url: str, recipients: int, matches: int) -> None:
    """Plan what waits in one database, and print what it took."""
    async with a_world(url) as world:
        before, began = peak_mb(), time.perf_counter()
        planned = await plan_mornings(world.desk)
        took = time.perf_counter() - began
        async with world.database.reading() as connection:
            carried = select(func.count()).where(alerts.c.message_id.is_not(None))
            told = (await connection.execute(carried)).scalar_one()
            queued = (await connection.execute(select(func.count()).select_from(messages))).scalar_one()
    tell(
        f"{name}: a digest run for {recipients} recipients with {matches} matches each",
        planned=f"{queued} mails carrying {told} alerts in {took:.1f} s",
        memory=f"{peak_mb() - before:.0f} MB above what was held before",
    )
    if (planned, queued, told) != (recipients, recipients, recipients * min(matches, 10)):
        raise SystemExit("the run did not plan what was due")


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Both kinds, empty."""
    with tempfile.TemporaryDirectory(prefix="mornings-") as name, ExitStack() as stack:
        folder = Path(name)
        server = stack.enter_context(start_postgresql(folder))
        postgresql = stack.enter_context(fresh_postgresql_database(server))
        yield {"PostgreSQL": postgresql, "SQLite": f"sqlite+aiosqlite:///{folder}/{{service}}.sqlite"}


@asynccontextmanager
async def a_world(url: str) -> AsyncIterator[World]:
    world = await make_world(url, Sink(url="smtp://127.0.0.1:1"), now)
    try:
        yield world
    finally:
        await world.database.close()


def now() -> datetime:
    return NOW


async def fill(database: Database, recipients: int, matches: int) -> None:
    """People, subscriptions, opportunities, and alerts that wait."""
    chance = random.Random(3)  # noqa: S311
    ends = [(NOW + timedelta(days=chance.randint(2, 200))).isoformat() for _ in range(CALLS)]
    await store(
        database,
        opportunities,
        ({"id": f"o{n}", "version": 1, "is_open": True, "deadlines": [ends[n]]} for n in range(CALLS)),
    )
    await store(
        database,
        people,
        (
            {
                "id": f"p{n}", "address": f"p{n}@d{n % 997}.example", "address_key": f"k{n}", "language": "fr",
                "timezone": "Europe/Paris", "is_staff": False, "created_at": CONFIRMED,
            }
            for n in range(recipients)
        ),
    )  # fmt: skip
    await store(
        database,
        profiles,
        (
            {"id": f"org{n}", "version": 1, "kind": "business", "name": f"Maison {n}", "is_removed": False}
            for n in range(recipients)
        ),
    )
    await store(
        database,
        subscriptions,
        (
            {
                "id": f"s{n}", "person_id": f"p{n}", "organisation_id": f"org{n}", "organisation_name": f"Maison {n}",
                "cadence": "daily", "language": "fr", "status": "active", "created_at": CONFIRMED,
                "confirmed_at": CONFIRMED, "welcomed_at": CONFIRMED, "is_sample": False,
                "planned_until": NOW - timedelta(days=1),
            }
            for n in range(recipients)
        ),
    )  # fmt: skip
    await store(
        database,
        alerts,
        (
            {
                "id": f"a{n}x{m}", "person_id": f"p{n}", "subscription_id": f"s{n}",
                "opportunity_id": f"o{(n * 7 + m * 131) % CALLS}", "opportunity_version": 1, "kind": "new",
                "score": chance.random(), "status": "planned", "planned_at": PLANNED,
            }
            for n in range(recipients)
            for m in range(matches)
        ),
    )  # fmt: skip
    if database.url.get_backend_name() == "postgresql":
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))


async def store(database: Database, table: object, rows: Iterator[dict[str, object]]) -> None:
    batch: list[dict[str, object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            await put(database, table, batch)
            batch = []
    if batch:
        await put(database, table, batch)


async def put(database: Database, table: object, batch: list[dict[str, object]]) -> None:
    async with database.writing() as connection:
        await connection.execute(table.insert(), batch)  # type: ignore[attr-defined]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
