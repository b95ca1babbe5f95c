"""A transport for addresses that strangers give: public sites only, and what was checked is what is connected to.

Each request, redirects included, passes the same two gates: the URL before anything is resolved, then every address
its host resolves to, once. The connection goes to a checked address itself, so that a name server that changes its
answer in between changes nothing.
"""

import asyncio
import ipaddress
import logging
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore
import httpx

from services.ingest.domain.addresses import Address, is_public, is_site_name, literal
from services.ingest.sources.bounded import SourceFailed

log = logging.getLogger(__name__)

PORTS = (80, 443)
LONGEST_URL = 2_000
CONNECT_S = 10.0
_UNSOUND = re.compile(r"[\x00-\x20\x7f-\xa0\\]|[^\S ]")

Resolve = Callable[[str], Awaitable[Sequence[str]]]
IsAllowed = Callable[[Address], bool]


class NotPublic(SourceFailed):
    """An address that a stranger gave, or a redirect of it, is not one of a public site."""


async def resolve(host: str) -> Sequence[str]:
    """Every address of a name. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def read_url(text: str, *, ports: Sequence[int] = PORTS) -> httpx.URL:
    """A URL as somebody gave it. Raises NotPublic."""
    if len(text) > LONGEST_URL or _UNSOUND.search(text):
        raise NotPublic("The address is too long, or holds signs that no address has.")
    try:
        url = httpx.URL(text)
        check_url(url, ports=ports)
        written = literal(url.raw_host.decode("ascii"))
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NotPublic("This is not the address of a website.") from error
    if written is not None and not is_public(written):
        raise NotPublic("This address is not a public one.")
    return url


def check_url(url: httpx.URL, *, ports: Sequence[int] = PORTS) -> None:
    """Refuse what is no public site by its writing alone. Raises NotPublic."""
    if url.scheme not in ("http", "https"):
        raise NotPublic("Only http and https are read.")
    if url.userinfo:
        raise NotPublic("An address with a user name is not read.")
    if url.port is not None and url.port not in ports:  # None is the scheme's own
        raise NotPublic("Only the usual ports of websites are read.")
    host = url.raw_host.decode("ascii", "replace")
    if literal(host) is None and not is_site_name(host):
        raise NotPublic("This is not the name of a public website.")


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only. `is_allowed` and `resolve` are for tests to replace."""

    def __init__(
        self,
        *,
        resolve: Resolve = resolve,
        is_allowed: IsAllowed = is_public,
        ports: Sequence[int] = PORTS,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self.resolve = resolve
        self.is_allowed = is_allowed
        self.ports = ports
        self.network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if port not in self.ports:
            raise NotPublic("Only the usual ports of websites are read.")
        error: Exception = httpcore.ConnectError(f"no address for {host}")
        for address in await self.addresses(host):
            try:
                return await self.network.connect_tcp(
                    address, port, timeout or CONNECT_S, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise NotPublic("A socket of this machine is no website.")

    async def sleep(self, seconds: float) -> None:
        await self.network.sleep(seconds)

    async def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of a host, resolved once; one that is not public spoils them all. Raises NotPublic."""
        if (written := literal(host)) is not None:
            found = [written]
        else:
            found = [_read_address(text) for text in await self._resolved(host)]
        if not all(self.is_allowed(address) for address in found):
            log.warning("an address given by a stranger leads inside", extra={"host": host})
            raise NotPublic("This name leads to a network that is not public.")
        return tuple(dict.fromkeys(map(str, found)))

    async def _resolved(self, host: str) -> Sequence[str]:
        try:
            return await self.resolve(host)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address") from error


def _read_address(text: str) -> Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError as error:
        raise NotPublic("The name server answered something else than an address.") from error


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx over a guarded network: no proxy, no environment, no unix socket."""

    def __init__(self, network: GuardedNetwork | None = None) -> None:
        context = httpx.create_ssl_context(trust_env=False)
        super().__init__(verify=context, trust_env=False)
        self.network = network or GuardedNetwork()
        # httpx has no argument for the network of its pool.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=20,
            max_keepalive_connections=5,
            keepalive_expiry=5.0,
            network_backend=self.network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        check_url(request.url, ports=self.network.ports)
        return await super().handle_async_request(request)
