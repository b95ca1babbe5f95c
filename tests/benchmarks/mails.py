"""Digests of ten opportunities, due at once, rendered and sent to a relay on loopback with every promise kept.

    python -m tests.benchmarks.mails [--mails 3000] [--connections 4] [--database sqlite] [--dkim] [--profile]

The ceiling is the same mails rendered and sent by the same code with no database, in the same run.
"""

import argparse
import asyncio
import contextlib
import cProfile
import pstats
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psutil
from prometheus_client import CollectorRegistry
from sqlalchemy import func, insert, select

from services.notifier.app import build
from services.notifier.domain.news import News
from services.notifier.domain.tokens import address_key
from services.notifier.mail.smtp import Relay, SmtpSession
from services.notifier.sender import Sender
from services.notifier.settings import NotifierSettings
from services.notifier.store.planning import message_row
from services.notifier.store.records import Due
from services.notifier.tables import (
    alerts,
    messages,
    messages_of_bus,
    metadata,
    opportunities,
    pairs,
    people,
    profiles,
    subscriptions,
)
from shared.clock import system_clock
from shared.database import Database
from shared.events import OpportunityState
from shared.outbox import Outbox
from shared.service import Context, Parts
from shared.settings import CommonSettings
from tests.benchmarks.machine import commits_per_second, description, tell
from tests.servers import fresh_postgresql_database, start_postgresql

SECRET = b"a secret of benchmarks, thirty-two bytes or more"
OPPORTUNITIES, EACH, CHUNK = 200, 10, 500
WORDS = [
    "fromage",
    "lait",
    "élevage",
    "affinage",
    "coopérative",
    "transition",
    "énergie",
    "forêt",
    "littoral",
    "pêche",
    "numérique",
    "formation",
    "jeunesse",
    "culture",
    "patrimoine",
    "mobilité",
    "eau",
    "déchets",
    "santé",
    "tourisme",
    "artisanat",
    "logement",
    "recherche",
    "innovation",
    "emploi",
]


