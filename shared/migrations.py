"""Each service's own migration history, run by Alembic on either database."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from shared.database import Database

VERSION_TABLE = "schema_version"


@dataclass(frozen=True)
class History:
    """The migrations of one service: a folder with `versions/`, and the tables they must lead to."""

    folder: Path
    metadata: MetaData

    def _config(self, connection: Connection | None = None) -> Config:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
        config.set_main_option("version_locations", str(self.folder / "versions"))
        config.set_main_option("path_separator", "os")
        config.attributes.update(connection=connection, metadata=self.metadata)
        return config

    @property
    def head(self) -> str | None:
        """The newest migration there is."""
        return ScriptDirectory.from_config(self._config()).get_current_head()

    async def upgrade(self, database: Database) -> None:
        """Bring the database to the newest migration; nothing happens when it is there."""
        await database.create_schema()
        async with database.writing() as connection:
            await connection.run_sync(lambda sync: command.upgrade(self._config(sync), "head"))

    async def current(self, database: Database) -> str | None:
        """The migration the database is at; None for an empty one."""
        async with database.reading() as connection:
            return await connection.run_sync(lambda sync: _context(sync).get_current_revision())

    async def differences(self, database: Database) -> Sequence[Any]:
        """What the tables in code have that the migrated database has not, and the other way round."""
        async with database.reading() as connection:
            return await connection.run_sync(lambda sync: compare_metadata(_context(sync), self.metadata))

    async def write_next(self, database: Database, message: str) -> None:
        """Write the migration from what the database has to what the code says, to be read and corrected."""
        versions = self.folder / "versions"
        number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
        options: dict[str, Any] = {"message": message, "rev_id": number, "version_path": str(versions)}
        async with database.writing() as connection:
            await connection.run_sync(lambda sync: command.revision(self._config(sync), autogenerate=True, **options))


def _context(connection: Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
