"""What every request passes before its page: who asks, whether they may, and whether the form is ours."""

from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request

from services.portal.web.access import ACCESS, UPLOADS, WITHOUT_CSRF, Role
from services.portal.web.site import Site
from services.portal.web.visitor import LANGUAGE_COOKIE, CookieJar, Visitor, client_address
from shared.i18n import LANGUAGES, chosen_language

MAX_FIELDS = 400
MAX_FIELD_BYTES = 40_000


class SeeOther(Exception):
    """The visitor is to go elsewhere first."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


class Guard:
    """A dependency of every route."""

    def __init__(self, site: Site) -> None:
        self.site = site

    async def __call__(self, request: Request) -> None:
        """Raises HTTPException or SeeOther for those who may not."""
        route = (request.method, request.scope["route"].path)
        role = ACCESS[route]
        if route == ("GET", "/static/{name}"):
            return
        visitor = await self.recognise(request)
        if route[1] in UPLOADS:
            await self._check_role(request, visitor, role)
        if request.method == "POST" and route not in WITHOUT_CSRF:
            await self._check_form(request, visitor, files=1 if route[1] in UPLOADS else 0)
        await self._check_role(request, visitor, role)

    async def recognise(self, request: Request) -> Visitor:
        """Who asks; kept in `request.state.visitor`."""
        site = self.site
        jar = CookieJar(request, site.is_https)
        wanted = request.query_params.get("lang")
        if wanted in LANGUAGES:
            jar.put(LANGUAGE_COOKIE, wanted, max_age_s=365 * 24 * 3600)
        language = chosen_language(wanted or jar.get(LANGUAGE_COOKIE), request.headers.get("accept-language", ""))
        visitor = Visitor(
            language=language,
            address=client_address(request, site.common.trusted_proxies),
            session=None,
            session_id=jar.get("session"),
            nonce=jar.get("browser"),
            jar=jar,
            secret=site.secret,
        )
        request.state.visitor = visitor
        if visitor.session_id:
            visitor.session = await site.store.sessions.find(visitor.session_id, now=site.clock())
        if visitor.session:
            visitor.belongs_to_staff = await site.store.staff.includes(visitor.session.person_id)
            if visitor.session.is_staff and not visitor.belongs_to_staff:
                visitor.session = None
        return visitor

    async def _check_form(self, request: Request, visitor: Visitor, *, files: int) -> None:
        self._check_origin(request)
        form = await request.form(max_files=files, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES)
        token = form.get("csrf_token")
        if not isinstance(token, str) or not visitor.owns_csrf_token(token):
            await form.close()
            raise HTTPException(403, "form")

    def _check_origin(self, request: Request) -> None:
        """A form sent from another site is refused; pages with `no-referrer` say null, and the browser tells whose."""
        origin = request.headers.get("origin")
        if origin is None:
            return
        if origin == "null":
            allowed = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
        else:
            allowed = origin == self.site.origin or urlsplit(origin).netloc == request.headers.get("host")
        if not allowed:
            raise HTTPException(403, "form")

    async def _check_role(self, request: Request, visitor: Visitor, role: Role) -> None:
        if role is Role.ANYONE:
            return
        if not visitor.is_signed_in:
            if request.method == "GET":
                raise SeeOther(f"/sign-in?next={quote(request.url.path)}")
            raise HTTPException(403, "sign-in")
        if role is Role.STAFF and not visitor.is_staff:
            if visitor.belongs_to_staff and request.method == "GET":
                raise SeeOther("/staff/second-factor")
            raise HTTPException(403, "staff")
