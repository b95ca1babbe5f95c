"""What a process answers about itself and its neighbours: /health/live, /health and /metrics."""

import json
import time
from collections.abc import Mapping
from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from shared.events import SERVICES

SILENT_AFTER_S = 15
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

    def is_ready(self) -> bool:
        """Whether the services of this process work; neighbours are told of, but do not decide."""
        return all(self._word_of(name)["status"] == "ok" for name in self.own)


def with_health(pulse: Pulse, metrics: Mapping[str, CollectorRegistry], web: ASGIApp | None) -> Starlette:
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
        body = b"".join(generate_latest(registry) for registry in dict.fromkeys(metrics.values()))
        return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    routes: list[Route | Mount] = [
        Route("/health/live", live),
        Route("/health", ready),
        Route("/metrics", measure),
    ]
    if web is not None:
        routes.append(Mount("/", app=web))
    return Starlette(routes=routes)
