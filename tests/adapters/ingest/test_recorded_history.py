"""Half a year of the EU portal's real changes: which deadlines are news, and which are noise."""

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from services.ingest.domain.deadlines import same_deadline
from services.ingest.sources.eu_portal_rows import read_row
from tests.unit.ingest.rows import row

pytestmark = pytest.mark.recordings


def test_of_206_changes_only_the_65_that_move_the_day_are_news(recordings: Path) -> None:
    history = json.loads((recordings / "eu_portal" / "history.json").read_text())
    told: Counter[bool] = Counter()
    for points in history.values():
        for (_, _, before), (_, _, after) in itertools.pairwise(points):
            if before != after:
                one, two = (read_row(row(deadlineDate=moment)).state.deadlines[0] for moment in (before, after))
                told[not same_deadline(one, two)] += 1
    assert told == {True: 65, False: 141}