@contextmanager
def relay() -> Iterator[int]:
    """A sink in its own process; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.sink", str(port)])
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def came(port: int) -> tuple[int, int, int]:
    """How many mails came, how many of them twice, and their bytes."""
    with socket.create_connection(("127.0.0.1", port)) as asking:
        asking.recv(100)
        asking.sendall(b"XCOUNT\r\n")
        mails, copies, size = (int(word) for word in asking.recv(200).split()[1:4])
        return mails, copies, size


def context_of(database_url: str, port: int, folder: Path, *, connections: int, dkim: Path | None) -> Context:
    """A notifier as in production: limits of domains, connections, its own name."""
    common = CommonSettings.model_validate(
        {
            "environment": "production",
            "base_url": "https://passerelle.example",
            "secret_file": folder / "secret",
            "database_url": database_url,
            "nats_url": "nats://user:password@127.0.0.1:1",
            "smtp_url": f"smtp://127.0.0.1:{port}",
        }
    )
    settings = NotifierSettings(
        mail_owner="bench",
        mail_connections=connections,
        dkim_key_file=dkim,
        dkim_selector="bench" if dkim else None,
    )
    database = Database(database_url, service="notifier")
    return Context(
        service="notifier",
        common=common,
        settings=settings,
        database=database,
        outbox=Outbox(database, messages_of_bus, system_clock),
        bus=cast(Any, SimpleNamespace()),
        clock=system_clock,
        secret=SECRET,
        metrics=CollectorRegistry(),
        relay_url=f"smtp://127.0.0.1:{port}",
    )


def opportunity(number: int, chance: random.Random) -> dict[str, object]:
    deadline = datetime.now(UTC).replace(microsecond=0) + timedelta(days=10 + number)
    state = OpportunityState(
        id=f"bench-{number}",
        version=1,
        kind="call",
        source="bench",
        title=" ".join(chance.choices(WORDS, k=12)).capitalize(),
        language="fr" if number % 3 else "en",
        programme="Horizon Europe",
        status="open",
        deadline=deadline,
        budget_min=100_000 + 1_000 * number,
        budget_max=2_000_000 + 1_000 * number,
        audience=("business", "association"),
    )
    return {
        "id": state.id,
        "version": 1,
        "is_open": True,
        "state": state.model_dump(mode="json"),
        "deadlines": [deadline.isoformat()],
        "changes": [],
        "news_version": 1,
        "heard_at": datetime.now(UTC),
    }


async def fill(database: Database, mails: int) -> None:
    """`mails` people with one organisation each, and a digest of ten alerts that waits for each."""
    chance = random.Random(5)  # noqa: S311 — texts, not secrets
    now = datetime.now(UTC)
    tables: dict[Any, list[dict[str, object]]] = {
        opportunities: [opportunity(number, chance) for number in range(OPPORTUNITIES)],
        profiles: [], people: [], subscriptions: [], pairs: [], messages: [], alerts: [],
    }  # fmt: skip
    for number in range(mails):
        for table, rows in rows_of(number, chance, now):
            tables[table] += rows
    async with database.writing() as connection:
        for table, rows in tables.items():
            for start in range(0, len(rows), CHUNK):
                await connection.execute(insert(table), rows[start : start + CHUNK])


def rows_of(number: int, chance: random.Random, now: datetime) -> list[tuple[Any, list[dict[str, object]]]]:
    address = f"contact-{number}@commune-{number % 1500}.example"
    person, organisation, message = f"person-{number}", f"org-{number}", f"message-{number:08d}"
    told = chance.sample(range(OPPORTUNITIES), EACH)
    name = " ".join(chance.choices(WORDS, k=3)).title()
    terms = [
        {"profile_word": chance.choice(WORDS), "opportunity_word": chance.choice(WORDS), "share": 0.3} for _ in range(5)
    ]
    return [
        (profiles, [{"id": organisation, "version": 1, "kind": "business", "name": name, "is_removed": False}]),
        (
            people,
            [
                {
                    "id": person,
                    "address": address,
                    "address_key": address_key(SECRET, address),
                    "language": "fr",
                    "timezone": "Europe/Paris",
                    "is_staff": False,
                    "created_at": now,
                }
            ],
        ),
        (
            subscriptions,
            [
                {
                    "id": f"sub-{number}",
                    "person_id": person,
                    "organisation_id": organisation,
                    "organisation_name": name,
                    "cadence": "daily",
                    "language": "fr",
                    "status": "active",
                    "created_at": now,
                    "confirmed_at": now,
                    "is_sample": False,
                }
            ],
        ),
        (messages, [message_row(message, kind="digest", person_id=person, language="fr", now=now, rest_count=3)]),
        (
            pairs,
            [
                {
                    "opportunity_id": f"bench-{each}",
                    "profile_id": organisation,
                    "version": 1,
                    "opportunity_version": 1,
                    "profile_version": 1,
                    "model_version": 1,
                    "rules_version": 1,
                    "score": 0.5 + each / 1000,
                    "matched": True,
                    "matched_since": now,
                    "terms": terms,
                    "passage": " ".join(chance.choices(WORDS, k=30)),
                }
                for each in told
            ],
        ),
        (
            alerts,
            [
                {
                    "id": f"alert-{number}-{each}",
                    "person_id": person,
                    "subscription_id": f"sub-{number}",
                    "opportunity_id": f"bench-{each}",
                    "opportunity_version": 1,
                    "kind": "new",
                    "score": 0.5 + each / 1000,
                    "status": "planned",
                    "planned_at": now,
                    "message_id": message,
                }
                for each in told
            ],
        ),
    ]


def sender_in(parts: Parts) -> Sender:
    found = [cast(Any, worker).__self__ for worker in parts.workers]
    return next(each for each in found if isinstance(each, Sender) and each.lane == "alert")


@dataclass
class Ceiling:
    """The same mails with all that is to be written in memory, handed to a relay by the same code."""

    sender: Sender
    sessions: Sequence[SmtpSession]
    due: Sequence[Due]
    news: dict[str, News]

    @classmethod
    async def of(cls, sender: Sender, port: int, mails: int) -> "Ceiling":
        due = await sender.queue.due("alert", sender.holder, limit=mails)
        news: dict[str, News] = {}
        for start in range(0, len(due), 100):
            news |= await sender.preparing.writer.letters.news_of(due[start : start + 100])
        relay = Relay.parse(f"smtp://127.0.0.1:{port}")
        sessions = [SmtpSession(relay, hostname="passerelle.example") for _ in sender.sessions]
        return cls(sender, sessions, due, news)

    async def rate(self) -> float:
        """Mails a second."""
        waiting = iter(self.due)
        began = time.perf_counter()
        await asyncio.gather(*(self._work(session, waiting) for session in self.sessions))
        return len(self.due) / (time.perf_counter() - began)

    async def _work(self, session: SmtpSession, waiting: Iterator[Due]) -> None:
        for each in waiting:
            draft = await self.sender.preparing.writer.written(each, self.news.get(each.id))
            assert draft is not None
            await self.sender.hand_over(each, draft.content, session)
            await self.sender.final_dot(session)


async def with_database(sender: Sender, database: Database, mails: int) -> tuple[float, Sequence[float]]:
    """Mails a second by the sender's own loop, and its memory in MB on the way."""
    process, memory = psutil.Process(), []
    began = time.perf_counter()
    task = asyncio.create_task(sender.run())
    sent = 0
    while sent < mails:
        await asyncio.sleep(0.5)
        async with database.reading() as connection:
            query = select(func.count()).select_from(messages).where(messages.c.state == "sent")
            sent = int((await connection.execute(query)).scalar_one())
        memory.append(process.memory_info().rss / 1e6)
        if task.done():
            task.result()
    rate = mails / (time.perf_counter() - began)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return rate, memory


