"""What a complete harvest no longer holds: asked about by key, missed a few times, closed only on somebody's word.

Absence alone closes nothing. The word is the source's own status; or, for what three complete harvests over two days
did not hold, its own page that says it is gone.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from services.ingest.domain.changes import withdrawn
from services.ingest.domain.readings import Reading
from services.ingest.sources.contract import Asking, Source
from services.ingest.store import Head, Save, Store

MISSES, MISSED_FOR = 3, timedelta(hours=48)
PAGES_ASKED = 20

Heads = Mapping[str, tuple[str, Head]]


def vanished(heads: Mapping[str, Head], there: set[str], now: datetime) -> tuple[str, ...]:
    """Keys of what should be listed and is not, not even as a record set aside."""
    gone = (head.key for head in heads.values() if head.should_be_listed(now) and head.key not in there)
    return tuple(sorted(gone))


@dataclass(frozen=True)
class Absent:
    """What was learned of those no longer listed: found by their key, missed once more, gone for good (ids)."""

    found: tuple[Reading, ...] = ()
    missed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    @classmethod
    async def asked_about(
        cls,
        source: Source,
        asking: Asking,
        heads: Heads,
        *,
        store: Store,
        is_gone: Callable[[str], Awaitable[bool]],
    ) -> Self:
        """Ask the source about each key, and the page of each that stays unknown long enough."""
        found = tuple(one for one in await _looked_up(source, asking, list(heads)) if one.key in heads)
        answered = {reading.key for reading in found}
        missing = {id_: head for key, (id_, head) in heads.items() if key not in answered}
        ripe = [id_ for id_, head in missing.items() if _is_ripe(head, asking.now)]
        gone = []
        for id_, known in (await store.known(ripe[:PAGES_ASKED])).items():
            await asking.on_page()
            if known.state.url and await is_gone(known.state.url):
                gone.append(id_)
        return cls(found, tuple(missing), tuple(gone))


async def closings_of(store: Store, ids: Sequence[str], now: datetime) -> list[Save]:
    """The decisions that close what is gone; links to another source keep one open."""
    return [
        Save(id_, one.state.source, "", one.state.version, withdrawn(one, now), merged_into=one.merged_into)
        for id_, one in (await store.known(ids)).items()
        if one.live and not one.state.links
    ]


async def _looked_up(source: Source, asking: Asking, keys: Sequence[str]) -> tuple[Reading, ...]:
    if source.look_up is None:
        return ()
    fetched = await source.look_up(asking, keys)
    return source.parse(fetched.records, asking.now).readings


def _is_ripe(head: Head, now: datetime) -> bool:
    """Whether this harvest is at least the third in a row without it, over two days."""
    return head.missed + 1 >= MISSES and head.missed_since is not None and now - head.missed_since >= MISSED_FOR
