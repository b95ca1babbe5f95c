"""What a service is to the runtime: its name, its tables, its settings, and the parts it is built of."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from sqlalchemy import MetaData

from shared.bus import Bus
from shared.clock import Clock
from shared.database import Database
from shared.events import Fact, Tick
from shared.outbox import MessageTables, Outbox
from shared.requests import Reply, Request
from shared.settings import CommonSettings, Settings

FactHandler = Callable[[Any], Awaitable[None]]
RequestHandler = Callable[[Any], Awaitable[Reply]]
Worker = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Job:
    """Something due by the clock. Give `every`, or `cron` (five fields, UTC).

    However many replicas run a scheduler, one tick is handled once: it arrives through the stream.
    """

    name: str
    run: Callable[[Tick], Awaitable[None]]
    every: timedelta | None = None
    cron: str | None = None


@dataclass(frozen=True)
class Context:
    """What the runtime hands to a service when it builds it.

    `relay_url` is the SMTP relay in force, smtp:// or smtps://, with its credentials.
    """

    service: str
    common: CommonSettings
    settings: Any
    database: Database
    outbox: Outbox
    bus: Bus
    clock: Clock
    secret: bytes
    metrics: CollectorRegistry
    relay_url: str = ""


@dataclass(frozen=True)
class Parts:
    """A built service: what it does with each fact, request and hour, and what runs beside.

    `workers` are coroutines that run until they are cancelled; `web` is an ASGI application, for the portal.
    `opened` and `closing` run before the first message and after the last.
    """

    handlers: Mapping[type[Fact], FactHandler]
    requests: Mapping[type[Request], RequestHandler] = field(default_factory=dict)
    jobs: tuple[Job, ...] = ()
    workers: tuple[Worker, ...] = ()
    opened: Callable[[], Awaitable[None]] | None = None
    closing: Callable[[], Awaitable[None]] | None = None
    web: Any | None = None


@dataclass(frozen=True)
class Service:
    """A service before it runs."""

    name: str
    metadata: MetaData
    messages: MessageTables
    migrations: Path
    settings: type[Settings]
    build: Callable[[Context], Parts]
