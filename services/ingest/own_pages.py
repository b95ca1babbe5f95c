"""Whether an opportunity's own page says that it is gone; its address comes from outside, so it is guarded."""

from dataclasses import dataclass, field

import httpx

from services.ingest.sources.bounded import Ask, BoundedClient, Limits, NotThere, SourceFailed
from services.ingest.sources.guarded import GuardedNetwork, GuardedTransport, read_url
from services.ingest.sources.manners import Manners
from shared.clock import Clock

LIMITS = Limits(request_s=15.0, tries=2, body_bytes=2_000_000)


@dataclass(frozen=True)
class OwnPages:
    """Asks pages of the web. `network` is a test's own."""

    clock: Clock
    contact: str = ""
    network: GuardedNetwork | None = None
    manners: Manners = field(default_factory=lambda: Manners(per_s=1.0))

    async def is_gone(self, url: str) -> bool:
        """True only when the page answers 404 or 410; a site that is away or refuses says nothing."""
        transport = GuardedTransport(self.network)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
            client = BoundedClient(http, self.clock, LIMITS, contact=self.contact, manners=self.manners)
            try:
                read_url(url, ports=transport.network.ports)
                await client.ask(Ask(url, kinds=(), follow=True))
            except NotThere:
                return True
            except SourceFailed:
                return False
        return False
