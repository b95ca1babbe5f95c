"""Asking a source that drips, floods, lies or says later: always a sentence, never a full memory."""

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import (
    Ask,
    BoundedClient,
    Limits,
    NotThere,
    SourceFailed,
    Validators,
    retry_after_s,
)
from services.ingest.sources.contract import Asking
from services.ingest.sources.eu_portal_pages import Reader
from services.ingest.sources.manners import Manners
from tests.adapters.ingest.conftest import QUICK
from tests.adapters.ingest.portal import page, streamed

OPEN = "31094502"
SETTINGS = IngestSettings()
PAGE = Ask("https://portal.example/s")


class Dripping(httpx.AsyncByteStream):
    """One byte at a time, for ever."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.01)
            yield b" "


class Flood(httpx.AsyncByteStream):
    """Megabyte after megabyte."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" " * 1_000_000


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda: httpx.Response(200, headers={"Content-Type": "application/json"}, stream=Dripping()), "within"),
        (lambda: httpx.Response(200, headers={"Content-Type": "application/json"}, stream=Flood()), "over 3 MB"),
        (
            lambda: httpx.Response(200, headers={"Content-Type": "application/json", "Content-Encoding": "br"}),
            "compressed",
        ),
        (lambda: httpx.Response(200, html="<h1>maintenance</h1>"), "maintenance"),
        (lambda: httpx.Response(200, content=b"{}"), "without a type"),
        (lambda: httpx.Response(200, json={"results": "x"}), "another shape"),
        (lambda: httpx.Response(200, json=[]), "another shape"),
        (lambda: httpx.Response(200, content=b'{"a":', headers={"Content-Type": "application/json"}), "broken"),
        (lambda: httpx.Response(200, content=b"[" * 200_000, headers={"Content-Type": "application/json"}), "broken"),
        (lambda: httpx.Response(200, content=b"\xff\xfe", headers={"Content-Type": "application/json"}), "UTF-8"),
        (lambda: httpx.Response(302, headers={"Location": "https://login.example"}), "status 302"),
        (lambda: httpx.Response(405, json={}), "status 405"),
        (lambda: httpx.Response(500, json={"type": "throwable"}), "status 500"),
    ],
)
async def test_a_bad_answer_is_a_sentence(clock: Any, answer: Any, says: str) -> None:
    limits = Limits(request_s=0.3, tries=2, first_wait_s=0.01, body_bytes=3_000_000)
    async with httpx.AsyncClient(transport=streamed(lambda _: answer())) as http:
        reader = Reader(Asking(BoundedClient(http, clock, limits), SETTINGS, clock()))
        with pytest.raises(SourceFailed, match=says):
            await reader.read({"status": [OPEN]})


async def test_a_flood_never_fills_the_memory(clock: Any) -> None:
    flood = httpx.Response(200, headers={"Content-Type": "application/json"}, stream=Flood())
    tracemalloc.start()
    async with httpx.AsyncClient(transport=streamed(lambda _: flood)) as http:
        reader = Reader(Asking(BoundedClient(http, clock), SETTINGS, clock()))
        with pytest.raises(SourceFailed, match="over 12 MB"):
            await reader.read({"status": [OPEN]})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


async def test_nan_and_a_byte_order_mark_do_not_break_a_page(clock: Any) -> None:
    body = b'\xef\xbb\xbf{"totalResults":1,"pageNumber":1,"results":[{"weight":NaN}]}'
    response = httpx.Response(200, content=body, headers={"Content-Type": "application/json;charset=UTF-8"})
    async with httpx.AsyncClient(transport=streamed(lambda _: response)) as http:
        reader = Reader(Asking(BoundedClient(http, clock, QUICK), SETTINGS, clock()))
        assert await reader.read({"status": [OPEN]}) is None
    assert reader.records == [{"weight": None}]


class Time:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def answering(*answers: httpx.Response) -> tuple[httpx.MockTransport, list[httpx.Request]]:
    """A server that gives each answer once, the last one for ever."""
    left, asked = list(answers), list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return left.pop(0) if len(left) > 1 else left[0]

    return streamed(answer), asked


async def test_retry_after_is_waited_for_and_capped_and_other_waits_grow_with_jitter(clock: Any) -> None:
    time = Time()
    headers = ["7", "Mon, 02 Nov 2026 09:00:20 GMT", "86400", "nonsense", None]
    limited = [httpx.Response(429, headers={"Retry-After": header} if header else {}) for header in headers]
    transport, _ = answering(*limited, page([], total=0))
    limits = Limits(tries=6, longest_wait_s=120)
    async with httpx.AsyncClient(transport=transport) as http:
        await BoundedClient(http, clock, limits, time.sleep, manners=Manners(monotonic=time)).ask(PAGE)
    assert time.slept[:3] == [7, 20, 120]
    assert len(time.slept) >= 5
    assert all(0 <= wait <= most for wait, most in zip(time.slept[3:], (8, 16), strict=False))
    assert retry_after_s("Mon, 02 Nov 2026 08:00:00 GMT", clock()) == 0


