"""The guard on addresses that strangers give: connections really attempted are counted, and there are none inside."""

from collections.abc import Sequence

import httpcore
import httpx
import pytest

from services.ingest.domain.addresses import is_public
from services.ingest.sources.bounded import Ask, BoundedClient, Limits, SourceFailed
from services.ingest.sources.guarded import GuardedNetwork, GuardedTransport, NotPublic, read_url
from tests.adapters.ingest.sites import (
    CountedNetwork,
    Page,
    client,
    guarded_at,
    on_this_machine,
    resolving,
    running_site,
)
from tests.unit.ingest.test_addresses import REFUSED

PUBLIC = "93.184.216.34"
TARGETS = [(name, address) for name, addresses in REFUSED.items() for address in addresses]


def written(address: str) -> str:
    return f"[{address}]" if ":" in address else address


async def attempts_of(url: str, names: dict[str, Sequence[str]] | None = None) -> list[tuple[str, int]]:
    """Connections attempted for a URL; whatever happens, it must fail."""
    network = CountedNetwork()
    guarded = GuardedTransport(GuardedNetwork(resolve=resolving(names or {}), network=network))
    async with client(guarded) as http:
        with pytest.raises((NotPublic, httpx.ConnectError, httpx.InvalidURL)):
            await http.get(url)
    return network.attempts


@pytest.mark.parametrize(("sort", "address"), TARGETS)
async def test_an_address_written_in_the_url_is_not_connected_to(sort: str, address: str) -> None:
    assert await attempts_of(f"http://{written(address)}/") == []
    assert await attempts_of(f"https://{written(address)}/") == []


@pytest.mark.parametrize(("sort", "address"), TARGETS)
async def test_a_name_that_leads_there_is_not_connected_to(sort: str, address: str) -> None:
    assert await attempts_of("https://site.example/", {"site.example": [address]}) == []


@pytest.mark.parametrize(("sort", "address"), TARGETS)
async def test_one_bad_address_among_good_ones_spoils_them_all(sort: str, address: str) -> None:
    assert await attempts_of("http://site.example/", {"site.example": [PUBLIC, address]}) == []
    assert await attempts_of("http://site.example/", {"site.example": [address, PUBLIC]}) == []


@pytest.mark.parametrize(("sort", "address"), TARGETS)
async def test_a_redirect_to_there_is_not_followed(sort: str, address: str) -> None:
    with running_site(lambda host, _: Page.redirect(f"http://{written(address)}/")) as site:
        network = CountedNetwork(really=True)
        names = resolving({"site.example": ["127.0.0.1"], "evil.example": [address]})
        # The test's own machine stands for the public one; every other address is judged as always.
        inner = GuardedNetwork(resolve=names, network=network, ports=(80, 443, site.port))
        judge = inner.is_allowed
        inner.is_allowed = lambda one: str(one) == "127.0.0.1" or judge(one)
        if address == "127.0.0.1":
            inner.is_allowed = lambda one: False
        async with client(GuardedTransport(inner)) as http:
            bounded = BoundedClient(http, lambda: None, Limits(tries=1))  # type: ignore[arg-type,return-value]
            with pytest.raises(SourceFailed):
                await bounded.ask(Ask(site.url("site.example"), kinds=(), follow=True))
        assert [attempt for attempt in network.attempts if attempt != ("127.0.0.1", site.port)] == []


@pytest.mark.parametrize("sort", REFUSED)
async def test_a_chain_of_redirects_that_ends_inside_is_left_before_its_end(sort: str) -> None:
    inside = REFUSED[sort][1]
    hops = {"/": "http://second.example:{port}/b", "/b": "/c", "/c": "http://evil.example:{port}/end"}

    def answer(_host: str, path: str) -> Page:
        return Page.redirect(hops[path].format(port=site.port)) if path in hops else Page.html("reached")

    with running_site(answer) as site:
        network = CountedNetwork(really=True)
        public = {"first.example": ["127.0.0.1"], "second.example": ["127.0.0.1"]}
        # This machine stands for the public sites, whatever the name; every other address is judged as always.
        guarded = GuardedNetwork(
            resolve=resolving({**public, "evil.example": [inside]}),
            is_allowed=lambda one: str(one) == "127.0.0.1" or is_public(one),
            ports=(80, 443, site.port),
            network=network,
        )
        async with client(GuardedTransport(guarded)) as http:
            bounded = BoundedClient(http, lambda: None, Limits(tries=1))  # type: ignore[arg-type,return-value]
            with pytest.raises(SourceFailed):
                await bounded.ask(Ask(site.url("first.example"), kinds=(), follow=True))
    assert "/end" not in site.paths
    assert {address for address, _ in network.attempts} <= {"127.0.0.1"}


