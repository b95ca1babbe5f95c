"""A notifier in a test: its parts wired to a fresh database, a relay that notes, a clock to turn."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client import CollectorRegistry
from sqlalchemy import Table, select

from services.notifier.app import build
from services.notifier.desk import Desk
from services.notifier.sender import Sender
from services.notifier.settings import NotifierSettings
from services.notifier.tables import messages, messages_of_bus, metadata
from shared.clock import Clock
from shared.database import Database
from shared.events import (
    MatchesChanged,
    OpportunityClosed,
    OpportunityPublished,
    OpportunityState,
    Pair,
    ProfileDescribed,
    ProfileState,
    Term,
    Tick,
)
from shared.outbox import Outbox
from shared.requests import Confirm, Confirmed, Reply, Request, Subscribe
from shared.service import Context, Parts
from shared.settings import CommonSettings
from tests.adapters.notifier.sink import Sink

SECRET = b"a secret of tests, thirty-two bytes or more"
PUBLIC = "http://localhost:8000"
Handler = Callable[[Any], Awaitable[Any]]


@dataclass
class World:
    """What a test speaks to."""

    context: Context
    parts: Parts
    sink: Sink
    clock: Any

    @property
    def database(self) -> Database:
        return self.context.database

    def sender(self, lane: str = "alert") -> Sender:
        """The sender behind a lane's worker."""
        found = [cast(Any, worker).__self__ for worker in self.parts.workers]
        return next(sender for sender in found if sender.lane == lane)

    @property
    def desk(self) -> Desk:
        handler = next(iter(self.parts.handlers.values()))
        return cast(Desk, cast(Any, handler).__self__.desk)

    async def hear(self, *facts: Any) -> None:
        for fact in facts:
            await self.parts.handlers[type(fact)](fact)

    async def ask(self, request: Request) -> Any:
        return await self.parts.requests[type(request)](request)

    async def tick(self, job: str) -> None:
        found = next(each for each in self.parts.jobs if each.name == job)
        await found.run(Tick.of(service="notifier", job=job, due_at=self.clock()))

    async def send_all(self, *lanes: str) -> None:
        """Send until nothing is due."""
        for lane in lanes or ("login", "alert"):
            while await self.sender(lane).send_next():
                pass

    async def rows(self, table: Table, *columns: str) -> list[Any]:
        wanted = [table.c[name] for name in columns] or list(table.c)
        async with self.database.reading() as connection:
            return list((await connection.execute(select(*wanted))).all())

    async def subscribe(
        self, email: str = "contact@laiterie.example", organisation: str = "org-1", **changes: Any
    ) -> Reply:
        values = {
            "email": email,
            "organisation_id": organisation,
            "organisation_name": "Laiterie des Marches",
            "cadence": "immediate",
            "language": "fr",
            "consent_text_version": "2026-11",
            "browser": "b" * 64,
        }
        return cast(Reply, await self.ask(Subscribe(**(values | changes))))

    async def confirm_latest(self) -> Confirmed:
        return cast(Confirmed, await self.ask(Confirm(token=self.token_in_latest(), browser="b" * 64)))

    def token_in_latest(self) -> str:
        found = re.search(r"token=([\w.-]+)", self.sink.taken[-1].text)
        assert found is not None
        return found[1]

    async def recipient(
        self, email: str = "contact@laiterie.example", organisation: str = "org-1", **changes: Any
    ) -> str:
        """Somebody who confirmed; their person id."""
        await self.subscribe(email, organisation, **changes)
        await self.send_all("login")
        answer = await self.confirm_latest()
        assert answer.person_id is not None
        return answer.person_id


async def make_world(
    database_url: str,
    sink: Sink,
    clock: Clock,
    *,
    owner: str = "one",
    smtp_url: str | None = None,
    allow: str = "",
    **settings: Any,
) -> World:
    """Wire a notifier; call `make_tables` first on a fresh database."""
    database = Database(database_url, service="notifier")
    common = CommonSettings(smtp_url=cast(Any, smtp_url), mail_allow=allow, base_url=PUBLIC)
    context = Context(
        service="notifier",
        common=common,
        settings=NotifierSettings(mail_owner=owner, **settings),
        database=database,
        outbox=Outbox(database, messages_of_bus, clock),
        bus=cast(Any, SimpleNamespace()),
        clock=clock,
        secret=SECRET,
        metrics=CollectorRegistry(),
        relay_url=smtp_url or sink.url,
    )
    parts = build(context)
    return World(context, parts, sink, clock)


async def make_tables(world: World) -> None:
    await world.database.create_schema()
    async with world.database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)


def opportunity(now: datetime, number: int = 1, version: int = 1, **changes: Any) -> OpportunityState:
    values: dict[str, Any] = {
        "id": f"eu-call-{number}",
        "version": version,
        "kind": "call",
        "source": "eu-portal",
        "title": f"Cheese and short supply chains {number}",
        "status": "open",
        "deadline": now + timedelta(days=50),
        "budget_min": 200_000,
        "budget_max": 500_000,
        "programme": "Horizon Europe",
    }
    return OpportunityState(**(values | changes))


def published(now: datetime, *states: OpportunityState) -> list[OpportunityPublished]:
    return [OpportunityPublished(happened_at=now, opportunity=state) for state in states]


def described(now: datetime, *ids: str, version: int = 1, name: str = "Laiterie des Marches") -> list[ProfileDescribed]:
    return [
        ProfileDescribed(
            happened_at=now, profile=ProfileState(id=each, version=version, kind="business", name=name, text="fromage")
        )
        for each in ids
    ]


def pair(state: OpportunityState, profile: str = "org-1", version: int = 1, **changes: Any) -> Pair:
    values: dict[str, Any] = {
        "opportunity_id": state.id,
        "opportunity_version": state.version,
        "profile_id": profile,
        "profile_version": 1,
        "version": version,
        "score": 0.8,
        "matched": True,
        "terms": (Term(profile_word="fromage", opportunity_word="cheese", share=0.6),),
        "passage": "Producers of cheese shorten their chains.",
    }
    return Pair(**(values | changes))


def matched(now: datetime, pairs: Sequence[Pair], cause: Any = "opportunity") -> MatchesChanged:
    return MatchesChanged(happened_at=now, cause=cause, model_version=1, rules_version=1, pairs=tuple(pairs))


def closed(now: datetime, state: OpportunityState, version: int | None = None) -> OpportunityClosed:
    return OpportunityClosed(
        happened_at=now, opportunity_id=state.id, version=version or state.version + 1, reason="closed_by_source"
    )


async def queue_alert(world: World, number: int = 1) -> None:
    """An alert that waits to be sent."""
    state = opportunity(world.clock(), number)
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))


async def alert_row(world: World) -> Any:
    return next(row for row in await world.rows(messages) if row.kind == "alert")


async def leave(world: World) -> None:
    for lane in ("login", "alert"):
        await world.sender(lane).close()
    await world.database.close()
