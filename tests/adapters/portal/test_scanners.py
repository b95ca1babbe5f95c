"""What mail scanners and prefetchers do with the links of a mail: 24 behaviours × 5 kinds of link, 0 changes."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import select

from services.portal.tables import metadata
from services.portal.web.access import ACCESS, WITHOUT_CSRF, Role
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import Portal
from tests.adapters.portal.test_routes import filled
from tests.contracts.pages import ROOT

LINKS = {
    "confirm": "/confirm?token=t",
    "sign-in": "/sign-in/link?token=t",
    "unsubscribe": "/unsubscribe?token=t",
    "answer": "/answer?token=answer&verdict=not_for_us",
    "check-in": "/check-in?token=check&answer=stop",
}
AGENTS = (
    "Mozilla/5.0 (compatible; Microsoft Outlook SafeLinks)",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mimecast URL Protect",
    "facebookexternalhit/1.1",
    "curl/8.5.0",
    "",
)


class Scanner:
    """A programme that met one link; each `client` is one without cookies."""

    def __init__(self, portal: Portal, link: str) -> None:
        self.portal, self.link = portal, link
        self.path, self.fields = urlsplit(link).path, dict(parse_qsl(urlsplit(link).query))
        self.client = Browser(portal, "192.0.2.9").client
        self.client.follow_redirects = True
        self.seen: list[int] = []

    async def send(self, method: str, link: str | None = None, **more: Any) -> httpx.Response:
        answer = await self.client.request(method, link or self.link, **more)
        self.seen.append(answer.status_code)
        return answer

    def with_query(self, *pairs: tuple[str, str]) -> str:
        return f"{self.path}?{urlencode(pairs)}"


Behaviour = Callable[[Scanner], Awaitable[None]]
BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour(make: Behaviour) -> Behaviour:
    BEHAVIOURS[make.__name__] = make
    return make


@behaviour
async def opens(scanner: Scanner) -> None:
    assert (await scanner.send("GET")).status_code == 200


@behaviour
async def asks_for_the_head(scanner: Scanner) -> None:
    assert (await scanner.send("HEAD")).status_code == 200


@behaviour
async def asks_for_options(scanner: Scanner) -> None:
    await scanner.send("OPTIONS")


@behaviour
async def tries_other_methods(scanner: Scanner) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        assert (await scanner.send(method)).status_code == 405


@behaviour
async def opens_as_many_programmes(scanner: Scanner) -> None:
    for agent in AGENTS:
        assert (await scanner.send("GET", headers={"User-Agent": agent})).status_code == 200


@behaviour
async def follows_every_link_of_the_page(scanner: Scanner) -> None:
    page = await scanner.send("GET")
    for found in sorted(set(re.findall(r'(?:href|src|action)="([^"]+)"', page.text))):
        if urlsplit(target := unescape(found)).scheme in ("", "http"):
            await scanner.send("GET", target)


@behaviour
async def prefetches(scanner: Scanner) -> None:
    for name, value in (("Sec-Purpose", "prefetch"), ("Purpose", "prefetch"), ("X-Moz", "prefetch")):
        await scanner.send("GET", headers={name: value})


@behaviour
async def prerenders(scanner: Scanner) -> None:
    await scanner.send("GET", headers={"Sec-Purpose": "prefetch;prerender", "X-Purpose": "preview"})


@behaviour
async def asks_for_a_part(scanner: Scanner) -> None:
    await scanner.send("GET", headers={"Range": "bytes=0-99"})


@behaviour
async def opens_twice(scanner: Scanner) -> None:
    for _ in range(2):
        await scanner.send("GET")


@behaviour
async def opens_many_times_at_once(scanner: Scanner) -> None:
    await asyncio.gather(*(scanner.send("GET") for _ in range(8)))


@behaviour
async def runs_what_the_page_would_run(scanner: Scanner) -> None:
    page = await scanner.send("GET")
    assert "refresh" not in page.headers
    assert not re.search(r'<script|<meta[^>]+refresh|\son\w+=|javascript:|rel="(?:prefetch|prerender)', page.text, re.I)


@behaviour
async def posts_without_cookie_or_form(scanner: Scanner) -> None:
    assert (await scanner.send("POST")).status_code == 403
    assert (await scanner.send("POST", scanner.path, data=scanner.fields)).status_code == 403


@behaviour
async def posts_an_empty_body(scanner: Scanner) -> None:
    assert (await scanner.send("POST", content=b"")).status_code == 403


@behaviour
async def posts_json(scanner: Scanner) -> None:
    assert (await scanner.send("POST", scanner.path, json=scanner.fields)).status_code == 403


@behaviour
async def posts_from_another_site(scanner: Scanner) -> None:
    page = await scanner.send("GET")
    origin = {"Origin": "https://scanner.example", "Sec-Fetch-Site": "cross-site"}
    for fields in forms_of(page.text):
        assert (await scanner.send("POST", scanner.path, data=fields, headers=origin)).status_code == 403


@behaviour
async def posts_the_form_of_another_visitor(scanner: Scanner) -> None:
    other = Browser(scanner.portal, "192.0.2.10")
    page = await other.get(scanner.link)
    await scanner.send("GET")
    for fields in forms_of(page.text):
        assert (await scanner.send("POST", scanner.path, data=fields)).status_code == 403
    await other.client.aclose()


@behaviour
async def sends_the_forms_by_get(scanner: Scanner) -> None:
    page = await scanner.send("GET")
    for fields in forms_of(page.text):
        await scanner.send("GET", scanner.with_query(*fields.items(), ("verdict", "not_for_us"), ("sure", "yes")))


@behaviour
async def overrides_the_method(scanner: Scanner) -> None:
    page = await scanner.send("GET")
    [fields, *_] = forms_of(page.text)
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        await scanner.send("GET", scanner.with_query(*fields.items()), headers={name: "POST"})
    await scanner.send("GET", scanner.with_query(*fields.items(), ("_method", "POST")))


@behaviour
async def changes_the_order_and_adds_its_own(scanner: Scanner) -> None:
    pairs = [*reversed(scanner.fields.items()), ("utm_source", "mail"), ("token", "second"), ("csrf_token", "0" * 64)]
    await scanner.send("GET", scanner.with_query(*pairs))


@behaviour
async def encodes_every_letter(scanner: Scanner) -> None:
    coded = "".join(f"%{ord(letter):02X}" for letter in scanner.fields["token"])
    assert (await scanner.send("GET", f"{scanner.path}?token={coded}")).status_code == 200


@behaviour
async def cuts_the_token(scanner: Scanner) -> None:
    for token in (scanner.fields["token"][:-1], ""):
        await scanner.send("GET", scanner.with_query(("token", token)))


@behaviour
async def shouts_the_token(scanner: Scanner) -> None:
    await scanner.send("GET", scanner.link.upper().replace(scanner.path.upper(), scanner.path))
    await scanner.send("GET", scanner.with_query(("token", scanner.fields["token"].upper())))


@behaviour
async def keeps_the_punctuation(scanner: Scanner) -> None:
    for ending in (".", ")", ">", "]", ",", "%20", "&amp;", "'"):
        await scanner.send("GET", f"{scanner.link}{ending}")


def forms_of(page: str) -> list[dict[str, str]]:
    """The hidden fields and the buttons of each form of a page."""
    main = page.partition("<main")[2]
    forms = re.findall(r"<form.*?</form>", main, re.DOTALL)
    named = r'<(?:input|button)[^>]* name="([^"]+)" value="([^"]*)"'
    return [{name: unescape(value) for name, value in re.findall(named, form)} for form in forms]


async def everything(portal: Portal) -> dict[str, list[Any]]:
    """All that the portal holds, and what it asked others to do."""
    async with portal.database.reading() as connection:
        held = {
            name: [tuple(row) for row in await connection.execute(select(table))]
            for name, table in metadata.tables.items()
        }
    commands = [asked for asked in portal.bus.asked if asked.subject.startswith("command.")]
    return {**held, "commands": commands}


@pytest.fixture
async def scanner(furnished: Portal, request: pytest.FixtureRequest) -> AsyncIterator[Scanner]:
    made = Scanner(furnished, LINKS[request.param])
    yield made
    await made.client.aclose()


@pytest.mark.parametrize("scanner", LINKS, indirect=True)
@pytest.mark.parametrize("act", BEHAVIOURS.values(), ids=BEHAVIOURS)
async def test_no_scanner_changes_anything(furnished: Portal, scanner: Scanner, act: Behaviour) -> None:
    before = await everything(furnished)
    await act(scanner)
    assert await everything(furnished) == before
    assert scanner.seen
    assert all(status < 500 for status in scanner.seen)


@pytest.mark.parametrize("scanner", LINKS, indirect=True)
async def test_a_person_who_presses_the_button_does_change_something(furnished: Portal, scanner: Scanner) -> None:
    before = await everything(furnished)
    page = await scanner.send("GET")
    assert (await scanner.send("POST", scanner.path, data=forms_of(page.text)[0])).status_code == 200
    assert await everything(furnished) != before


@pytest.mark.parametrize("path", sorted(path for method, path in ACCESS if method == "POST"))
async def test_only_the_one_click_of_mail_programmes_acts_on_a_bare_post(furnished: Portal, path: str) -> None:
    scanner = Scanner(furnished, f"{filled(path)}?token=t")
    before = await everything(furnished)
    answer = await scanner.send("POST")
    if ("POST", path) in WITHOUT_CSRF:
        assert path == "/unsubscribe/one-click"
        assert await everything(furnished) != before
    else:
        assert answer.status_code == 403
        assert await everything(furnished) == before
    await scanner.client.aclose()


async def test_no_page_and_no_text_of_a_mail_links_to_the_one_click(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    public = [path for (method, path), role in ACCESS.items() if method == "GET" and role is not Role.STAFF]
    for path in (*LINKS.values(), *(filled(path) for path in public)):
        assert "one-click" not in (await visitor.get(path)).text
    templates = [file for file in (ROOT / "services/notifier/templates").rglob("*") if file.is_file()]
    assert templates
    assert [file.name for file in templates if "one-click" in file.read_text()] == []
