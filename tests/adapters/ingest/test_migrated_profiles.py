"""Profiles stored by the first tables are found by their name after the migration."""

from alembic import command
from sqlalchemy import text

from services.ingest.app import service
from services.ingest.profile_store import ProfileStore
from services.ingest.tables import messages
from shared.clock import system_clock
from shared.database import Database
from shared.events import ProfileState
from shared.migrations import History
from shared.outbox import Outbox

STATE = ProfileState(id="o1", version=1, kind="business", name="Café de l’Étang", text="Du café.", place="Saint-Malo")
STORED = "INSERT INTO profiles (id, version, origin, fingerprint, state, changed_at) VALUES "
AT = "2026-11-02 09:00:00+00:00"
ROWS = f"('o1', 1, 'csv', '', '{STATE.model_dump_json()}', '{AT}'), ('gone', 2, 'csv', '', NULL, '{AT}')"


async def test_profiles_of_the_first_tables_are_searched_after_the_migration(database_url: str) -> None:
    database = Database(database_url, service="ingest")
    history = History(service.migrations, service.metadata)
    try:
        await database.create_schema()
        async with database.writing() as connection:
            await connection.run_sync(lambda sync: command.upgrade(history._config(sync), "0001"))
            await connection.execute(text((STORED + ROWS).replace(":", r"\:")))
        await history.upgrade(database)
        total, found = await ProfileStore(database, Outbox(database, messages, system_clock)).search(
            "etang malo", offset=0, limit=10
        )
        assert (total, [one.id for one in found]) == (1, ["o1"])
    finally:
        await database.close()
