"""aides-territoires on loopback, in the shape of the real API: a token for a token, then pages of aids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.ingest.json_server import Asked, Faults, Said

OWN_TOKEN = "own-token-of-the-office"


@dataclass
class Catalogue:
    """Answers as the API does. A token lasts for `lasts` requests."""

    aids: Sequence[Any]
    faults: Faults = field(default_factory=Faults)
    lasts: int = 1_000_000
    known: Sequence[Any] = ()
    given: int = 0
    left: int = 0

    def __call__(self, asked: Asked) -> Said:
        if (strange := self.faults.instead(asked)) is not None:
            return strange
        if asked.path == "/api/connexion/":
            return self._connect(asked)
        if self.left <= 0 or asked.headers.get("authorization") != f"Bearer {self._token}":
            return Said({"code": 401, "message": "Expired JWT Token"}, 401)
        self.left -= 1
        if asked.path.startswith("/api/aids/by-id/"):
            return self._one(asked.path.rstrip("/").rsplit("/", 1)[1])
        return page(self.aids, int(asked.params["page"]), int(asked.params["itemsPerPage"]))

    @property
    def _token(self) -> str:
        return f"jwt-number-{self.given}"

    def _connect(self, asked: Asked) -> Said:
        if asked.method != "POST" or asked.headers.get("x-auth-token") != OWN_TOKEN:
            return Said({"message": "Invalid credentials."}, 401)
        self.given, self.left = self.given + 1, self.lasts
        return Said({"token": self._token})

    def _one(self, identity: str) -> Said:
        for aid in [*self.known, *self.aids]:
            if str(aid["id"]) == identity:
                return Said(aid)
        gone = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Cette aide n'existe pas"}
        return Said(gone, 404)


def page(aids: Sequence[Any], number: int, size: int, *, count: int | None = None) -> Said:
    """One page as the API makes it."""
    total = len(aids) if count is None else count
    address = "https://aides-territoires.beta.gouv.fr/api/aids/?itemsPerPage={}&page={}"
    return Said(
        {
            "count": total,
            "previous": address.format(size, number - 1) if number > 1 else None,
            "next": address.format(size, number + 1) if number * size < total else None,
            "results": list(aids[(number - 1) * size : number * size]),
        }
    )
