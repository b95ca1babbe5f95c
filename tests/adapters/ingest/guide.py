"""A guide of aids on loopback, in the shape that docs/examples/source-file.json describes, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.adapters.ingest.json_server import Asked, Faults, Said


@dataclass
class Guide:
    """Answers pages of a list, for those who send the key."""

    records: Sequence[Any]
    faults: Faults = field(default_factory=Faults)
    key: str = "hush-hush"
    longest_page: int = 50

    def __call__(self, asked: Asked) -> Said:
        if (strange := self.faults.instead(asked)) is not None:
            return strange
        if asked.headers.get("x-api-key") != self.key:
            return Said({"message": "no"}, 401)
        size, number = min(int(asked.params["limit"]), self.longest_page), int(asked.params["page"])
        return page(self.records[(number - 1) * size : number * size], total=len(self.records))


def page(records: Sequence[Any], *, total: int) -> Said:
    return Said({"data": {"total": total, "aides": list(records)}})
