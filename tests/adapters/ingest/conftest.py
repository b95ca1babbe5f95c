"""A store on either database, and an EU portal to read: the stand-in beside the recordings."""

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from services.ingest.harvest import Harvester
from services.ingest.harvest_store import HarvestStore
from services.ingest.profile_store import ProfileStore
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import Limits
from services.ingest.store import Store
from services.ingest.tables import messages, metadata
from shared.database import Database
from shared.outbox import Outbox
from shared.settings import CommonSettings

QUICK = Limits(request_s=5, tries=3, first_wait_s=0.01, longest_wait_s=0.05)


@dataclass
class Ingest:
    """The parts of ingest on one fresh database, and what it has told."""

    database: Database
    outbox: Outbox
    clock: Any

    @property
    def store(self) -> Store:
        return Store(self.database, self.outbox)

    @property
    def harvests(self) -> HarvestStore:
        return HarvestStore(self.database)

    @property
    def profiles(self) -> ProfileStore:
        return ProfileStore(self.database, self.outbox)

    @property
    def context(self) -> Any:
        return SimpleNamespace(
            database=self.database,
            outbox=self.outbox,
            clock=self.clock,
            settings=IngestSettings(),
            service="ingest",
            common=CommonSettings(),
        )

    def harvester(
        self, *, url: str = "https://portal.example", limits: Limits = QUICK, transport: Any = None
    ) -> Harvester:
        settings = IngestSettings(sedia_url=url)
        return Harvester(self.store, self.harvests, settings, self.clock, limits, transport=transport)

    async def told(self) -> list[dict[str, Any]]:
        """Facts in the outbox, oldest first, each with its subject."""
        table = messages.outbox
        async with self.database.reading() as connection:
            rows = await connection.execute(select(table.c.subject, table.c.payload).order_by(table.c.number))
            return [{"subject": row.subject, **json.loads(row.payload)} for row in rows]

    async def told_by_subject(self) -> dict[str, int]:
        subjects = [fact["subject"] for fact in await self.told()]
        return {subject: subjects.count(subject) for subject in sorted(set(subjects))}


@pytest.fixture
async def ingest(database_url: str, clock: Any) -> AsyncIterator[Ingest]:
    database = Database(database_url, service="ingest")
    await database.create_schema()
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield Ingest(database, Outbox(database, messages, clock), clock)
    await database.close()


@dataclass(frozen=True)
class StandIn:
    """The stand-in of the EU portal, running."""

    url: str

    def set_faults(self, *faults: str) -> None:
        request = urllib.request.Request(f"{self.url}/faults?set={','.join(faults)}", method="POST", data=b"")  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            assert answer.status == 200

    async def faults(self, *faults: str) -> None:
        await asyncio.to_thread(self.set_faults, *faults)


@contextmanager
def running_stand_in(recordings: Path) -> Iterator[StandIn]:
    tool = recordings.parent / "tools" / "eu_portal.py"
    process = subprocess.Popen([sys.executable, str(tool), "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield StandIn(next(word for word in line.split() if word.startswith("http://")))
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture(scope="module")
def stand_in(recordings: Path) -> Iterator[StandIn]:
    with running_stand_in(recordings) as running:
        yield running
