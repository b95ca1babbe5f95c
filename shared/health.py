"""What a process answers about itself and its neighbours: /health/live, /health and /metrics."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from shared.bus import BROKER_ERRORS
from shared.events import SERVICES
from shared.outbox import OutboxCounts
from shared.service import Context

SILENT_AFTER_S = 15
ALARMING_FULLNESS = 0.8
HEARTBEATS = "heartbeat"


class Heartbeat(BaseModel):
    """What a service says of itself every few seconds."""

    service: str
    status: Literal["ok", "starting", "broken", "stopping"]
    broker: bool
    database: bool
    untold: int = 0
    waiting: int = 0
    dead_letters: int = 0
    fullness: float = 0


async def examine(context: Context, *, is_ready: bool) -> Heartbeat:
    """How a service is: whether broker and database answer now, and what waits."""
    broker = await context.bus.ping()
    waiting, fullness = 0, 0.0
    if broker:
        with contextlib.suppress(*BROKER_ERRORS):
            waiting = sum((await context.bus.waiting()).values())
            fullness = await context.bus.fullness()
    try:
        counts, database = await context.outbox.counts(), True
    except (SQLAlchemyError, OSError):
        counts, database = OutboxCounts(untold=0, dead_letters=0), False
    return Heartbeat(
        service=context.service,
        status="ok" if broker and database and is_ready else "broken",
        broker=broker,
        database=database,
        untold=counts.untold,
        waiting=waiting,
        dead_letters=counts.dead_letters,
        fullness=fullness,
    )


class Pulse:
    """The last heartbeat of each service, heard in this process or over the broker."""

    def __init__(self, own: tuple[str, ...]) -> None:
        self.own = own
        self._heard: dict[str, tuple[float, Heartbeat]] = {}

    def hear(self, heartbeat: Heartbeat) -> None:
        self._heard[heartbeat.service] = (time.monotonic(), heartbeat)

    async def overhear(self, payload: bytes) -> None:
        """Take a heartbeat said on the broker; what is none of ours is left aside."""
        try:
            heartbeat = Heartbeat.model_validate_json(payload)
        except ValueError:
            return
        if heartbeat.service not in self.own:
            self.hear(heartbeat)

    def by_service(self) -> dict[str, dict[str, object]]:
        """Each service's latest word; `silent` for one not heard for a while."""
        return {name: self._word_of(name) for name in SERVICES}

    def _word_of(self, service: str) -> dict[str, object]:
        at, heartbeat = self._heard.get(service, (float("-inf"), None))
        if heartbeat is None or time.monotonic() - at > SILENT_AFTER_S:
            return {"status": "silent"}
        return heartbeat.model_dump(exclude={"service"})

    def own_beats(self) -> list[Heartbeat]:
        """The latest word of each service of this process."""
        return [self._heard[name][1] for name in self.own if name in self._heard]

    def is_ready(self) -> bool:
        """Whether the services of this process work; neighbours are told of, but do not decide."""
        return all(self._word_of(name)["status"] == "ok" for name in self.own)


class PulseCollector(Collector):
    """The latest heartbeats as figures, for /metrics."""

    FIGURES = (
        ("untold", "passerelle_facts_untold", "Facts in the outbox that the stream has not acknowledged."),
        ("waiting", "passerelle_facts_waiting", "Facts in the stream that the service has not acknowledged."),
        ("dead_letters", "passerelle_dead_letters", "Facts set aside and not replayed."),
        ("fullness", "passerelle_stream_fullness", "How full the stream is, 0 to 1."),
    )

    def __init__(self, pulse: Pulse) -> None:
        self.pulse = pulse

    def collect(self) -> Iterator[GaugeMetricFamily]:
        beats = self.pulse.own_beats()
        for field, name, meaning in self.FIGURES:
            family = GaugeMetricFamily(name, meaning, labels=["service"])
            for beat in beats:
                family.add_metric([beat.service], getattr(beat, field))
            yield family


def with_health(pulse: Pulse, metrics: CollectorRegistry, web: ASGIApp | None) -> Starlette:
    """The application of a process: health in front, the service's pages, if any, behind."""

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        services = pulse.by_service()
        words = {str(word["status"]) for word in services.values()}
        status = "broken" if not pulse.is_ready() else "ok" if words == {"ok"} else "degraded"
        body = json.dumps({"status": status, "services": services})
        return Response(body, status_code=200 if pulse.is_ready() else 503, media_type="application/json")

    async def measure(_request: Request) -> Response:
        return Response(generate_latest(metrics), headers={"Content-Type": CONTENT_TYPE_LATEST})

    routes: list[Route | Mount] = [
        Route("/health/live", live),
        Route("/health", ready),
        Route("/metrics", measure),
    ]
    if web is not None:
        routes.append(Mount("/", app=web))
    return Starlette(routes=routes)
