"""Half a year of the EU portal's real changes, read harvest by harvest: what is told, and what is noise."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.ingest.domain.readings import opportunity_id
from services.ingest.jobs import Jobs
from services.ingest.sources.eu_portal import source
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.portal import PortalInMemory
from tests.unit.ingest.rows import row

pytestmark = [pytest.mark.recordings, pytest.mark.long]

Point = tuple[datetime, str, str]
STEP = timedelta(hours=1)


@pytest.fixture
def history(recordings: Path) -> dict[str, list[Point]]:
    """The change points of each reference: seen at, status, deadline."""
    told = json.loads((recordings / "eu_portal" / "history.json").read_text())
    return {
        reference: [(datetime.fromisoformat(seen), status, deadline) for seen, status, deadline in points]
        for reference, points in told.items()
    }


def expected(history: dict[str, list[Point]]) -> Counter[str]:
    """Counted without any of Passerelle's code: a move of two minutes or less is jitter."""
    counts: Counter[str] = Counter()
    for points in history.values():
        for (_, status, deadline), (_, next_status, next_deadline) in itertools.pairwise(points):
            counts["status"] += status != next_status
            if deadline == next_deadline:
                continue
            moved = abs(datetime.fromisoformat(next_deadline) - datetime.fromisoformat(deadline))
            counts["jitter" if moved <= timedelta(minutes=2) else "moved"] += 1
    return counts


def readings(history: dict[str, list[Point]]) -> Iterator[tuple[datetime, list[Any]]]:
    """The rows as they stood at each moment something changed."""
    moments = sorted({seen for points in history.values() for seen, _, _ in points})
    for moment in moments:
        yield (
            moment,
            [made(reference, points, moment) for reference, points in history.items() if points[0][0] <= moment],
        )


def made(reference: str, points: list[Point], moment: datetime) -> Any:
    _, status, deadline = [point for point in points if point[0] <= moment][-1]
    kind = "8" if "COMPETITIVE" in reference else "2" if "PROSPECT" in reference else "1"
    return row(
        reference, identifier=reference, type=kind, status=status, deadlineDate=deadline, title=f"Call {reference}",
        budgetOverview=None,
    )  # fmt: skip


async def test_the_moves_and_the_openings_are_told_and_the_jitter_is_not(
    ingest: Ingest, clock: Any, history: dict[str, list[Point]]
) -> None:
    counts = expected(history)
    assert counts == {"status": 263, "moved": 69, "jitter": 137}  # 65 days and 4 hours
    harvester = ingest.harvester()
    jobs = Jobs(harvester, ("eu-portal",))
    for moment, rows in readings(history):
        while clock.now + STEP < moment:  # the hours between two harvests pass as they do
            clock.now = max(clock.now + STEP, moment - 2 * STEP)
            await jobs.close_passed(None)  # type: ignore[arg-type]
        clock.now = moment
        summary = await ingest.harvester(transport=PortalInMemory(rows).transport).harvest(source)
        assert summary.problem is None
    told = await ingest.told()
    changed = Counter(change["field"] for fact in told for change in fact.get("changes", ()))
    published = [fact["opportunity"] for fact in told if fact["subject"] == "opportunity.published"]
    again = [state for state in published if state["version"] > 1]
    first_seen = {opportunity_id("eu", reference): points[0][0] for reference, points in history.items()}
    late = [
        fact["opportunity"]["id"]
        for fact in told
        if fact["subject"] == "opportunity.published"
        and fact["opportunity"]["version"] == 1
        and datetime.fromisoformat(fact["happened_at"]) > first_seen[fact["opportunity"]["id"]]
    ]  # their first deadline had passed when they were first read
    assert changed["status"] == counts["status"]
    assert changed["deadline"] + len(again) + len(late) == counts["moved"]
    assert set(changed) == {"status", "deadline"}
    assert len({state["id"] for state in published}) + len(again) == len(published)
    reasons = {fact["reason"] for fact in told if fact["subject"] == "opportunity.closed"}
    assert reasons == {"deadline_passed"}
