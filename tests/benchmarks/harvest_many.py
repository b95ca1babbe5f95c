"""11,000 opportunities from a server on loopback: the first harvest, the same again, and the memory they take.

python -m tests.benchmarks.harvest_many
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
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


class Peak:
    """The largest resident memory of this process while it is watched, in bytes."""

    def __init__(self) -> None:
        self.process = psutil.Process(os.getpid())
        self.idle = self.most = self.process.memory_info().rss
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Peak":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self.process.memory_info().rss)


async def measure(url: str, folder: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{folder}/ingest.sqlite", service="ingest")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    outbox = Outbox(database, messages, system_clock)
    harvester = Harvester(Store(database, outbox), HarvestStore(database), IngestSettings(sedia_url=url), system_clock)
    for name in ("first harvest", "the same again"):
        with Peak() as peak:
            start = time.perf_counter()
            summary = await harvester.harvest(source)
            took = time.perf_counter() - start
        async with database.reading() as connection:
            told = (await connection.execute(select(func.count()).select_from(messages.outbox))).scalar_one()
        print(  # noqa: T201 - a benchmark prints
            f"{name}: {took:.1f} s, {summary.seen} rows, {summary.counts}, {told} facts in the outbox, "
            f"{(peak.most - peak.idle) / 1e6:.0f} MB above idle, complete: {summary.complete}"
        )
    await database.close()


def main() -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.portal_of_many"], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    try:
        url = server.stdout.readline().strip()
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(url, Path(folder)))
    finally:
        server.terminate()
        server.wait(10)


if __name__ == "__main__":
    main()
