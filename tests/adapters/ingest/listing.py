"""A source made of readings at hand, for tests of what a harvest does with any source."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.ingest.domain.readings import Reading
from services.ingest.sources.contract import Asking, Fetched, Parsed, Source
from shared.events import OpportunityState

MARCH = datetime.fromisoformat("2027-03-02T16:00:00+00:00")


def reading(key: str, *, source: str = "listing", **said: Any) -> Reading:
    """An open call with a title, a text and a deadline, unless said otherwise."""
    state = {
        "id": f"{source}-{key}", "version": 1, "kind": "call", "source": source, "status": "open",
        "title": f"Call {key} for partners", "text": f"What call {key} is about.", "deadlines": (MARCH,),
        "url": f"https://{source}.example/{key}",
    }  # fmt: skip
    return Reading(key, OpportunityState.model_validate({**state, **said}))


@dataclass
class Listing:
    """What the source shows today, and what it answers about a key; set them between harvests."""

    name: str = "listing"
    shown: Sequence[Reading] = ()
    about: dict[str, Reading] = field(default_factory=dict)
    problem: str | None = None
    authority: int = 50
    answers: bool = True
    asked: list[str] = field(default_factory=list)

    @property
    def source(self) -> Source:
        return Source(
            name=self.name,
            usual={},
            fetch=self._fetch,
            parse=self._parse,
            look_up=self._look_up if self.answers else None,
            authority=self.authority,
        )

    async def _fetch(self, _asking: Asking) -> Fetched:
        return Fetched(tuple(self.shown), self.problem)

    async def _look_up(self, _asking: Asking, keys: Sequence[str]) -> Fetched:
        self.asked += keys
        return Fetched(tuple(self.about[key] for key in keys if key in self.about))

    @staticmethod
    def _parse(records: tuple[Any, ...], _now: datetime) -> Parsed:
        return Parsed(records, (), tuple(frozenset({"title"}) for _ in records))
