"""SQLAlchemy access that reads the same on SQLite and on PostgreSQL: who reads, who writes, and when it is UTC."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Table, TypeDecorator, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import CreateSchema

WRITES = "passerelle_writes"
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=30000",
    "foreign_keys=ON",
    "secure_delete=ON",
)

Json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC; SQLite alone would hand back naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One service's database: a SQLite file of its own, or its own schema in PostgreSQL.

    `url` may hold `{service}`. Only the service named may use it.
    """

    def __init__(self, url: str, *, service: str, pool_size: int = 8) -> None:
        self.service = service
        self.url = make_url(url.replace("{service}", service))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._in_line = asyncio.Lock()
        self.engine: AsyncEngine = (
            _sqlite_engine(self.url, pool_size) if self.is_sqlite else _postgresql_engine(self.url, service, pool_size)
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one state of the data and changes nothing."""
        async with self.engine.connect() as connection, connection.begin():
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One short write transaction: committed at the end, rolled back when anything is raised.

        On SQLite it takes the writer's lock at once (BEGIN IMMEDIATE), so that what is read inside is not stale.
        """
        async with self._writer(), self.engine.connect() as connection:
            await connection.execution_options(**{WRITES: True})
            async with connection.begin():
                yield connection

    def _writer(self) -> AbstractAsyncContextManager[object]:
        """On SQLite writers of one process wait in line; those of other processes wait for the file's lock."""
        return self._in_line if self.is_sqlite else nullcontext()

    def insert(self, table: Table) -> Any:
        """An insert that knows `on_conflict_do_update` and `on_conflict_do_nothing`, the same in both dialects."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def create_schema(self) -> None:
        """Make the service's schema where the database has schemas."""
        if not self.is_sqlite:
            async with self.writing() as connection:
                await connection.execute(CreateSchema(self.service, if_not_exists=True))

    async def close(self) -> None:
        await self.engine.dispose()


def _sqlite_engine(url: Any, pool_size: int) -> AsyncEngine:
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=pool_size)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: Any, service: str, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={"server_settings": {"search_path": service, "application_name": f"passerelle-{service}"}},
    )
