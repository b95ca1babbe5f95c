"""The recorded topics, as if a second source told each of them in the same words but without its code."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.ingest.domain.deadlines import closing_moment
from services.ingest.domain.duplicates import Candidates, traits_of
from shared.events import OpportunityState

pytestmark = pytest.mark.recordings


def state(topic: dict[str, Any], *, source: str, url: str | None = None) -> OpportunityState:
    day = topic["deadline"]
    return OpportunityState(
        id=f"{source}-{topic['reference']}",
        version=1,
        kind="call",
        source=source,
        status="open",
        title=topic["title"] or "untitled",
        text=topic["description"] or "",
        deadlines=(closing_moment(datetime.fromisoformat(f"{day}T00:00:00+00:00")),) if day else (),
        url=url,
    )


def test_a_copy_never_finds_another_call_and_nearly_always_its_own(recordings: Path) -> None:
    lines = (recordings / "eu_portal" / "topics.jsonl").read_text().splitlines()
    topics = [json.loads(line) for line in lines]
    first = [(topic["topicId"], state(topic, source="eu-portal", url=topic["portalUrl"])) for topic in topics]
    candidates = Candidates.of(first)
    found = {topic["reference"]: candidates.same_as(traits_of(state(topic, source="copy"))) for topic in topics}
    right = [reference for reference, id_ in found.items() if id_ == f"eu-portal-{reference}"]
    wrong = [id_ for reference, id_ in found.items() if id_ not in (None, f"eu-portal-{reference}")]
    assert wrong == []
    assert len(right) >= 0.95 * len([topic for topic in topics if topic["deadline"]])
