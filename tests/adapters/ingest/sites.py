"""Small real websites on this machine, and a guarded client that a test alone lets reach them."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpcore
import httpx

from services.ingest.domain.addresses import Address
from services.ingest.sources.guarded import GuardedNetwork, GuardedTransport

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Page:
    """What a path answers; `headers` are added."""

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def html(text: str, **more: Any) -> "Page":
        return Page(text.encode(), **more)

    @staticmethod
    def redirect(to: str, status: int = 302) -> "Page":
        return Page(status=status, headers={"Location": to})


@dataclass
class Site:
    """A running site; `asked` holds host and target of each request, in order."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        return [path for _, path in self.asked]

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def running_site(pages: Mapping[str, Page] | Callable[[str, str], Page]) -> Iterator[Site]:
    """A real server: pages by target, 404 for the others; or a function of host and target."""
    site = Site(0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            site.asked.append((host, self.path))
            site.agents.append(self.headers.get("User-Agent", ""))
            missing = Page(b"not found", "text/plain", 404)
            page = pages(host, self.path) if callable(pages) else pages.get(self.path, missing)
            self.send_response(page.status)
            for name, value in {"Content-Type": page.kind, **page.headers}.items():
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            try:
                self.wfile.write(page.body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class CountedNetwork(httpcore.AsyncNetworkBackend):
    """Notes each connection attempted; connects only where it is told that it may."""

    def __init__(self, *, really: bool = False) -> None:
        self.attempts: list[tuple[str, int]] = []
        self.really = really

    async def connect_tcp(self, host: str, port: int, *more: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        self.attempts.append((host, port))
        if not self.really:
            raise httpcore.ConnectError("nothing listens in this test")
        return await httpcore.AnyIOBackend().connect_tcp(host, port, *more, **options)

    async def sleep(self, seconds: float) -> None:
        """Nothing waits."""


def resolving(names: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """A name server that knows these names."""

    async def resolve(host: str) -> Sequence[str]:
        if host not in names:
            raise OSError("unknown name")
        return names[host]

    return resolve


def on_this_machine(address: Address) -> bool:
    """The allowance of a test: never a setting."""
    return address.is_loopback


def guarded_at(site: Site, *hosts: str) -> GuardedTransport:
    """A guarded transport for which these names lead to a site of this machine."""
    names = {host: ["127.0.0.1"] for host in hosts}
    return GuardedTransport(
        GuardedNetwork(resolve=resolving(names), is_allowed=on_this_machine, ports=(80, 443, site.port))
    )


def client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=transport, trust_env=False)
