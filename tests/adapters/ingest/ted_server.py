"""TED's search API on a real socket: its questions understood as TED does, its pages, and the faults that matter."""

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SEARCH = "/v3/notices/search"
KNOWN_KEYS = {
    "query", "fields", "page", "limit", "scope", "checkQuerySyntax", "paginationMode", "onlyLatestVersions",
    "iterationNextToken",
}  # fmt: skip
MOST_FIELDS_A_PAGE = 10_000
_TOKEN = re.compile(r"\s*(\(|\)|>=|[A-Za-z0-9*-]+)")

Row = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What goes over the wire."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


Fault = Callable[[Reply, int], Reply]
"""Replaces a reply; it is given the number of the question, from 1."""


@dataclass
class TedServer:
    """Answers as TED does. `fault` may answer in its place; `xml` holds notices by publication number."""

    rows: Sequence[Any] = ()
    fault: Fault | None = None
    xml: dict[str, Reply] = field(default_factory=dict)
    asked: list[Row] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    most_a_page: int = 250
    xml_takes_s: float = 0.0
    url: str = ""

    def search(self, body: bytes) -> Reply:
        asked = json.loads(body)
        self.asked.append(asked)
        reply = self._search(asked)
        return self.fault(reply, len(self.asked)) if self.fault else reply

    def _search(self, asked: Row) -> Reply:
        if problem := _refusal(asked):
            return as_json({"message": problem, "error": {"type": "UNSUPPORTED_VALUE"}}, status=400)
        try:
            wanted = parsed_query(asked["query"])
        except ValueError as error:
            return as_json({"message": str(error), "error": {"type": "QUERY_SYNTAX_ERROR"}}, status=400)
        found = [row for row in self.rows if not isinstance(row, dict) or wanted(row)]
        if asked["onlyLatestVersions"]:
            found = [row for row in found if not _is_outdated(row, found)]
        try:
            start = int(base64.b64decode(asked.get("iterationNextToken", "MA=="), validate=True))
        except ValueError:
            return as_json({"message": "no such token", "error": {"type": "INVALID_ITERATION_TOKEN"}}, status=400)
        size = min(asked["limit"], self.most_a_page)
        rows = [_only(row, asked["fields"]) for row in found[start : start + size]]
        token = base64.b64encode(str(start + len(rows)).encode()).decode()
        return as_json(
            {"notices": rows, "totalNoticeCount": len(found), "iterationNextToken": token, "timedOut": False}
        )


def as_json(value: Any, *, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status)


def edited(**replaced: Any) -> Fault:
    """A fault that replaces parts of every page; None removes one."""

    def fault(reply: Reply, _number: int) -> Reply:
        page = {**json.loads(reply.body), **replaced}
        return as_json({name: value for name, value in page.items() if value is not None})

    return fault


def _refusal(asked: Row) -> str | None:
    """Why TED answers 400 to a body: it knows no other keys, and caps pages."""
    if unknown := set(asked) - KNOWN_KEYS:
        return f"JSON parse error: Unrecognized field {sorted(unknown)}"
    if not asked.get("fields") or len(asked["fields"]) != len(set(asked["fields"])):
        return "fields must be given, once each"
    if asked["limit"] > 250 or asked["limit"] * len(asked["fields"]) > MOST_FIELDS_A_PAGE:
        return "SEARCH_EXCEEDS_MAX_LIMIT"
    if asked["paginationMode"] == "ITERATION" and "page" in asked:
        return "page is for the mode PAGE_NUMBER"
    return None


def _is_outdated(row: Any, rows: Sequence[Any]) -> bool:
    return isinstance(row, dict) and any(
        isinstance(other, dict)
        and other.get("notice-identifier") == row.get("notice-identifier") is not None
        and (other.get("notice-version") or 0) > (row.get("notice-version") or 0)
        for other in rows
    )


def _only(row: Any, fields: Sequence[str]) -> Any:
    return {name: value for name, value in row.items() if name in fields} if isinstance(row, dict) else row


def parsed_query(text: str) -> Callable[[Row], bool]:
    """The expert query as a test of rows: AND, OR, brackets, `IN (a b*)` and `>= 20261102`. Raises ValueError."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text.replace(" ", ""):
        raise ValueError("the query cannot be read")

    def take(expected: str | None = None) -> str:
        token = tokens.pop(0) if tokens else ""
        if not token or (expected and token != expected):
            raise ValueError(f"expected {expected or 'more'}, found {token or 'the end'}")
        return token

    def either() -> Callable[[Row], bool]:
        tests = [both()]
        while tokens and tokens[0] == "OR":
            take()
            tests.append(both())
        return lambda row: any(test(row) for test in tests)

    def both() -> Callable[[Row], bool]:
        tests = [one()]
        while tokens and tokens[0] == "AND":
            take()
            tests.append(one())
        return lambda row: all(test(row) for test in tests)

    def one() -> Callable[[Row], bool]:
        if tokens and tokens[0] == "(":
            take()
            inner = either()
            take(")")
            return inner
        name, operator = take(), take()
        if operator == ">=":
            day = take()
            if not re.fullmatch(r"\d{8}", day):
                raise ValueError("QUERY_INVALID_FIELD_FORMAT")
            return lambda row: any(value[:10].replace("-", "") >= day for value in _values(row, name))
        if operator != "IN":
            raise ValueError(f"{operator} is no operator")
        take("(")
        wanted = []
        while tokens and tokens[0] != ")":
            wanted.append(take())
        take(")")
        if not wanted:
            raise ValueError("an empty list")
        return lambda row: any(_is_under(value, code) for value in _values(row, name) for code in wanted)

    test = either()
    if tokens:
        raise ValueError(f"{tokens[0]} is not expected")
    return test


def _values(row: Row, name: str) -> list[str]:
    value = row.get(name)
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]


def _is_under(value: str, code: str) -> bool:
    """Places hold what lies in them; a subject with a star is a beginning."""
    return value.startswith(code.rstrip("*")) if code.endswith("*") or len(code) in (3, 4) else value == code


@contextmanager
def running_ted(server: TedServer) -> Iterator[TedServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(server.search(body) if self.path == SEARCH else Reply(b"", 404))

        def do_GET(self) -> None:
            server.fetched.append(self.path)
            time.sleep(server.xml_takes_s)
            number = re.fullmatch(r"/en/notice/([0-9-]+)/xml", self.path)
            self._send(server.xml.get(number[1], Reply(b"", 202)) if number else Reply(b"", 404))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Type": reply.kind, **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", reply.headers.get("Content-Length", str(len(reply.body))))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(reply.body)

        def log_message(self, *_: Any) -> None:
            """Tests print nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_address[1]}"
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(10)
