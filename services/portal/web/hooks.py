"""What other programs hand in: mails that came back, from a provider that receives them for us."""

import hmac
from base64 import b64encode

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from services.portal.web.access import MAX_RETURN_BYTES
from services.portal.web.drawing import Drawing
from services.portal.web.site import Site
from shared.bus import OwnerDown
from shared.requests import TakeReturn


def routes(site: Site, drawing: Drawing) -> APIRouter:
    router = APIRouter()

    @router.post("/hooks/returns")
    async def take_return(request: Request) -> PlainTextResponse:
        """The body is the mail as it came. 200 means that it was dealt with, 503 asks to hand it in again."""
        if site.settings.returns_hook_secret is None:
            raise HTTPException(404)
        if not _has_secret(request, site.settings.returns_hook_secret.get_secret_value()):
            return PlainTextResponse("secret\n", 401, {"www-authenticate": "Bearer"})
        content = await request.body()
        if len(content) > MAX_RETURN_BYTES:
            return PlainTextResponse("too large\n", 413)
        try:
            answer = await site.bus.ask(TakeReturn(content=b64encode(content).decode()))
        except OwnerDown:
            return PlainTextResponse("later\n", 503, {"retry-after": "60"})
        return PlainTextResponse("taken\n" if answer.refused is None else f"{answer.refused}\n")

    return router


def _has_secret(request: Request, secret: str) -> bool:
    """Compared in constant time; a scheme other than Bearer is no secret."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return hmac.compare_digest(given.strip().encode(), secret.encode()) and scheme.casefold() == "bearer"
