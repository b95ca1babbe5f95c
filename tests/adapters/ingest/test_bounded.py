"""Asking a source that drips, floods, lies or says later: always a sentence, never a full memory."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.ingest.sources import eu_portal
from services.ingest.sources.bounded import BoundedClient, Limits, SourceFailed, retry_after_s
from services.ingest.sources.eu_portal import Reader
from tests.adapters.ingest.conftest import QUICK
from tests.adapters.ingest.portal import page, streamed

OPEN = "31094502"


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
        reader = Reader(BoundedClient(http, clock, limits), "https://portal.example/s", eu_portal._ignore)
        with pytest.raises(SourceFailed, match=says):
            await reader.read({"status": [OPEN]})


async def test_a_flood_never_fills_the_memory(clock: Any) -> None:
    flood = httpx.Response(200, headers={"Content-Type": "application/json"}, stream=Flood())
    tracemalloc.start()
    async with httpx.AsyncClient(transport=streamed(lambda _: flood)) as http:
        reader = Reader(BoundedClient(http, clock), "https://portal.example/s", eu_portal._ignore)
        with pytest.raises(SourceFailed, match="over 12 MB"):
            await reader.read({"status": [OPEN]})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000_000


async def test_nan_and_a_byte_order_mark_do_not_break_a_page(clock: Any) -> None:
    body = b'\xef\xbb\xbf{"totalResults":1,"pageNumber":1,"results":[{"weight":NaN}]}'
    response = httpx.Response(200, content=body, headers={"Content-Type": "application/json;charset=UTF-8"})
    async with httpx.AsyncClient(transport=streamed(lambda _: response)) as http:
        reader = Reader(BoundedClient(http, clock, QUICK), "https://portal.example/s", eu_portal._ignore)
        assert await reader.read({"status": [OPEN]}) is None
    assert reader.records == [{"weight": None}]


async def test_retry_after_is_waited_for_and_capped(clock: Any) -> None:
    waits: list[float] = []
    answers = iter(["7", "Mon, 02 Nov 2026 09:00:20 GMT", "86400", "nonsense", None])

    def limited(_request: httpx.Request) -> httpx.Response:
        header = next(answers, "done")
        if header == "done":
            return page([], total=0)
        return httpx.Response(429, headers={"Retry-After": header} if header else {})

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    limits = Limits(tries=6, longest_wait_s=120)
    async with httpx.AsyncClient(transport=streamed(limited)) as http:
        client = BoundedClient(http, clock, limits, sleep)
        await client.post_for_json(
            "https://portal.example/s", params={}, files={"query": ("blob", b"{}", "application/json")}
        )
    assert waits == [7, 20, 120, 8, 16]
    assert retry_after_s("Mon, 02 Nov 2026 08:00:00 GMT", clock()) == 0
