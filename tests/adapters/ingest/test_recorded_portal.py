"""The EU portal's stand-in, with recorded topics and each of its faults: what is stored, told and refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.ingest.sources.bounded import Limits
from services.ingest.sources.eu_portal import source
from tests.adapters.ingest.conftest import QUICK, Ingest, StandIn

pytestmark = pytest.mark.recordings


@pytest.fixture
def clock() -> Any:
    """The stand-in shifts its deadlines to the real day."""
    return lambda: datetime.now(UTC)


@pytest.fixture(autouse=True)
def _sound(stand_in: StandIn) -> Iterator[None]:
    stand_in.set_faults()
    yield
    stand_in.set_faults()


async def harvest(ingest: Ingest, stand_in: StandIn, *faults: str, limits: Limits = QUICK) -> Any:
    await stand_in.faults(*faults)
    return await ingest.harvester(url=stand_in.url, limits=limits).harvest(source)


async def test_every_open_topic_is_stored_and_no_ghost(ingest: Ingest, stand_in: StandIn) -> None:
    summary = await harvest(ingest, stand_in, "ghosts")
    known = await ingest.store.known(await ingest.store.live_ids())
    silent = [one for one in known.values() if not (one.state.text or one.state.scope or one.state.expected_outcome)]
    assert summary.complete, summary.problem
    assert (summary.seen, summary.counts["new"], summary.counts["ghosts"]) == (666, 625, 41)
    assert (len(known), len(silent)) == (625, 22)
    assert not [id_ for id_ in known if "ghost" in id_]
    assert await ingest.told_by_subject() == {"opportunity.published": 625}


async def test_an_unchanged_harvest_tells_nothing(ingest: Ingest, stand_in: StandIn) -> None:
    await harvest(ingest, stand_in)
    told = await ingest.told_by_subject()
    summary = await harvest(ingest, stand_in)
    assert (summary.complete, summary.counts["unchanged"]) == (True, 625)
    assert await ingest.told_by_subject() == told


async def test_cascade_calls_that_share_an_identifier_are_each_stored(ingest: Ingest, stand_in: StandIn) -> None:
    summary = await harvest(ingest, stand_in, "cascade")
    assert (summary.complete, summary.counts["new"]) == (True, 650)


on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_sqlite
@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("empty", "without a single row"),
        ("half", "gave 400"),
        ("shrink", "total changed"),
        ("loop", "repeats"),
        ("html", "maintenance"),
        ("broken", "broken JSON"),
        ("renamed", "deadlineDate"),
        ("bomb", "over 12 MB"),
    ],
)
async def test_a_lying_source_closes_and_changes_nothing(
    ingest: Ingest, stand_in: StandIn, fault: str, says: str
) -> None:
    await harvest(ingest, stand_in)
    told = await ingest.told_by_subject()
    summary = await harvest(ingest, stand_in, fault)
    assert not summary.complete
    assert says in (summary.problem or "")
    assert await ingest.told_by_subject() == told
    assert len(await ingest.store.live_ids()) == 625


@on_sqlite
async def test_a_renamed_field_at_the_first_harvest_stores_nothing(ingest: Ingest, stand_in: StandIn) -> None:
    summary = await harvest(ingest, stand_in, "renamed")
    assert "field baseline" in (summary.problem or "")
    assert await ingest.store.live_ids() == []


@on_sqlite
async def test_a_dripping_source_is_left_at_the_deadline(ingest: Ingest, stand_in: StandIn) -> None:
    summary = await harvest(ingest, stand_in, "slow", limits=Limits(request_s=0.6, tries=2, first_wait_s=0.01))
    assert "within" in (summary.problem or "")
    assert not summary.complete


@on_sqlite
async def test_a_limited_source_is_asked_again_and_read_whole(ingest: Ingest, stand_in: StandIn) -> None:
    summary = await harvest(ingest, stand_in, "limit")
    assert (summary.complete, summary.counts["new"]) == (True, 625)


async def test_moved_deadlines_are_amended_and_jitter_is_not(ingest: Ingest, stand_in: StandIn) -> None:
    await harvest(ingest, stand_in, "jitter")
    jittered = await harvest(ingest, stand_in, "jitter")
    assert jittered.counts["unchanged"] == 625
    moved = await harvest(ingest, stand_in, "moved")
    amended = [fact for fact in await ingest.told() if fact["subject"] == "opportunity.amended"]
    assert len(amended) == moved.counts["amended"] > 50
    assert {change["field"] for fact in amended for change in fact["changes"]} == {"deadline"}


async def test_a_status_that_goes_back_is_an_amendment(ingest: Ingest, stand_in: StandIn) -> None:
    await harvest(ingest, stand_in)
    await harvest(ingest, stand_in, "reopened")
    amended = [fact for fact in await ingest.told() if fact["subject"] == "opportunity.amended"]
    assert amended
    changes = [change for fact in amended for change in fact["changes"] if change["field"] == "status"]
    assert {(change["before"], change["after"]) for change in changes} == {("open", "forthcoming")}
    assert len(await ingest.store.live_ids()) == 625
