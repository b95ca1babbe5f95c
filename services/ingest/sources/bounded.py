"""HTTP that a lying server cannot hurt: a total deadline, a cap on bytes, no compressed body, and patient retries."""

import asyncio
import email.utils
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt

from shared.clock import Clock

log = logging.getLogger(__name__)

USER_AGENT = "Passerelle (public funding watch of a French departement)"


class SourceFailed(Exception):
    """A source cannot be read, or answers something else than it should. The text is a sentence for staff."""


class TryLater(SourceFailed):
    """The same request may succeed later; `wait_s` is how long the source asked for."""

    def __init__(self, sentence: str, *, wait_s: float | None = None) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Limits:
    """How much patience and memory one request may take."""

    request_s: float = 60.0
    tries: int = 4
    first_wait_s: float = 1.0
    longest_wait_s: float = 120.0
    body_bytes: int = 12_000_000


Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class BoundedClient:
    """Asks one host, one request at a time."""

    http: httpx.AsyncClient
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    sleep: Sleep = asyncio.sleep

    async def post_for_json(self, url: str, *, params: Mapping[str, str], files: Mapping[str, Any]) -> object:
        """The JSON a POST answers, after retries. Raises SourceFailed with a sentence."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self.limits.tries),
            retry=retry_if_exception_type(TryLater),
            wait=self._wait,
            sleep=self.sleep,
            reraise=True,
        )
        return await retrying(self._post_once, url, params, files)

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait_s if isinstance(error, TryLater) else None
        wait = self.limits.first_wait_s * 2 ** (state.attempt_number - 1) if asked is None else asked
        log.info(
            "a source is asked again", extra={"attempt": state.attempt_number, "wait_s": wait, "problem": str(error)}
        )
        return min(max(wait, 0.0), self.limits.longest_wait_s)

    async def _post_once(self, url: str, params: Mapping[str, str], files: Mapping[str, Any]) -> object:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        try:
            async with (
                asyncio.timeout(self.limits.request_s),
                self.http.stream("POST", url, params=dict(params), files=files, headers=headers) as response,
            ):
                self._check_status(response)
                _check_kind(response)
                body = await self._bounded_body(response)
        except TimeoutError as error:
            raise TryLater(f"The source did not answer completely within {self.limits.request_s:.0f} s.") from error
        except httpx.TransportError as error:
            raise TryLater(f"The source cannot be reached ({type(error).__name__}).") from error
        return _json(body)

    def _check_status(self, response: httpx.Response) -> None:
        status = response.status_code
        if status == 429 or status >= 500:
            wait_s = retry_after_s(response.headers.get("Retry-After"), self.clock())
            raise TryLater(f"The source answered with status {status}.", wait_s=wait_s)
        if status != 200:
            raise SourceFailed(f"The source answered with status {status}.")

    async def _bounded_body(self, response: httpx.Response) -> bytearray:
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self.limits.body_bytes:
                raise SourceFailed(f"The source's answer is over {self.limits.body_bytes // 1_000_000} MB.")
        return body


def _check_kind(response: httpx.Response) -> None:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise SourceFailed(f"The source sent a compressed body ({encoding[:20]}) though it was asked not to.")
    kind = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise SourceFailed(
            f"The source answered {kind[:60] or 'without a type'} instead of JSON: maybe a maintenance page."
        )


def _json(body: bytearray) -> object:
    """NaN and infinities become None: a record may hold one without spoiling the page."""
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
