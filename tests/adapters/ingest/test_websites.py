"""Reading somebody's website on a real server: which pages, at what pace, what robots.txt says, and sites that lie."""

import asyncio
import gzip
import tracemalloc
from collections.abc import Mapping
from typing import Any

import pytest

from services.ingest.domain.web_drafts import WebDraft
from services.ingest.sources.bounded import Limits, SourceFailed
from services.ingest.sources.guarded import GuardedNetwork, NotPublic
from services.ingest.websites import LIMITS, LONGEST_S, NothingSaid, NotWelcome, Websites, addresses
from tests.adapters.ingest.sites import NOW, CountedNetwork, Page, Site, on_this_machine, resolving, running_site

YOGHURT = "Nous fabriquons des yaourts au lait cru de vaches élevées à l’herbe, dans notre laiterie de Sommeville."
EXPORT = "Notre équipe accompagne des fromageries de toute l’Europe et cherche des partenaires pour un projet commun."
ABOUT = "Créée par des éleveurs du pays, la laiterie développe des procédés de pasteurisation économes en énergie."
HOST = "laiterie.example"


def html(*sentences: str, links: Mapping[str, str] | None = None) -> Page:
    anchors = "".join(f"<a href='{href}'>{text}</a>" for href, text in (links or {}).items())
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return Page.html(f"<!doctype html><html><body><main>{body}{anchors}</main></body></html>")


def reader(site: Site, *hosts: str, names: Mapping[str, list[str]] | None = None, **more: Any) -> Websites:
    """Reads sites of this machine, at no particular pace."""
    known = {**{host: ["127.0.0.1"] for host in (HOST, *hosts)}, **(names or {})}
    network = GuardedNetwork(resolve=resolving(known), is_allowed=on_this_machine, ports=(80, 443, site.port))
    limits = Limits(request_s=3, tries=2, first_wait_s=0.01, longest_wait_s=0.05, body_bytes=LIMITS.body_bytes)
    return Websites(lambda: NOW, **{"network": network, "per_s": 1000.0, "limits": limits, **more})


PAGES: dict[str, Page] = {
    "/": html(YOGHURT, links={"/qui-sommes-nous": "La laiterie", "/contact": "Contact", "/galerie": "Galerie"}),
    "/qui-sommes-nous": html(ABOUT, links={"/savoir-faire": "Notre savoir-faire", "/": "Accueil"}),
    "/savoir-faire": html(EXPORT),
    "/galerie": html(),
    "/contact": html("Écrivez à la laiterie pour toute question sur ses yaourts et sur ses fromages du pays."),
}


async def test_a_draft_is_made_of_the_home_page_and_of_what_they_are_and_do() -> None:
    counted: list[int] = []

    async def on_page(pages: int) -> None:
        counted.append(pages)

    with running_site(PAGES) as site:
        draft = await reader(site).draft(site.url(HOST), on_page)
    assert draft == WebDraft("\n\n".join([YOGHURT, ABOUT, EXPORT]), "fr")
    assert site.paths == ["/robots.txt", "/", "/qui-sommes-nous", "/savoir-faire", "/galerie"]
    assert counted == [1, 2, 3, 4]
    assert all(agent.startswith("Passerelle") for agent in site.agents)


async def test_at_most_ten_pages_are_read() -> None:
    links = {f"/services/{n}": f"Service {n}" for n in range(40)}
    with running_site(lambda _host, path: html(YOGHURT, f"{EXPORT} {path}", links=links)) as site:
        await reader(site).draft(site.url(HOST))
    assert len([path for path in site.paths if path != "/robots.txt"]) == 10
    assert len(set(site.paths)) == len(site.paths)


