"""What a harvest would tell, as lines for a person; nothing is stored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.ingest.domain.deadlines import brussels_day
from services.ingest.domain.sentences import sentences
from services.ingest.harvest import Harvester
from services.ingest.sources.contract import Source
from services.ingest.store import Save


@dataclass(frozen=True)
class WouldTell:
    """One thing a harvest would tell."""

    what: str
    id: str
    title: str
    deadline: str
    sentence: str


@dataclass(frozen=True)
class Preview:
    """What a harvest would do."""

    seen: int
    problem: str | None
    tells: tuple[WouldTell, ...]
    counts: dict[str, int]


async def preview(harvester: Harvester, source: Source, *, since: datetime | None) -> Preview:
    """Read a source and decide, without storing or telling anything."""
    read, saves, outcome = await harvester.preview(source, since=since)
    told = [_line(save) for save in saves if save.decision.state is not None]
    counts = dict(outcome.counts)
    return Preview(read.seen, read.judged.problem, _in_order(told), counts)


def _line(save: Save) -> WouldTell:
    state = save.decision.state
    assert state is not None  # noqa: S101 - the caller chose such
    deadline = brussels_day(state.deadline).isoformat() if state.deadline else "-"
    what = f"merged into {save.merged_into}" if save.merged_into else save.decision.outcome
    return WouldTell(what, save.id, state.title, deadline, sentences(save.decision.changes)[1])


def _in_order(lines: Sequence[WouldTell]) -> tuple[WouldTell, ...]:
    return tuple(sorted(lines, key=lambda line: (line.what, line.deadline, line.id)))
