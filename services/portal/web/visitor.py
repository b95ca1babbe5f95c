"""Who is asking: language, address, the browser's nonce, the session; and the cookies that carry them."""

import hashlib
import hmac
import ipaddress
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from starlette.requests import Request

from services.portal.store.sessions import Session

LANGUAGE_COOKIE = "lang"
MAX_COOKIE = 1000  # characters; the address of an answer to go on with is the longest
PLAIN = "/?=&:"  # left as it is; anything that could end the value is quoted
_YEAR_S = 365 * 24 * 3600


@dataclass
class Visitor:
    """One request's asker. `nonce` ties forms and sign-in links to this browser."""

    language: str
    address: str
    session: Session | None
    session_id: str | None
    nonce: str | None
    jar: "CookieJar"
    secret: bytes
    belongs_to_staff: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.session is not None

    @property
    def is_staff(self) -> bool:
        return self.session is not None and self.session.is_staff

    @property
    def person_id(self) -> str:
        """Raises LookupError for a visitor who is not signed in: the table of routes let them in by mistake."""
        if self.session is None:
            raise LookupError("not signed in")
        return self.session.person_id

    def browser(self) -> str:
        """Hash of this browser's nonce, as the notifier knows it; made now when there is none."""
        if self.nonce is None:
            self.nonce = secrets.token_urlsafe(24)
            self.jar.put("browser", self.nonce, max_age_s=_YEAR_S)
        return hashlib.sha256(self.nonce.encode()).hexdigest()

    def csrf_token(self) -> str:
        """What every form of this browser and session carries."""
        return self._csrf_token(self.browser())

    def owns_csrf_token(self, token: str) -> bool:
        return self.nonce is not None and hmac.compare_digest(self._csrf_token(self.browser()).encode(), token.encode())

    def _csrf_token(self, browser: str) -> str:
        bound = f"csrf\n{browser}\n{self.session.id_hash if self.session else ''}"
        return hmac.new(self.secret, bound.encode(), hashlib.sha256).hexdigest()


@dataclass
class CookieJar:
    """Reads and sets cookies, `__Host-` ones when the pages are reached by https."""

    request: Request
    secure: bool
    _lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lines = self.request.scope["state"]["cookies"]

    def name_of(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def get(self, name: str) -> str | None:
        value = unquote(self.request.cookies.get(self.name_of(name), ""))
        return value if 0 < len(value) <= MAX_COOKIE else None

    def put(self, name: str, value: str, *, max_age_s: int) -> None:
        kept = f"{self.name_of(name)}={quote(value, safe=PLAIN)}"
        secure = "; Secure" if self.secure else ""
        line = f"{kept}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}"
        self._lines.append(line)

    def drop(self, name: str) -> None:
        self.put(name, "", max_age_s=0)


def client_address(request: Request, trusted_proxies: str) -> str:
    """The address that asks; what a proxy forwards is believed only when the proxy is one of ours."""
    address = request.client.host if request.client else ""
    trusted = [ipaddress.ip_network(part.strip(), strict=False) for part in trusted_proxies.split(",") if part.strip()]
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while hops and _is_within(address, trusted):
        address = hops.pop()
    return address


def _is_within(address: str, networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        return any(ipaddress.ip_address(address) in network for network in networks)
    except ValueError:
        return False


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
