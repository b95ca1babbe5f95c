"""The migrations of each service lead to the tables its code has, on both databases, and nowhere else."""

from pathlib import Path

import pytest

from shared.database import Database
from shared.events import SERVICES
from shared.migrations import History
from tests.contracts.conftest import find_service


@pytest.mark.parametrize("name", SERVICES)
async def test_migrations_lead_to_the_tables_in_the_code(name: str, database_url: str) -> None:
    service = find_service(name)
    history = History(service.migrations, service.metadata)
    database = Database(database_url, service=name)
    try:
        await history.upgrade(database)
        assert await history.current(database) == history.head
        assert history.head is not None
        assert list(await history.differences(database)) == []
    finally:
        await database.close()


@pytest.mark.parametrize("name", SERVICES)
async def test_migrating_twice_changes_nothing(name: str, tmp_path: Path) -> None:
    service = find_service(name)
    history = History(service.migrations, service.metadata)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/{name}.sqlite", service=name)
    try:
        await history.upgrade(database)
        await history.upgrade(database)
        assert await history.current(database) == history.head
    finally:
        await database.close()


def test_no_two_services_share_a_table_object() -> None:
    tables = [table for name in SERVICES for table in find_service(name).metadata.tables.values()]
    assert len({id(table) for table in tables}) == len(tables)
