"""What the database access promises on both databases: no lost update, moments in UTC, upserts."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select

from shared.database import Database
from shared.outbox import Outbox
from tests.adapters.shared.conftest import counters, messages

WRITER = """
import asyncio, sys
from sqlalchemy import select, update
from shared.database import Database
from tests.adapters.shared.conftest import counters
async def main():
    database = Database(sys.argv[1], service="portal")
    for _ in range(int(sys.argv[2])):
        async with database.writing() as connection:
            value = (await connection.execute(select(counters.c.value).with_for_update())).scalar_one()
            await connection.execute(update(counters).values(value=value + 1))
    await database.close()
asyncio.run(main())
"""


@pytest.mark.parametrize("times", [50, pytest.param(500, marks=pytest.mark.long)])
async def test_four_processes_that_read_and_write_lose_no_update(
    database: Database, database_url: str, times: int
) -> None:
    async with database.writing() as connection:
        await connection.execute(database.insert(counters).values(name="all", value=0))
    arguments = [sys.executable, "-W", "error", "-c", WRITER, database_url, str(times)]
    writers = [await asyncio.create_subprocess_exec(*arguments, stderr=subprocess.PIPE) for _ in range(4)]
    for writer in writers:
        _, errors = await writer.communicate()
        assert writer.returncode == 0, errors.decode()
    async with database.reading() as connection:
        assert (await connection.execute(select(counters.c.value))).scalar_one() == 4 * times


async def test_what_raises_inside_a_transaction_stores_nothing(database: Database) -> None:
    async def spoilt() -> None:
        async with database.writing() as connection:
            await connection.execute(database.insert(counters).values(name="a", value=1))
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - raised just above
        await spoilt()
    async with database.reading() as connection:
        assert (await connection.execute(select(counters))).first() is None


async def test_a_moment_comes_back_aware_and_in_utc(database: Database) -> None:
    moment = datetime(2026, 7, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    async with database.writing() as connection:
        await connection.execute(messages.inbox.insert().values(event_id="a", subject="s", heard_at=moment))
    async with database.reading() as connection:
        back = (await connection.execute(select(messages.inbox.c.heard_at))).scalar_one()
    assert back == moment
    assert back.tzinfo is UTC


async def test_a_moment_without_time_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 7, 1, 9, 30)  # noqa: DTZ001 - the mistake that must be seen
    async with database.writing() as connection:
        with pytest.raises(Exception, match="without time zone"):
            await connection.execute(messages.inbox.insert().values(event_id="a", subject="s", heard_at=naive))


async def test_sqlite_is_set_to_survive_a_power_cut(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/{{service}}.sqlite", service="portal")
    async with database.reading() as connection:
        pragmas = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    await database.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}


async def test_a_reader_does_not_stall_a_writer_nor_the_other_way_round(database: Database, outbox: Outbox) -> None:
    async with asyncio.timeout(5), database.reading() as reader:
        assert (await reader.execute(select(counters))).first() is None
        async with database.writing() as writer:
            await writer.execute(database.insert(counters).values(name="a", value=1))
            assert await outbox.next_batch() == []
