"""From `opportunity.published` to the relay's 250, for immediate recipients.

    python -m tests.benchmarks.latency [--rate 5] [--seconds 40] [--profiles 40] [--postgresql]

Runs the whole product in this process on its embedded broker, with a relay that notes when it said 250. Each
opportunity is for one profile with one immediate recipient; opportunities are told at a steady rate.
"""

import argparse
import asyncio
import contextlib
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.embedded import ALL, embedded_place, settings_from
from shared.events import OpportunityPublished, OpportunityState, ProfileDescribed, ProfileState
from shared.requests import Confirm, Subscribe
from shared.runtime import running
from shared.service import Context
from tests.benchmarks.machine import commits_per_second, description, percentiles, tell
from tests.servers import free_port, fresh_postgresql_database, start_postgresql

OPPORTUNITY = re.compile(r"/opportunities/([\w-]+)")
TRADES = (
    "oyster farming",
    "wood heating boilers",
    "dinghy sailing lessons",
    "cheese ripening cellars",
    "network intrusion detection",
    "seaweed drying",
    "granite carving",
    "beekeeping and honey",
    "boat hull repair",
    "soil erosion control",
    "bus electrification",
    "museum digitisation",
    "hearing aids",
    "tidal turbines",
    "flax spinning",
    "cider brewing",
    "prison reintegration",
    "sign language teaching",
    "bicycle manufacturing",
    "satellite imagery",
    "wastewater sludge",
    "hydrogen valves",
    "horse breeding",
    "bakery ovens",
    "asylum seekers reception",
    "circus arts",
    "coastal flood warnings",
    "insect proteins",
    "paper recycling",
    "robotic welding",
    "veterinary vaccines",
    "drone inspection",
    "school canteens",
    "choir singing",
    "glass blowing",
    "salt marshes",
    "rail freight",
    "dementia care",
    "video games",
    "peat substitutes",
)


class Relay:
    """Says 250 at once, and notes when and to whom about what."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}
        self.mails: list[tuple[str, bytes]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.mails.append((envelope.rcpt_tos[0], bytes(envelope.content or b"")))
        text = bytes(envelope.content or b"").replace(b"=\r\n", b"").decode("utf-8", "replace")
        for opportunity in OPPORTUNITY.findall(text):
            self.accepted.setdefault(opportunity, time.time())
        return "250 2.0.0 taken"


@contextmanager
def relay() -> Iterator[tuple[Relay, str]]:
    noted = Relay()
    controller = Controller(noted, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield noted, f"smtp://127.0.0.1:{controller.port}"
    finally:
        controller.stop()


def profile(number: int) -> ProfileState:
    """An organisation of one trade."""
    trade, name = TRADES[number % len(TRADES)], f"Bench {number}"
    text = f"Our trade is {trade}: all of {trade}, only {trade}."
    return ProfileState(id=f"bench-{number}", version=1, kind="business", name=name, text=text, language="en")


def opportunity(number: int, profiles: int) -> OpportunityState:
    """An opportunity for the trade of one profile."""
    trade = TRADES[number % profiles]
    text = f"{trade}: this is about {trade}, and about {trade} only."
    return OpportunityState(
        id=f"bench-call-{number}",
        version=1,
        kind="call",
        source="bench",
        title=f"{trade}, {number}",
        text=text,
        language="en",
        status="open",
        deadline=datetime.now(UTC) + timedelta(days=60),
    )


async def subscribe(contexts: Mapping[str, Context], noted: Relay, profiles: int) -> None:
    """Profiles with one confirmed, immediate recipient each."""
    for number in range(profiles):
        state = profile(number)
        ingest = contexts["ingest"]
        async with ingest.database.writing() as connection:
            await ingest.outbox.tell(connection, ProfileDescribed(happened_at=datetime.now(UTC), profile=state))
        await contexts["portal"].bus.ask(
            Subscribe(
                email=f"bench{number}@bench.example",
                organisation_id=state.id,
                organisation_name=state.name,
                cadence="immediate",
                language="en",
                consent_text_version="1",
                browser="b" * 64,
            )
        )
    while len({to for to, _ in noted.mails}) < profiles:
        await asyncio.sleep(0.1)
    for _, content in list(noted.mails):
        text = content.replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
        token = re.search(r"token=([\w.-]+)", text)
        assert token is not None
        reply = await contexts["portal"].bus.ask(Confirm(token=token[1], browser="b" * 64))
        assert reply.refused is None, reply


@asynccontextmanager
async def product(home: Path, relay_url: str, database_url: str | None):  # type: ignore[no-untyped-def]
    environ = {
        "HOME": str(home),
        "PORT": str(free_port()),
        "SOURCES": "none",
        "SMTP_URL": relay_url,
        "MAIL_ALLOW": "@bench.example",
    }
    if database_url:
        environ["DATABASE_URL"] = database_url
    settings = settings_from({f"PASSERELLE_{name}": value for name, value in environ.items()})
    async with embedded_place(settings) as place, running(ALL, place) as at_work:
        yield {one.service.name: one.context for one in at_work}


async def measure(rate: float, seconds: float, *, profiles: int, database_url: str | None) -> None:
    with tempfile.TemporaryDirectory() as home, relay() as (noted, relay_url):
        async with product(Path(home), relay_url, database_url) as contexts:
            await subscribe(contexts, noted, profiles)
            await asyncio.sleep(5)
            told: dict[str, float] = {}
            began = time.monotonic()
            for number in range(int(rate * seconds)):
                await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
                state = opportunity(number, profiles)
                ingest = contexts["ingest"]
                told[state.id] = time.time()
                async with ingest.database.writing() as connection:
                    await ingest.outbox.tell(
                        connection, OpportunityPublished(happened_at=datetime.now(UTC), opportunity=state)
                    )
            until = time.monotonic() + 30
            while not told.keys() <= noted.accepted.keys() and time.monotonic() < until:
                await asyncio.sleep(0.1)
            waits = [noted.accepted[name] - at for name, at in told.items() if name in noted.accepted]
    tell(
        "From opportunity.published to the relay's 250",
        machine=description(),
        commits_per_second=f"{commits_per_second():.0f} (SQLite, synchronous=FULL)",
        database="PostgreSQL" if database_url else "SQLite",
        told=f"{len(told)} opportunities at {rate}/s, {profiles} profiles",
        mailed=len(waits),
        seconds={name: round(value, 3) for name, value in percentiles(waits).items()},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=5)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--profiles", type=int, default=40)
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        database_url = None
        if given.postgresql:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="passerelle-"))
            server = stack.enter_context(start_postgresql(Path(folder)))
            database_url = stack.enter_context(fresh_postgresql_database(server))
        asyncio.run(measure(given.rate, given.seconds, profiles=given.profiles, database_url=database_url))


if __name__ == "__main__":
    main()