async def test_a_page_a_second_is_asked_of_a_host_redirects_included() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        if seconds > 0.5:  # the pace of the site, not that of the client
            waited.append(seconds)

    pages = {**PAGES, "/qui-sommes-nous": Page.redirect("/nous"), "/nous": html(ABOUT)}
    with running_site(pages) as site:
        await reader(site, per_s=1.0, sleep=sleep).draft(site.url(HOST))
    # Each turn is a second after the one before; nobody really slept, so that waits add up.
    assert len(waited) == len(site.paths) - 1
    assert all(0.9 * n < wait <= n for n, wait in enumerate(waited, 1))
    assert Websites(lambda: NOW).per_s == 1.0


# --- robots.txt ---


async def test_what_robots_txt_forbids_is_not_asked_for() -> None:
    robots = Page(b"User-agent: Passerelle\nDisallow: /qui\n\nUser-agent: *\nDisallow: /", "text/plain")
    with running_site({**PAGES, "/robots.txt": robots}) as site:
        await reader(site).draft(site.url(HOST))
    assert "/qui-sommes-nous" not in site.paths
    assert "/" in site.paths


async def test_a_site_that_asks_not_to_be_read_is_not() -> None:
    robots = Page(b"User-agent: *\nDisallow: /", "text/plain")
    with running_site({**PAGES, "/robots.txt": robots}) as site, pytest.raises(NotWelcome):
        await reader(site).draft(site.url(HOST))
    assert site.paths == ["/robots.txt"]


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_when_robots_txt_is_in_trouble_nothing_is_read(status: int) -> None:
    robots = Page(b"", "text/plain", status)
    with running_site({**PAGES, "/robots.txt": robots}) as site, pytest.raises(SourceFailed):
        await reader(site).draft(site.url(HOST))
    assert set(site.paths) == {"/robots.txt"}


@pytest.mark.parametrize("status", [404, 410, 401, 403])
async def test_without_robots_txt_everything_is_allowed(status: int) -> None:
    with running_site({**PAGES, "/robots.txt": Page(b"", "text/plain", status)}) as site:
        assert YOGHURT in (await reader(site).draft(site.url(HOST))).text


@pytest.mark.parametrize(
    "robots",
    [
        b"<html>not robots</html>",
        b"\x00\xff\xfe" * 50,
        b"\xef\xbb\xbfUser-agent: *\nAllow: /",
        b"Disallow: /",
        b"User-agent: *\nCrawl-delay: x",
        b"User-agent: *\nDisallow: /*?*$*$*",
    ],
)
async def test_a_robots_txt_that_is_none_forbids_nothing(robots: bytes) -> None:
    with running_site({**PAGES, "/robots.txt": Page(robots, "text/html")}) as site:
        assert YOGHURT in (await reader(site).draft(site.url(HOST))).text


async def test_a_redirect_to_what_is_forbidden_is_not_followed() -> None:
    robots = Page(b"User-agent: *\nDisallow: /interne", "text/plain")
    pages = {**PAGES, "/robots.txt": robots, "/qui-sommes-nous": Page.redirect("/interne"), "/interne": html(ABOUT)}
    with running_site(pages) as site:
        await reader(site).draft(site.url(HOST))
    assert "/interne" not in site.paths


async def test_robots_txt_that_redirects_in_a_circle_ends() -> None:
    with running_site({**PAGES, "/robots.txt": Page.redirect("/robots.txt")}) as site, pytest.raises(SourceFailed):
        await reader(site).draft(site.url(HOST))
    with running_site({**PAGES, "/robots.txt": Page.redirect("/regles"), "/regles": Page(b"", "text/plain")}) as site:
        assert YOGHURT in (await reader(site).draft(site.url(HOST))).text


async def test_each_host_of_a_redirect_is_asked_for_its_own_rules() -> None:
    def answer(host: str, path: str) -> Page:
        if host.startswith("www."):
            return Page(b"User-agent: *\nDisallow: /", "text/plain") if path == "/robots.txt" else html(YOGHURT)
        return Page(status=404) if path == "/robots.txt" else Page.redirect(f"http://www.{host}/")

    with running_site(answer) as site, pytest.raises(NotWelcome):
        await reader(site, f"www.{HOST}").draft(site.url(HOST))
    assert (f"www.{HOST}:{site.port}", "/") not in site.asked


