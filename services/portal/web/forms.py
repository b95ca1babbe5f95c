"""Reads what was typed, each field cut to a length nobody needs to pass."""

from starlette.requests import Request

from services.portal.domain.declaration import Typed

MAX_FIELD = 20_000


async def typed_in(request: Request, *, maximum: int = MAX_FIELD) -> Typed:
    """The form's fields, boxes of one name a line each; a form was read and checked by the guard already."""
    form = await request.form()
    fields: dict[str, str] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields[name] = f"{fields[name]}\n{value}"[:maximum] if name in fields else value[:maximum]
    fields.pop("csrf_token", None)
    themes = tuple(value[:100] for value in form.getlist("themes") if isinstance(value, str))
    return Typed(fields, themes)


def token_in(request: Request) -> str:
    """The token of the address, as short as ours are."""
    return request.query_params.get("token", "")[:2000]


def safe_next(path: str) -> str:
    """Where to go after signing in: a page of ours, never another site."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path and path.isprintable()
    return path if is_ours else "/preferences"


def page_number(request: Request) -> int:
    """Which page of a list is asked for, from 1."""
    text = request.query_params.get("page", "1")
    return max(1, min(int(text), 10_000)) if text.isdecimal() and len(text) < 6 else 1
