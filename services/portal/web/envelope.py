"""What is around every page: security headers, cookies, HEAD as GET, and a limit on what may be sent."""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal.web.access import TOKEN_PAGES, UPLOADS

MAX_BODY_BYTES = 128 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class TooLarge(Exception):
    """More was sent than any form of ours holds."""


class Envelope:
    """Wraps the application; `secure` says that people reach it by https."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        self.secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        cookies: list[str] = []
        wants_body = scope["method"] != "HEAD"
        inner = {**scope, "state": {**scope.get("state", {}), "cookies": cookies}}
        if not wants_body:
            inner["method"] = "GET"
        most = MAX_BODY_BYTES + UPLOADS.get(scope["path"], 0)
        received, announced = 0, _announced(scope)

        async def receive_bounded() -> Message:
            nonlocal received
            if announced > most:
                raise TooLarge
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise TooLarge
            return message

        async def send_dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self._headers(scope, message, cookies)]}
            elif message["type"] == "http.response.body" and not wants_body:
                message = {**message, "body": b""}
            await send(message)

        await self.app(inner, receive_bounded, send_dressed)

    def _headers(self, scope: Scope, message: Message, cookies: list[str]) -> list[tuple[bytes, bytes]]:
        given = {name.lower() for name, _ in message["headers"]}
        path: Any = scope["path"]
        headers = {
            "content-security-policy": POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer" if path in TOKEN_PAGES else "same-origin",
            "permissions-policy": "camera=(), geolocation=(), microphone=()",
            "cross-origin-opener-policy": "same-origin",
            "cache-control": "public, max-age=3600" if path.startswith("/static/") else "no-store",
        }
        if self.secure:
            headers["strict-transport-security"] = "max-age=31536000"
        dressed = [(n.encode(), v.encode()) for n, v in headers.items() if n.encode() not in given]
        return dressed + [(b"set-cookie", cookie.encode()) for cookie in cookies]


def _announced(scope: Scope) -> int:
    """How many bytes the sender says will come; 0 when it does not say."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told) if told.isdigit() else 0
