"""What every page works with: the store, the bus, the clock, the limits, and the way pages are drawn."""

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from services.portal.settings import PortalSettings
from services.portal.store import Store
from shared.bus import Bus
from shared.clock import Clock
from shared.settings import CommonSettings

PER_ADDRESS = parse("20/10 minutes")
PER_MAIL = parse("5/hour")
SECOND_FACTOR = parse("6/10 minutes")
PER_ANSWER = parse("10/hour")


@dataclass
class Limits:
    """How often the public forms may be sent."""

    _limiter: MovingWindowRateLimiter = field(default_factory=lambda: MovingWindowRateLimiter(MemoryStorage()))

    def allow(self, limit: RateLimitItem, *about: str) -> bool:
        return self._limiter.hit(limit, *about)


@dataclass(frozen=True)
class Site:
    """The pages' surroundings."""

    store: Store
    bus: Bus
    clock: Clock
    common: CommonSettings
    settings: PortalSettings
    secret: bytes
    limits: Limits = field(default_factory=Limits)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.common.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_https(self) -> bool:
        return self.common.public_url.startswith("https://")

    def now(self) -> datetime:
        return self.clock()