async def test_what_a_host_asked_for_holds_for_the_next_request_too(clock: Any) -> None:
    time = Time()
    transport, asked = answering(httpx.Response(503, headers={"Retry-After": "30"}), page([], total=0))
    manners = Manners(monotonic=time)
    async with httpx.AsyncClient(transport=transport) as http:
        client = BoundedClient(http, clock, Limits(tries=1), time.sleep, manners=manners)
        with pytest.raises(SourceFailed):
            await client.ask(PAGE)
        await client.ask(PAGE)
    assert time.now == pytest.approx(30)
    assert len(asked) == 2


async def test_a_host_is_asked_no_faster_than_its_pace(clock: Any) -> None:
    time = Time()
    transport, _ = answering(page([], total=0))
    async with httpx.AsyncClient(transport=transport) as http:
        client = BoundedClient(http, clock, Limits(), time.sleep, manners=Manners(per_s=5, monotonic=time))
        for _ in range(11):
            await client.ask(PAGE)
    assert time.now == pytest.approx(2)


async def test_a_host_that_keeps_failing_is_left_in_peace_for_a_while(clock: Any) -> None:
    time = Time()
    transport, asked = answering(*[httpx.Response(500)] * 6, page([], total=0))
    manners = Manners(patience=6, rest_s=300, monotonic=time)
    async with httpx.AsyncClient(transport=transport) as http:
        client = BoundedClient(http, clock, Limits(tries=3, first_wait_s=0), time.sleep, manners=manners)
        for _ in range(4):
            with pytest.raises(SourceFailed):
                await client.ask(PAGE)
        assert len(asked) == 6
        time.now += 300
        await client.ask(PAGE)
    assert len(asked) == 7


async def test_an_unchanged_page_is_not_sent_again(clock: Any) -> None:
    first = httpx.Response(200, json={}, headers={"ETag": '"7"', "Last-Modified": "Mon, 02 Nov 2026 09:00:00 GMT"})
    transport, asked = answering(first, httpx.Response(304))
    async with httpx.AsyncClient(transport=transport) as http:
        client = BoundedClient(http, clock, QUICK, contact="contact@passerelle.example")
        answer = await client.ask(PAGE)
        again = await client.ask(Ask(PAGE.url, if_changed=answer.validators))
    assert answer.validators == Validators('"7"', "Mon, 02 Nov 2026 09:00:00 GMT")
    assert (again.unchanged, again.body, again.validators) == (True, b"", answer.validators)
    assert asked[1].headers["If-None-Match"] == '"7"'
    assert asked[1].headers["If-Modified-Since"] == "Mon, 02 Nov 2026 09:00:00 GMT"
    assert "contact@passerelle.example" in asked[1].headers["User-Agent"]


async def test_a_redirect_is_followed_only_when_asked_and_not_for_ever(clock: Any) -> None:
    def moving(request: httpx.Request) -> httpx.Response:
        here = int(request.url.params.get("n", 0))
        if here < int(request.url.params.get("last", 99)):
            return httpx.Response(302, headers={"Location": str(request.url.copy_set_param("n", here + 1))})
        return httpx.Response(200, json={})

    async with httpx.AsyncClient(transport=streamed(moving)) as http:
        client = BoundedClient(http, clock, QUICK)
        assert (await client.ask(Ask(PAGE.url, params={"last": "3"}, follow=True))).url.endswith("n=3")
        with pytest.raises(SourceFailed, match="status 302"):
            await client.ask(PAGE)
        with pytest.raises(SourceFailed, match="redirects more than"):
            await client.ask(Ask(PAGE.url, follow=True))


async def test_what_is_compressed_all_the_same_is_decoded_within_the_cap(clock: Any) -> None:
    def body(content: bytes) -> httpx.Response:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        return httpx.Response(200, stream=httpx.ByteStream(gzip.compress(content)), headers=headers)

    transport, _ = answering(body(b'{"a": 1}'), body(b" " * 200_000_000))
    async with httpx.AsyncClient(transport=transport) as http:
        client = BoundedClient(http, clock, QUICK)
        assert await client.ask_for_json(PAGE) == {"a": 1}
        tracemalloc.start()
        with pytest.raises(SourceFailed, match="over 12 MB"):
            await client.ask(PAGE)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 50_000_000


async def test_a_page_that_is_gone_says_so(clock: Any) -> None:
    transport, _ = answering(httpx.Response(410))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(NotThere):
            await BoundedClient(http, clock, QUICK).ask(PAGE)
