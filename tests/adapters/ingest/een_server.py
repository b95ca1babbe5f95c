"""The network's profile service on loopback: credentials in the address, dates without dashes, no pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.ingest.json_server import Asked, Faults, Said
from tests.unit.ingest.een_profiles import pod

PATH = "/tools/services/podv6/QueryService.svc/GetProfiles"
XML = "application/xml; charset=utf-8"
USER, PASSWORD = "FR00000", "hush-hush"
# Parameter, part of a profile, and whether it is a lower bound.
FILTERS = (
    ("da", "deadline", True),
    ("db", "deadline", False),
    ("sa", "submit", True),
    ("sb", "submit", False),
    ("ua", "update", True),
    ("ub", "update", False),
)


@dataclass
class Network:
    """Answers the profiles that fit the dates and types asked for."""

    profiles: Sequence[Any]
    faults: Faults = field(default_factory=Faults)

    def __call__(self, asked: Asked) -> Said:
        if (strange := self.faults.instead(asked)) is not None:
            return strange
        if asked.path != PATH:
            return Said(b"<h1>Not found</h1>", 404, kind="text/html")
        if (asked.params.get("u"), asked.params.get("p")) != (USER, PASSWORD):
            return Said(b"<error>no</error>", 403, kind=XML)
        return Said(pod(*(one for one in self.profiles if _fits(one, asked.params))), kind=XML)


def _fits(profile: Any, params: Mapping[str, str]) -> bool:
    kinds = params.get("pt", "").split(",") if params.get("pt") else None
    if kinds and profile["reference"]["type"] not in kinds:
        return False
    for name, part, is_lower in FILTERS:
        given = profile["datum"].get(part, "").replace("-", "")[:8]
        if name in params and given and ((given < params[name]) if is_lower else (given > params[name])):
            return False
    return True