async def assert_kept(database: Database, mails: int) -> None:
    """Every mail and every alert is marked sent, and each is told of."""
    async with database.reading() as connection:
        for table, column, expected in ((messages, messages.c.state, mails), (alerts, alerts.c.status, mails * EACH)):
            query = select(func.count()).select_from(table).where(column == "sent")
            assert (await connection.execute(query)).scalar_one() == expected
        told = select(func.count()).select_from(messages_of_bus.outbox)
        assert (await connection.execute(told)).scalar_one() == mails


async def measure(given: argparse.Namespace, database_url: str, ports: tuple[int, int], folder: Path) -> None:
    key = dkim_key(folder) if given.dkim else None
    context = context_of(database_url, ports[0], folder, connections=given.connections, dkim=key)
    await context.database.create_schema()
    async with context.database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await fill(context.database, given.mails)
    if not context.database.is_sqlite:
        async with context.database.writing() as connection:
            await connection.exec_driver_sql("ANALYZE")  # as autovacuum does within a minute
    parts = build(context)
    assert parts.opened is not None
    await parts.opened()
    sender = sender_in(parts)
    commits = commits_per_second()
    ceiling = await Ceiling.of(sender, ports[1], min(given.mails, 1000))
    ceilings = [await ceiling.rate()]
    profile = cProfile.Profile() if given.profile else None
    if profile:
        profile.enable()
    rate, memory = await with_database(sender, context.database, given.mails)
    if profile:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    ceilings.append(await ceiling.rate())
    mails, copies, size = came(ports[0])
    assert (mails, copies) == (given.mails, 0)
    await assert_kept(context.database, given.mails)
    await context.database.close()
    mean = sum(ceilings) / 2
    tell(
        f"{given.mails} digests of {EACH} opportunities, sent with every promise kept",
        machine=description(),
        commits_per_second=f"{commits:.0f} (SQLite, synchronous=FULL)",
        database=given.database,
        connections=given.connections,
        dkim="by us" if given.dkim else "none",
        bytes_a_mail=size // mails,
        mails_a_second=round(rate, 1),
        ceiling=f"{mean:.1f} mails a second without a database ({ceilings[0]:.1f} before, {ceilings[1]:.1f} after)",
        of_the_ceiling=round(rate / mean, 2),
        of_the_commits=round(rate / commits, 3),
        memory_mb=f"{memory[0]:.0f} at first, {memory[len(memory) // 2]:.0f} half-way, {memory[-1]:.0f} at the end",
    )


def dkim_key(folder: Path) -> Path:
    path = folder / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(path), "2048"], check=True, capture_output=True)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=3000)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--dkim", action="store_true", help="sign each mail")
    parser.add_argument("--profile", action="store_true", help="say where the time went")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="passerelle-")))
        ports = stack.enter_context(relay()), stack.enter_context(relay())
        database_url = f"sqlite+aiosqlite:///{folder}/{{service}}.sqlite"
        if given.database == "postgresql":
            (folder / "pg").mkdir()
            server = stack.enter_context(start_postgresql(folder / "pg"))
            database_url = stack.enter_context(fresh_postgresql_database(server))
        asyncio.run(measure(given, database_url, ports, folder))


if __name__ == "__main__":
    main()