ODD = [
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1./",
    "http://localhost/",
    "http://localhost./",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://１２７.0.0.1/",
    "http://127%2e0%2e0%2e1/",
    "http://%31%32%37.0.0.1/",
    "http://[::1%25lo]/",
    "http://[fe80::1%eth0]/",
    "http://site.example@127.0.0.1/",
    "http://127.0.0.1@site.example/",
    "http://user:secret@site.example/",
    "http://127.0.0.1\\@site.example/",
    "http://site.example\\.127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1\u00a0/",
    " http://127.0.0.1/",
    "http://\u200b127.0.0.1/",
    "http://site.example:22/",
    "http://site.example:0/",
    "http://site.example:8080/",
    "http://site.example:99999/",
    "http://site.example:80:80/",
    "ftp://site.example/",
    "file:///etc/hostname",
    "gopher://site.example/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun/",
    "data:text/html,x",
    "javascript:1",
    "//site.example/",
    "site.example",
    "http:///x",
    "http://",
    "",
    "http://a..b/",
    "http://xn--a/",
    "http://x.local/",
    "http://metadata.google.internal/",
    "http://site.example/\r\nHost: x",
    "http://" + "a" * 3000 + ".fr/",
]


@pytest.mark.parametrize("url", ODD)
def test_an_odd_spelling_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(NotPublic):
        read_url(url)


@pytest.mark.parametrize("url", [url for url in ODD if "xn--a/" not in url])
async def test_an_odd_spelling_that_reaches_the_transport_connects_to_nothing(url: str) -> None:
    network = CountedNetwork()
    names = resolving({"site.example": ["127.0.0.1"], "localhost": ["127.0.0.1"], "127.1": ["127.0.0.1"]})
    guarded = GuardedTransport(GuardedNetwork(resolve=names, network=network))
    async with client(guarded) as http:
        with pytest.raises((NotPublic, httpx.HTTPError, httpx.InvalidURL)):
            await http.get(url)
    assert network.attempts == []


@pytest.mark.parametrize("url", ["https://exemple.fr", "http://exämple.fr/à propos".replace(" ", "%20")])
def test_an_ordinary_address_is_read(url: str) -> None:
    assert read_url(url).scheme in ("http", "https")


async def test_a_name_is_resolved_once_so_that_a_changed_answer_changes_nothing() -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["169.254.169.254"]])
    network = CountedNetwork()

    async def rebinding(_host: str) -> Sequence[str]:
        return next(answers)

    guarded = GuardedTransport(GuardedNetwork(resolve=rebinding, network=network))
    async with client(guarded) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("http://site.example/")
        assert network.attempts == [(PUBLIC, 80)]
        for _ in range(2):
            with pytest.raises(NotPublic):
                await http.get("http://site.example/")
    assert network.attempts == [(PUBLIC, 80)]


async def test_every_checked_address_is_tried_in_turn() -> None:
    second = "2606:2800:220:1::1"
    assert await attempts_of("https://site.example/", {"site.example": [PUBLIC, second, PUBLIC]}) == [
        (PUBLIC, 443),
        (second, 443),
    ]


async def test_a_name_without_address_or_with_nonsense_is_refused() -> None:
    assert await attempts_of("https://nowhere.example/") == []
    assert await attempts_of("https://site.example/", {"site.example": []}) == []
    assert await attempts_of("https://site.example/", {"site.example": ["not an address"]}) == []


async def test_a_socket_of_the_machine_is_refused() -> None:
    with pytest.raises(NotPublic):
        await GuardedNetwork().connect_unix_socket("/var/run/x.sock")


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await attempts_of("http://site.example/", {"site.example": [PUBLIC]}) == [(PUBLIC, 80)]


async def test_a_real_site_is_read_at_the_checked_address_under_its_own_name() -> None:
    with running_site({"/": Page.redirect("/home"), "/home": Page.html("<p>Bonjour</p>")}) as site:
        async with client(guarded_at(site, "site.example")) as http:
            answer = await http.get(site.url("site.example"), follow_redirects=True)
    assert answer.text == "<p>Bonjour</p>"
    assert site.asked == [(f"site.example:{site.port}", "/"), (f"site.example:{site.port}", "/home")]


async def test_the_certificate_is_asked_for_by_name_not_by_address() -> None:
    asked: list[str | None] = []

    class Stream(httpcore.AsyncMockStream):
        async def start_tls(self, ssl_context: object, server_hostname: str | None = None, timeout: object = None):  # type: ignore[no-untyped-def,override]  # noqa: ASYNC109
            asked.append(server_hostname)
            return self

    class Network(CountedNetwork):
        async def connect_tcp(self, host: str, port: int, *more: object, **options: object) -> Stream:
            self.attempts.append((host, port))
            return Stream([b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"])

    network = Network()
    guarded = GuardedTransport(GuardedNetwork(resolve=resolving({"site.example": [PUBLIC]}), network=network))
    async with client(guarded) as http:
        assert (await http.get("https://site.example/")).text == "ok"
    assert (network.attempts, asked) == ([(PUBLIC, 443)], ["site.example"])


async def test_no_more_than_five_redirects_are_followed() -> None:
    with running_site(lambda _, path: Page.redirect(f"{path}x")) as site:
        async with client(guarded_at(site, "site.example")) as http:
            bounded = BoundedClient(http, lambda: None, Limits(tries=1))  # type: ignore[arg-type,return-value]
            with pytest.raises(SourceFailed, match="more than 5 times"):
                await bounded.ask(Ask(site.url("site.example"), kinds=(), follow=True))
    assert len(site.asked) == 6


def test_the_allowance_of_tests_is_no_setting() -> None:
    from services.ingest.settings import IngestSettings

    assert GuardedNetwork().is_allowed is not on_this_machine
    assert not [name for name in IngestSettings.model_fields if "guard" in name or "private" in name]
