"""An organisation's own website, read as a polite search engine would: a few pages, robots.txt, one each second."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from protego import Protego

from services.ingest.domain.web_drafts import WebDraft, draft_of
from services.ingest.domain.web_pages import Link, Sort, WebPage, decode, links_of, read_page, site_of
from services.ingest.sources.bounded import (
    Answer,
    Ask,
    BoundedClient,
    Limits,
    NotAllowed,
    NotThere,
    Sleep,
    SourceFailed,
    TryLater,
)
from services.ingest.sources.guarded import PORTS, GuardedNetwork, GuardedTransport, read_url
from services.ingest.sources.manners import Manners
from shared.clock import Clock

log = logging.getLogger(__name__)

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # each page without text is a warning to it

NAME = "Passerelle"
MOST_PAGES = 10
FEW_PAGES = 4  # without a telling link, some near the top are read
LONGEST_S = 60.0
LIMITS = Limits(request_s=15.0, tries=2, first_wait_s=1.0, longest_wait_s=5.0, body_bytes=2_000_000)
HTML = ("text/html", "application/xhtml+xml")
SLOWEST_S = 10.0

OnPage = Callable[[int], Awaitable[None]]


class NotWelcome(SourceFailed):
    """The site's robots.txt asks not to be read, or cannot be known."""


class NothingSaid(SourceFailed):
    """The site was read and holds no text to propose."""


async def _nobody_waits(_pages: int) -> None:
    """Nobody watches the reading."""


@dataclass(frozen=True)
class Websites:
    """Reads websites; `network` is a test's own, and says what may be connected to."""

    clock: Clock
    contact: str = ""
    limits: Limits = LIMITS
    network: GuardedNetwork | None = None
    per_s: float = 1.0
    longest_s: float = LONGEST_S
    sleep: Sleep = asyncio.sleep

    @property
    def ports(self) -> Sequence[int]:
        return self.network.ports if self.network else PORTS

    async def draft(self, typed: str, on_page: OnPage = _nobody_waits) -> WebDraft:
        """A draft in the site's own sentences. Raises SourceFailed; NotPublic for an address that is not read."""
        first, *others = addresses(typed)
        for url in (first, *others):
            read_url(url, ports=self.ports)
        async with self._visit(on_page) as visit:
            try:
                async with asyncio.timeout(self.longest_s):
                    try:
                        await visit.read(first)
                    except TryLater:
                        if not others:
                            raise
                        await visit.read(others[0])
            except TimeoutError as error:
                if not visit.pages:
                    raise TryLater(f"The site was not read within {self.longest_s:.0f} s.") from error
        found = await asyncio.to_thread(draft_of, visit.pages)
        if found is None:
            raise NothingSaid("The site holds no text that could be proposed.")
        log.info("a website was read", extra={"pages": len(visit.pages), "characters": len(found.text)})
        return found

    @asynccontextmanager
    async def _visit(self, on_page: OnPage) -> AsyncIterator["_Visit"]:
        guarded = GuardedTransport(self.network)
        async with httpx.AsyncClient(transport=guarded, trust_env=False, timeout=self.limits.request_s) as http:
            # The pace is kept in `may_ask`, which sees redirects too.
            client = BoundedClient(http, self.clock, self.limits, self.sleep, self.contact, Manners(per_s=1_000.0))
            visit = _Visit(client, on_page, Manners(per_s=self.per_s))
            http.event_hooks = {"request": [visit.may_ask]}
            yield visit


def addresses(typed: str) -> tuple[str, ...]:
    """The URLs to try for what somebody typed as their website: without a scheme, https before http."""
    text = typed.strip()
    if "://" in text:
        return (text,)
    return (f"https://{text}", f"http://{text}")


@dataclass
class _Visit:
    """One reading of one site."""

    client: BoundedClient
    on_page: OnPage
    pace: Manners
    pages: list[WebPage] = field(default_factory=list)
    rules: dict[str, Protego] = field(default_factory=dict)
    is_reading_rules: bool = False

    async def read(self, url: str) -> None:
        """The home page, then what it links to, best first."""
        home, html = await self._page(url, Sort.HOME)
        waiting = {link.url: link for link in links_of(html, home)}
        done = {url.rstrip("/"), home.rstrip("/")}
        while len(self.pages) < MOST_PAGES:
            link = min((one for one in waiting.values() if one.url not in done), key=lambda one: one.rank, default=None)
            if link is None or (link.sort is Sort.OTHER and len(self.pages) >= FEW_PAGES):
                return
            done.add(link.url)
            await self._follow(link, home, waiting)

    async def _follow(self, link: Link, home: str, waiting: dict[str, Link]) -> None:
        """Read one more page; one that cannot be read is left aside."""
        try:
            await self._slow_down(link.url)
            url, html = await self._page(link.url, link.sort, of=home)
        except SourceFailed as error:
            log.info("a page of a website was left aside", extra={"problem": str(error)})
            return
        for one in links_of(html, url):
            waiting.setdefault(one.url, one)

    async def _page(self, url: str, sort: Sort, *, of: str | None = None) -> tuple[str, str]:
        """Address and HTML of a page, kept as read. Raises SourceFailed."""
        answer: Answer = await self.client.ask(Ask(url, kinds=HTML, follow=True))
        if of and site_of(httpx.URL(answer.url).netloc.decode()) != site_of(httpx.URL(of).netloc.decode()):
            raise SourceFailed("The page leads to another site.")
        html = await asyncio.to_thread(decode, answer.body, answer.charset)
        self.pages.append(await asyncio.to_thread(read_page, html, answer.url, sort))
        await self.on_page(len(self.pages))
        return answer.url, html

    async def may_ask(self, request: httpx.Request) -> None:
        """Called before each request, redirects too. Raises NotWelcome when robots.txt says no."""
        if not self.is_reading_rules and not (await self._rules_at(request.url)).can_fetch(str(request.url), NAME):
            raise NotWelcome("The site's robots.txt asks not to be read.")
        await self.pace.turn(request.url.host, self.client.sleep)

    async def _rules_at(self, url: httpx.URL) -> Protego:
        origin = str(url.copy_with(raw_path=b"/robots.txt", fragment=None))
        if origin not in self.rules:
            self.is_reading_rules = True
            try:
                self.rules[origin] = await self._read_rules(origin)
            finally:
                self.is_reading_rules = False
        return self.rules[origin]

    async def _read_rules(self, url: str) -> Protego:
        """What RFC 9309 says: no such page allows everything, a server in trouble nothing."""
        try:
            answer = await self.client.ask(Ask(url, kinds=(), follow=True))
        except (NotThere, NotAllowed):
            return Protego.parse("")
        return Protego.parse(answer.body.decode("utf-8", "replace"))

    async def _slow_down(self, url: str) -> None:
        """What a site asks for beyond our own pace."""
        delay = (await self._rules_at(httpx.URL(url))).crawl_delay(NAME)
        if delay:
            await self.client.sleep(min(float(delay), SLOWEST_S))
