"""HTTP that a lying server cannot hurt: a total deadline, caps on bytes, patient retries, and manners.

Manners: a User-Agent with a contact, a pace for each host, `Retry-After` honoured, conditional requests, and a pause
for a host that fails again and again.
"""

import asyncio
import email.utils
import json
import logging
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from services.ingest.sources.manners import Manners
from shared.clock import Clock

log = logging.getLogger(__name__)

AGENT = "Passerelle (watch of public funding of a French departement)"
JSON = ("application/json", "+json")
XML = ("application/xml", "text/xml", "+xml")
MAX_REDIRECTS = 5


class SourceFailed(Exception):
    """A source cannot be read, or answers something else than it should. The text is a sentence for staff."""


class TryLater(SourceFailed):
    """The same request may succeed later; `wait_s` is how long the source asked for."""

    def __init__(self, sentence: str, *, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


class NotThere(SourceFailed):
    """The source says that this page is gone (404, 410)."""


class NotAllowed(SourceFailed):
    """The source refuses the credentials (401, 403)."""


@dataclass(frozen=True)
class Limits:
    """How much patience and memory one request may take; `body_bytes` counts both on the wire and once decoded."""

    request_s: float = 60.0
    tries: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 120.0
    body_bytes: int = 12_000_000


@dataclass(frozen=True)
class Validators:
    """What a server said of a page's version, to ask later whether it is still the same."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Ask:
    """One request. `kinds` are the content types expected, whole or as endings such as `+json`; empty for any.

    `if_changed` holds the validators of an earlier answer; then the answer may be `unchanged`, without a body.
    """

    url: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Any] | None = None
    json: object = None
    kinds: Sequence[str] = JSON
    if_changed: Validators | None = None
    follow: bool = False


@dataclass(frozen=True)
class Answer:
    """A body within the limits, decoded from its compression; `url` is where redirects led."""

    url: str
    kind: str
    charset: str | None
    body: bytes
    validators: Validators = Validators()
    unchanged: bool = False


Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class BoundedClient:
    """Asks politely; what it raises is a SourceFailed with a sentence."""

    http: httpx.AsyncClient
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    sleep: Sleep = asyncio.sleep
    contact: str = ""
    manners: Manners = field(default_factory=Manners)

    async def ask(self, ask: Ask) -> Answer:
        """The answer, after retries. Raises SourceFailed with a sentence."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self.limits.tries),
            retry=retry_if_exception_type(TryLater),
            wait=self._wait,
            sleep=self.sleep,
            reraise=True,
        )
        return await retrying(self._ask_once, ask)

    async def ask_for_json(self, ask: Ask) -> object:
        """The JSON of an answer. Raises SourceFailed."""
        return parse_json((await self.ask(ask)).body)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait_s if isinstance(error, TryLater) else None
        # Jitter, so that those who failed together do not come back together.
        grown = wait_random_exponential(multiplier=self.limits.first_wait_s, max=self.limits.longest_wait_s, min=0)
        wait = min(grown(state) if asked is None else asked, self.limits.longest_wait_s)
        log.info(
            "a source is asked again", extra={"attempt": state.attempt_number, "wait_s": wait, "problem": str(error)}
        )
        return wait

    async def _ask_once(self, ask: Ask) -> Answer:
        host = httpx.URL(ask.url).host
        if (rest_s := self.manners.closed_for_s(host)) > 0:
            raise SourceFailed(f"{host} failed too often: it is left in peace for {rest_s:.0f} s.")
        await self.manners.turn(host, self.sleep)
        try:
            answer = await self._send(ask)
        except TryLater as error:
            self.manners.failed(host, wait_s=min(error.wait_s or 0.0, self.limits.longest_wait_s))
            raise
        self.manners.answered(host)
        return answer

    async def _send(self, ask: Ask) -> Answer:
        try:
            async with asyncio.timeout(self.limits.request_s):
                return await self._follow(ask)
        except TimeoutError as error:
            raise TryLater(f"The source did not answer completely within {self.limits.request_s:.0f} s.") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise TryLater(f"The source cannot be reached ({type(error).__name__}).") from error

    async def _follow(self, ask: Ask) -> Answer:
        url = httpx.URL(ask.url, params=dict(ask.params)) if ask.params else httpx.URL(ask.url)
        for _ in range(MAX_REDIRECTS + 1):
            request = self.http.build_request(
                ask.method, url, headers=self._headers(ask), files=ask.files, json=ask.json
            )
            response = await self.http.send(request, stream=True, follow_redirects=False)
            try:
                if not (ask.follow and response.next_request):
                    return await self._answer(ask, response)
                url = response.next_request.url
            finally:
                await response.aclose()
        raise SourceFailed(f"The source redirects more than {MAX_REDIRECTS} times.")

    def _headers(self, ask: Ask) -> dict[str, str]:
        agent = f"{AGENT}; {self.contact}" if self.contact else AGENT
        headers = {
            "Accept": "application/json" if ask.kinds == JSON else "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": agent.encode("ascii", "replace").decode(),
        }
        if ask.if_changed and ask.if_changed.etag:
            headers["If-None-Match"] = ask.if_changed.etag
        if ask.if_changed and ask.if_changed.last_modified:
            headers["If-Modified-Since"] = ask.if_changed.last_modified
        return {**headers, **ask.headers}

    async def _answer(self, ask: Ask, response: httpx.Response) -> Answer:
        url = str(response.url)
        if response.status_code == 304 and ask.if_changed:
            return Answer(url, "", None, b"", ask.if_changed, unchanged=True)
        self._check_status(response)
        kind = content_type(response)
        if ask.kinds and not any(kind == one or (one.startswith("+") and kind.endswith(one)) for one in ask.kinds):
            expected = "JSON" if ask.kinds == JSON else "what it should"
            shown = kind[:60] or "without a type"
            raise SourceFailed(f"The source answered {shown} instead of {expected}: maybe a maintenance page.")
        validators = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
        return Answer(url, kind, response.charset_encoding, await self._bounded_body(response), validators)

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        sentence = f"The source answered with status {status}."
        if status == 429 or status >= 500:
            raise TryLater(sentence, wait_s=retry_after_s(response.headers.get("Retry-After"), self.clock()))
        if status in (404, 410):
            raise NotThere(sentence)
        if status in (401, 403):
            raise NotAllowed(sentence)
        if status != 200:
            raise SourceFailed(sentence)

    async def _bounded_body(self, response: httpx.Response) -> bytes:
        body, wire, most = bytearray(), 0, self.limits.body_bytes
        decoder = _decoder(response)
        async for piece in response.aiter_raw():
            wire += len(piece)
            body += decoder(piece, most + 1 - len(body)) if decoder else piece
            if wire > most or len(body) > most:
                raise SourceFailed(f"The source's answer is over {most // 1_000_000} MB.")
        return bytes(body)


def _decoder(response: httpx.Response) -> Callable[[bytes, int], bytes] | None:
    """How to decode some bytes into at most so many: servers compress though they are asked not to."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise SourceFailed(f"The source sent a compressed body ({encoding[:20]}) though it was asked not to.")
    inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32 if "gzip" in encoding else zlib.MAX_WBITS)

    def decode(piece: bytes, most: int) -> bytes:
        try:
            return inflate.decompress(piece, max(most, 1))
        except zlib.error as error:
            raise SourceFailed("The source's compressed answer is broken.") from error

    return decode


def content_type(response: httpx.Response) -> str:
    """The type of an answer in lower case, without parameters."""
    return str(response.headers.get("Content-Type", "")).split(";")[0].strip().lower()


def parse_json(body: bytes) -> object:
    """NaN and infinities become None: a record may hold one without spoiling the page. Raises SourceFailed."""
    try:
        parsed: object = json.loads(body.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError as error:
        raise SourceFailed("The source's answer is not UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise SourceFailed("The source's answer is broken JSON.") from error
    return parsed


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds a Retry-After header asks for, given as seconds or as a date; None when it says nothing usable."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header.strip()[:9])
    try:
        moment = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    return max((moment - now).total_seconds(), 0.0)
