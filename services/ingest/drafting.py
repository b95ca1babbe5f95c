"""Readings of websites, a few at a time, asked for by people who fill in a form."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field

from services.ingest.domain.web_pages import site_of
from services.ingest.draft_store import KEPT, Busy, Claim, DraftStore
from services.ingest.sources.bounded import SourceFailed
from services.ingest.sources.guarded import NotPublic, read_url
from services.ingest.websites import NothingSaid, NotWelcome, Websites, addresses
from shared.clock import Clock
from shared.events import Tick
from shared.requests import AskDraft, Draft, DraftStarted, StartDraft

log = logging.getLogger(__name__)

AT_ONCE = 3
LOOK_AGAIN_S = 20.0


@dataclass(frozen=True)
class Drafting:
    """Answers what is asked of drafts, and does the reading beside."""

    store: DraftStore
    websites: Websites
    clock: Clock
    wanted: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self, command: StartDraft) -> DraftStarted:
        typed = command.url.strip()
        try:
            url = read_url(addresses(typed)[0], ports=self.websites.ports)
        except NotPublic:
            return DraftStarted(refused="address")
        try:
            draft_id = await self.store.start(typed, site_of(url.raw_host.decode("ascii")), self.clock())
        except Busy:
            return DraftStarted(refused="busy")
        self.wanted.set()
        return DraftStarted(id=draft_id)

    async def draft(self, question: AskDraft) -> Draft:
        return await self.store.one(question.id) or Draft(refused="unknown")

    async def carry_out(self) -> None:
        """Read what is asked for, for ever."""
        async with asyncio.TaskGroup() as readers:
            for _ in range(AT_ONCE):
                readers.create_task(self._read_for_ever())

    async def _read_for_ever(self) -> None:
        while True:
            self.wanted.clear()
            while await self.read_one():
                pass
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self.wanted.wait()

    async def read_one(self) -> bool:
        """Do the oldest reading that waits; False when none does."""
        claim = await self.store.claim(self.clock())
        if claim is None:
            return False
        await self._read(claim)
        return True

    async def _read(self, claim: Claim) -> None:
        async def on_page(pages: int) -> None:
            await self.store.read_so_far(claim.id, pages, self.clock())

        try:
            draft = await self.websites.draft(claim.url, on_page)
        except SourceFailed as error:
            log.info("a website was not read", extra={"problem": str(error)})
            await self.store.failed(claim.id, problem_of(error), self.clock())
        except Exception:
            # A stranger's page must not end the readings of others.
            log.exception("the reading of a website failed")
            await self.store.failed(claim.id, "unreachable", self.clock())
        else:
            await self.store.ready(claim.id, draft, self.clock())

    async def forget(self, tick: Tick) -> None:
        forgotten = await self.store.forget(tick.due_at - KEPT)
        log.info("forgot drafts from websites", extra={"drafts": forgotten})


def problem_of(error: SourceFailed) -> str:
    """The code of a failure. A name that leads inside is told as any that does not answer: it is nobody's business."""
    if isinstance(error, NotWelcome):
        return "unwelcome"
    return "empty" if isinstance(error, NothingSaid) else "unreachable"
