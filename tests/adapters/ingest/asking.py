"""Asking a source once, over real sockets, without patience."""

from datetime import datetime
from typing import Any

import httpx

from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import BoundedClient, Limits
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.manners import Manners
from tests.unit.ingest.rows import NOW

HASTY = Limits(request_s=3, tries=2, first_wait_s=0.001, longest_wait_s=0.01)


async def fetch_once(source: Source, settings: IngestSettings, *, now: datetime = NOW, **known: Any) -> Fetched:
    """What a source gives; `known` goes into the Asking."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return await source.fetch(asking(http, settings, now, **known))


def asking(http: httpx.AsyncClient, settings: IngestSettings, now: datetime = NOW, **known: Any) -> Asking:
    client = BoundedClient(http, lambda: now, HASTY, manners=Manners(per_s=10_000, patience=10_000))
    return Asking(client, settings, now, **known)
