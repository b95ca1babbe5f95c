"""A real browser on a portal served on a real port, with the bus that answers from a table."""

import asyncio
import shutil
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, sync_playwright

from shared.database import Database
from tests.adapters.portal.conftest import furnish
from tests.adapters.portal.fakes import PERSON, Portal, create_tables
from tests.conftest import TurnableClock, missing

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Served:
    """A portal in a thread of its own; `run` does something on its loop."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.loop = asyncio.new_event_loop()
        self.portal: Portal
        self._server: uvicorn.Server
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(20)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._main())
        self.loop.close()

    async def _main(self) -> None:
        database = Database(f"sqlite+aiosqlite:///{self.home}/portal.sqlite", service="portal")
        await create_tables(database)
        self.portal = Portal(database, self.home, TurnableClock(), port=self.port)
        await furnish(self.portal)
        app = self.portal.parts.web
        assert app is not None
        config = uvicorn.Config(app, port=self.port, log_level="warning", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.02)
        self._ready.set()
        await serving
        await database.close()


@pytest.fixture
def served(tmp_path: Path, free_port: int) -> Iterator[Served]:
    made = Served(tmp_path, free_port)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """One browser a module: while it lives its event loop runs in this thread, and asynchronous tests could not."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        missing("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def window(chromium: Chromium, served: Served) -> Iterator[BrowserContext]:
    """A French browser of a phone's width."""
    context = chromium.new_context(
        base_url=served.url, locale="fr-FR", viewport={"width": 320, "height": 700}, reduced_motion="reduce"
    )
    context.set_default_timeout(8000)
    yield context
    context.close()


@pytest.fixture
def page(window: BrowserContext) -> Page:
    return window.new_page()


@pytest.fixture
def signed_in(window: BrowserContext, served: Served) -> BrowserContext:
    return _signed_in(window, served, staff=False)


@pytest.fixture
def staff(window: BrowserContext, served: Served) -> BrowserContext:
    from services.portal.commands import add_staff

    served.run(add_staff(served.portal.context, PERSON))
    return _signed_in(window, served, staff=True)


def _signed_in(window: BrowserContext, served: Served, *, staff: bool) -> BrowserContext:
    session = served.run(served.portal.store.sessions.open(PERSON, now=served.portal.clock(), staff=staff))
    window.add_cookies([{"name": "session", "value": session, "url": served.url}])
    return window
