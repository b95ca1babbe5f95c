"""Write the next migration of a service from what its tables became: `python scripts/make_migration.py ingest "why"`.

Read what it wrote, and correct it: a rename looks to it like a column lost and another found.
"""

import asyncio
import importlib
import sys
import tempfile

from shared.database import Database
from shared.migrations import History
from shared.service import Service


async def main(name: str, why: str) -> None:
    """Migrate an empty database to the newest state there is, and write what is missing to the tables in code."""
    service: Service = importlib.import_module(f"services.{name}.app").service
    history = History(service.migrations, service.metadata)
    (service.migrations / "versions").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/{{service}}.sqlite", service=name)
        await history.upgrade(database)
        await history.write_next(database, why)
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
