"""How long a harvest of the recorded open topics takes, and an unchanged second one.

    PASSERELLE_RECORDINGS=…/data python tests/benchmarks/harvest.py [--database URL] [--home FOLDER]

Prints one line of JSON. The database is a SQLite file in the folder (a new temporary one by default), with the
settings of production: WAL and `synchronous=FULL`.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from services.ingest.harvest import Harvester
from services.ingest.harvest_store import HarvestStore
from services.ingest.settings import IngestSettings
from services.ingest.sources.eu_portal import source
from services.ingest.store import Store
from services.ingest.tables import messages, metadata
from shared.clock import system_clock
from shared.database import Database
from shared.outbox import Outbox


async def measure(url: str, database_url: str) -> dict[str, object]:
    database = Database(database_url, service="ingest")
    await database.create_schema()
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    outbox = Outbox(database, messages, system_clock)
    harvests = HarvestStore(database)
    harvester = Harvester(Store(database, outbox), harvests, IngestSettings(sedia_url=url), system_clock)
    figures: dict[str, object] = {}
    told = 0
    for name in ("first", "second"):
        started = time.perf_counter()
        summary = await harvester.harvest(source)
        figures[f"{name}_s"] = round(time.perf_counter() - started, 2)
        async with database.reading() as connection:
            facts = int(await connection.scalar(select(func.count()).select_from(messages.outbox)) or 0)
        figures[f"{name}_complete"], figures[f"{name}_told"], told = summary.complete, facts - told, facts
    figures["opportunities"] = len(await Store(database, outbox).live_ids())
    figures["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    await database.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", help="SQLAlchemy URL; a SQLite file in a temporary folder when not given")
    parser.add_argument("--home", help="folder of the SQLite file")
    arguments = parser.parse_args()
    named = os.environ.get("PASSERELLE_RECORDINGS")
    if not named:
        raise SystemExit("set PASSERELLE_RECORDINGS to the folder of recorded data")
    tool = Path(named).parent / "tools" / "eu_portal.py"
    command = [sys.executable, str(tool), "--port", "0"]
    with tempfile.TemporaryDirectory(dir=arguments.home) as home:
        portal = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            line = portal.stdout.readline() if portal.stdout else ""
            url = next(word for word in line.split() if word.startswith("http://"))
            database_url = arguments.database or f"sqlite+aiosqlite:///{home}/ingest.sqlite"
            sys.stdout.write(json.dumps(asyncio.run(measure(url, database_url))) + "\n")
        finally:
            portal.terminate()
            portal.wait(10)


if __name__ == "__main__":
    main()
