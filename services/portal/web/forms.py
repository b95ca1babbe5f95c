"""Reads what was typed, each field cut to a length nobody needs to pass."""

from starlette.requests import Request

from services.portal.domain.declaration import Typed

MAX_FIELD = 20_000


async def typed_in(request: Request, *, maximum: int = MAX_FIELD) -> Typed:
    """The form's fields; a form was read and checked by the guard already."""
    form = await request.form()
    fields = {name: value[:maximum] for name, value in form.multi_items() if isinstance(value, str)}
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