async def test_a_delay_that_robots_txt_asks_for_is_kept() -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    robots = Page(b"User-agent: *\nCrawl-delay: 4", "text/plain")
    with running_site({**PAGES, "/robots.txt": robots}) as site:
        await reader(site, sleep=sleep).draft(site.url(HOST))
    assert waited.count(4.0) == 3


# --- the same site, and the public one ---


async def test_a_page_that_leads_to_another_site_is_left_aside() -> None:
    pages = {**PAGES, "/qui-sommes-nous": Page.redirect("http://ailleurs.example/")}

    def answer(host: str, path: str) -> Page:
        if host.startswith("ailleurs"):
            return html("Ailleurs, une autre organisation fabrique et vend de tout autres produits que les nôtres.")
        return pages.get(path, Page(status=404))

    with running_site(answer) as site:
        text = (await reader(site, "ailleurs.example").draft(site.url(HOST))).text
    assert "Ailleurs" not in text
    assert YOGHURT in text


@pytest.mark.parametrize("inside", ["http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://10.0.0.1/"])
async def test_a_link_or_a_redirect_that_leads_inside_is_not_connected_to(inside: str) -> None:
    network = CountedNetwork(really=True)
    links = {inside: "Nos services", "/services": "Services"}
    with running_site({"/": html(YOGHURT, links=links), "/services": Page.redirect(inside)}) as site:
        websites = reader(site)
        guarded = websites.network
        assert guarded is not None
        guarded.network = network
        guarded.is_allowed = lambda address: str(address) == "127.0.0.1"
        assert (await websites.draft(site.url(HOST))).text == YOGHURT
    assert set(network.attempts) == {("127.0.0.1", site.port)}


@pytest.mark.parametrize("typed", ["", "laiterie", "http://127.0.0.1/", "ftp://laiterie.example", "laiterie.fr:22"])
async def test_what_is_no_websites_address_is_refused(typed: str) -> None:
    with pytest.raises(NotPublic):
        await Websites(lambda: NOW).draft(typed)


def test_an_address_typed_without_a_scheme_is_tried_by_https_first() -> None:
    assert addresses(" laiterie.example ") == ("https://laiterie.example", "http://laiterie.example")
    assert addresses("http://laiterie.example") == ("http://laiterie.example",)


# --- sites that lie ---

WHOLE = "".join(f"<p>{sentence}</p>" for sentence in (YOGHURT, EXPORT, ABOUT)).encode()
KEPT: dict[str, Page] = {
    "no doctype": Page(WHOLE),
    "another charset": Page(WHOLE.decode().encode("utf-16"), "text/html"),
    "wrong charset": Page(WHOLE, "text/html; charset=nowhere"),
    "latin": Page(WHOLE.decode().replace("’", "'").encode("cp1252"), "text/html"),
    "mark": Page(b"\xef\xbb\xbf" + WHOLE),
    "nul": Page(b"\x00\x01" + WHOLE + b"\x00"),
    "truncated": Page(WHOLE[:-40]),
    "xhtml": Page(b"<?xml version='1.0'?>" + WHOLE, "application/xhtml+xml"),
    "gzip": Page(gzip.compress(WHOLE), headers={"Content-Encoding": "gzip"}),
    "upper case type": Page(WHOLE, "TEXT/HTML"),
}
REFUSED: dict[str, Page] = {
    "empty": Page(b""),
    "no text": Page.html("<html><body><script>app()</script></body></html>"),
    "only a menu": Page.html("<ul><li>Accueil<li>Produits<li>Contact</ul>"),
    "pdf": Page(b"%PDF-1.7", "application/pdf"),
    "json": Page(b"{}", "application/json"),
    "no type": Page(WHOLE, ""),
    "picture": Page(b"\x89PNG", "image/png"),
    "text": Page(WHOLE, "text/plain"),
    "missing": Page(WHOLE, status=404),
    "forbidden": Page(WHOLE, status=403),
    "broken": Page(WHOLE, status=500),
    "teapot": Page(WHOLE, status=418),
    "nothing": Page(b"", status=204),
    "huge": Page(b" " * 3_000_000),
    "brotli": Page(WHOLE, headers={"Content-Encoding": "br"}),
    "zstd": Page(WHOLE, headers={"Content-Encoding": "zstd"}),
    "not gzip": Page(WHOLE, headers={"Content-Encoding": "gzip"}),
    "truncated gzip": Page(gzip.compress(WHOLE)[:8], headers={"Content-Encoding": "gzip"}),
    "circle": Page.redirect("/"),
    "to a file": Page.redirect("file:///etc/hostname"),
    "to ftp": Page.redirect("ftp://laiterie.example/"),
    "to a password": Page.redirect("http://a:b@laiterie.example/"),
    "to another port": Page.redirect("http://laiterie.example:22/"),
    "to nowhere": Page.redirect("http://"),
    "to nonsense": Page.redirect("http://[::1"),
    "without an address": Page(status=302),
    "to an unknown name": Page.redirect("http://inconnue.example/"),
    "bytes": Page(bytes(range(256)) * 100),
}


