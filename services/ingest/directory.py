"""The directory of French companies, asked about one number while somebody waits for the page."""

import asyncio
import logging
from dataclasses import dataclass, field

import httpx

from services.ingest.domain.companies import AnswerRefused, Company, read_company
from services.ingest.harvest import NEAR
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import Ask, BoundedClient, Limits, SourceFailed, TryLater
from services.ingest.sources.manners import Manners
from shared.clock import Clock

log = logging.getLogger(__name__)

PATH = "/search"
PER_S = 5.0  # it allows seven a second for an address
PATIENCE_S = 4.0  # a request on the bus waits five
LIMITS = Limits(request_s=3.0, tries=2, first_wait_s=0.3, longest_wait_s=120.0, body_bytes=2_000_000)


@dataclass(frozen=True)
class Directory:
    """One for a process: it keeps the pace, and remembers how long the directory asked to be left alone."""

    settings: IngestSettings
    clock: Clock
    limits: Limits = LIMITS
    manners: Manners = field(default_factory=lambda: Manners(per_s=PER_S))
    transport: httpx.AsyncBaseTransport | None = None
    patience_s: float = PATIENCE_S

    async def company(self, number: str) -> Company | None:
        """The organisation of a SIREN or SIRET; None when there is none. Raises SourceFailed."""
        try:
            async with asyncio.timeout(self.patience_s):
                answer = await self._ask(number)
        except TimeoutError as error:
            raise TryLater("The directory did not answer in time.") from error
        try:
            found = read_company(answer, number)
        except AnswerRefused as error:
            raise SourceFailed(str(error)) from error
        if found is not None and found.unread:
            log.warning("the directory answered in another shape", extra={"fields": sorted(set(found.unread))})
        return found

    async def _ask(self, number: str) -> object:
        near = dict.fromkeys(NEAR, self.transport)
        async with httpx.AsyncClient(transport=self.transport, timeout=self.limits.request_s, mounts=near) as http:
            client = BoundedClient(http, self.clock, self.limits, contact=self.settings.contact, manners=self.manners)
            params = {"q": number, "page": "1", "per_page": "1"}
            return await client.ask_for_json(Ask(f"{self.settings.directory_url}{PATH}", params=params))
