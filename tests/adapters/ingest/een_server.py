"""The service of Enterprise Europe Network on loopback, in its true shape: profiles in XML, by dates."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.adapters.ingest.json_server import Asked, Faults, Said

PATH = "/tools/services/podv6/QueryService.svc/GetProfiles"
USER, PASSWORD = "XX00000", "a-password-of-nobody"
XML = "application/xml; charset=utf-8"
DATES = {"d": "deadline", "s": "submit", "u": "update"}


def in_xml(*profiles: str) -> Said:
    return Said(f"<pod>{''.join(profiles)}</pod>".encode(), kind=XML)


@dataclass
class Service:
    """Answers with the profiles whose dates lie between `da` and `db`, `sa` and `sb`, `ua` and `ub`."""

    profiles: Sequence[str]
    faults: Faults = field(default_factory=Faults)

    def __call__(self, asked: Asked) -> Said:
        if (strange := self.faults.instead(asked)) is not None:
            return strange
        if asked.path != PATH or asked.method != "GET":
            return Said(b"", 404)
        if (asked.params.get("u"), asked.params.get("p")) != (USER, PASSWORD):
            return Said(b"", 401, kind="text/html")
        return in_xml(*(profile for profile in self.profiles if self._is_asked(profile, asked)))

    def _is_asked(self, profile: str, asked: Asked) -> bool:
        for letter, name in DATES.items():
            written = re.search(rf"<{name}>(.{{10}})", profile)
            day = written[1].replace("-", "") if written else ""
            if not asked.params.get(f"{letter}a", "") <= day <= asked.params.get(f"{letter}b", "99999999"):
                return False
        return True