@pytest.mark.parametrize("page", KEPT.values(), ids=KEPT)
async def test_an_awkward_page_is_read(page: Page) -> None:
    with running_site({"/": page}) as site:
        text = (await reader(site).draft(site.url(HOST))).text
    assert "Nous fabriquons des yaourts au lait cru" in text


@pytest.mark.parametrize("page", REFUSED.values(), ids=REFUSED)
async def test_a_home_page_that_cannot_be_used_is_a_sentence(page: Page) -> None:
    with running_site({"/": page}) as site, pytest.raises(SourceFailed) as failed:
        await reader(site).draft(site.url(HOST))
    assert len(str(failed.value)) > 10


@pytest.mark.parametrize("page", REFUSED.values(), ids=REFUSED)
async def test_another_page_that_cannot_be_used_costs_only_itself(page: Page) -> None:
    links = {"/services": "Nos services", "/a-propos": "À propos"}
    home = html(YOGHURT, links=links)
    with running_site({"/": home, "/services": page, "/a-propos": html(ABOUT)}) as site:
        text = (await reader(site).draft(site.url(HOST))).text
    assert text == f"{YOGHURT}\n\n{ABOUT}"


async def test_a_site_of_scripts_alone_says_that_there_is_nothing_to_propose() -> None:
    empty = Page.html("<div id=app></div><script src=/app.js></script>")
    with running_site({"/": empty}) as site, pytest.raises(NothingSaid):
        await reader(site).draft(site.url(HOST))


async def test_a_site_that_takes_too_long_gives_what_was_read_so_far() -> None:
    def answer(_host: str, path: str) -> Page:
        return PAGES.get(path, Page(status=404))

    with running_site(answer) as site:
        text = (await reader(site, per_s=0.9, sleep=_slow_after(3), longest_s=1.0).draft(site.url(HOST))).text
    assert text == f"{YOGHURT}\n\n{ABOUT}"
    assert LONGEST_S == 60.0


def _slow_after(turns: int) -> Any:
    done = 0

    async def sleep(seconds: float) -> None:
        nonlocal done
        done += seconds > 0.5
        if done >= turns:
            await asyncio.sleep(30)

    return sleep


async def test_a_bomb_of_two_hundred_megabytes_does_not_fill_the_memory() -> None:
    bomb = gzip.compress(b" " * 200_000_000, compresslevel=9)
    assert len(bomb) < 250_000
    page = Page(bomb, headers={"Content-Encoding": "gzip"})
    with running_site({"/": page, "/robots.txt": page}) as site:
        websites = reader(site)
        tracemalloc.start()
        with pytest.raises(SourceFailed):
            await websites.draft(site.url(HOST))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 50_000_000
    with running_site({"/": page}) as site:
        websites = reader(site)
        tracemalloc.start()
        with pytest.raises(SourceFailed, match="over 2 MB"):
            await websites.draft(site.url(HOST))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 50_000_000
