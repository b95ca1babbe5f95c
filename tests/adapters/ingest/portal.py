"""An EU portal in memory, for httpx.MockTransport: pages of hand-written rows, and the faults that matter."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any

import httpx

Answer = Callable[[httpx.Request, int], httpx.Response | None]


@dataclass
class PortalInMemory:
    """Answers as the search API does. `before` may answer in its place; it is given the number of the call."""

    rows: Sequence[Any]
    before: Answer | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    @property
    def transport(self) -> httpx.MockTransport:
        return streamed(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append({"query": _query(request), **dict(request.url.params), "headers": dict(request.headers)})
        if self.before and (instead := self.before(request, len(self.asked))) is not None:
            return instead
        found = [row for row in self.rows if _matches(row, self.asked[-1]["query"])]
        size, number = int(request.url.params["pageSize"]), int(request.url.params["pageNumber"])
        return page(found[(number - 1) * size : number * size], total=len(found), number=number)


def streamed(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    """A transport whose bodies come as streams, as from a socket."""

    def handle(request: httpx.Request) -> httpx.Response:
        given = answer(request)
        if not given.is_closed:
            return given
        return httpx.Response(given.status_code, headers=given.headers, stream=httpx.ByteStream(given.content))

    return httpx.MockTransport(handle)


def page(rows: Sequence[Any], *, total: int, number: int = 1) -> httpx.Response:
    return httpx.Response(
        200, json={"totalResults": total, "pageNumber": number, "pageSize": 100, "results": list(rows)}
    )


def _query(request: httpx.Request) -> dict[str, Any]:
    raw = b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n" + request.read()
    for part in BytesParser().parsebytes(raw).get_payload():
        if part.get_param("name", header="content-disposition") == "query":  # type: ignore[union-attr]
            assert part.get_filename()  # type: ignore[union-attr]
            assert part.get_content_type() == "application/json"  # type: ignore[union-attr]
            return dict(json.loads(part.get_payload(decode=True)))  # type: ignore[union-attr,arg-type]
    raise AssertionError("no query in the body")


def _matches(row: Any, query: dict[str, Any]) -> bool:
    for clause in query["bool"]["must"]:
        for name, wanted in clause["terms"].items():
            if not set(wanted) & set(row["metadata"].get(name, [])):
                return False
    return True
