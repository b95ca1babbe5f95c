"""The web server of a process, without signals of its own."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from shared.settings import CommonSettings


class _Server(uvicorn.Server):
    """uvicorn without its own signals: it would die of SIGTERM before the services have stopped."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: ASGIApp, common: CommonSettings) -> AsyncIterator[None]:
    """Serve an application on the host and port of the settings. Raises OSError when the port is taken."""
    config = uvicorn.Config(
        app,
        host=common.host,
        port=common.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = _Server(config)
    listening = socket.create_server((common.host, common.port), backlog=256)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving
        listening.close()
