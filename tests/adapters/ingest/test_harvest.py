"""A harvest from end to end on hand-written pages: what is stored, told, and never closed."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.ingest.commands import Refused, harvest_once, republish
from services.ingest.harvest import AlreadyRunning
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import BoundedClient, Limits
from services.ingest.sources.contract import Asking
from services.ingest.sources.eu_portal import source
from services.ingest.sources.eu_portal_pages import Reader
from tests.adapters.ingest.conftest import QUICK, Ingest
from tests.adapters.ingest.portal import PortalInMemory
from tests.unit.ingest.rows import numbered

CLOSED, OPEN = "31094503", "31094502"
ROWS = [numbered(number) for number in range(250)]


async def harvest(ingest: Ingest, portal: PortalInMemory, limits: Limits = QUICK) -> Any:
    return await ingest.harvester(transport=portal.transport, limits=limits).harvest(source)


async def test_a_first_harvest_tells_each_opportunity_once(ingest: Ingest) -> None:
    portal = PortalInMemory(ROWS)
    first = await harvest(ingest, portal)
    second = await harvest(ingest, portal)
    assert (first.complete, first.counts) == (True, {"new": 250})
    assert (second.complete, second.counts) == (True, {"unchanged": 250})
    assert await ingest.told_by_subject() == {"opportunity.published": 250}
    assert {ask["headers"]["accept-encoding"] for ask in portal.asked} == {"identity"}
    assert [summary.complete for summary in await ingest.harvests.latest(10)] == [True, True]


async def test_one_bad_record_is_set_aside_and_the_others_stored(ingest: Ingest, clock: Any) -> None:
    bad = numbered(7, deadlineDate="soon")
    summary = await harvest(ingest, PortalInMemory([*ROWS[:3], bad]))
    assert summary.counts == {"new": 3, "quarantined": 1}
    assert await ingest.harvests.quarantined() == {"bad_field": 1}
    clock.turn(hours=6)
    await harvest(ingest, PortalInMemory([*ROWS[:3], numbered(7)]))
    assert await ingest.harvests.quarantined() == {}


async def test_what_vanishes_is_asked_about_and_closed_only_on_the_sources_word(ingest: Ingest) -> None:
    await harvest(ingest, PortalInMemory(ROWS[:60]))
    closed = numbered(0, status=CLOSED)
    summary = await harvest(ingest, PortalInMemory([closed, *ROWS[3:60]]))
    assert summary.complete
    told = [fact for fact in await ingest.told() if fact["subject"] == "opportunity.closed"]
    assert [(fact["opportunity_id"], fact["reason"]) for fact in told] == [("eu-demo-2027-n-000", "closed_by_source")]
    assert len(await ingest.store.live_ids()) == 59


@pytest.mark.parametrize("kept", [0, 30, 53])
async def test_many_that_vanish_close_nothing_and_are_told_to_staff(ingest: Ingest, kept: int) -> None:
    await harvest(ingest, PortalInMemory(ROWS[:60]))
    summary = await harvest(ingest, PortalInMemory(ROWS[:kept]))
    assert not summary.complete
    assert ("vanished" if kept else "single row") in (summary.problem or "")
    assert len(await ingest.store.live_ids()) == 60


async def test_an_incomplete_harvest_still_stores_news_and_never_closes(ingest: Ingest) -> None:
    await harvest(ingest, PortalInMemory(ROWS[:120]))

    def second_page_fails(request: httpx.Request, _call: int) -> httpx.Response | None:
        return httpx.Response(503) if request.url.params["pageNumber"] == "2" else None

    rows = [numbered(0, status=CLOSED), numbered(900), *ROWS[1:120]]
    for number, row in enumerate(rows):
        row["metadata"]["status"] = [OPEN] if number else [OPEN, CLOSED]
    summary = await harvest(ingest, PortalInMemory(rows, before=second_page_fails))
    assert (summary.complete, summary.counts["new"]) == (False, 1)
    assert "503" in (summary.problem or "")
    assert (await ingest.told_by_subject()).get("opportunity.closed") is None


async def test_a_closed_one_that_the_source_extends_is_published_again(ingest: Ingest, clock: Any) -> None:
    await harvest(ingest, PortalInMemory([numbered(1), *ROWS[10:20]]))
    clock.now = datetime(2027, 4, 9, tzinfo=UTC)
    rows = [numbered(1, deadlineDate="2027-05-09T00:00:00.000+0000")]
    closing = ingest.harvester()
    await jobs_of(closing).close_passed(None)
    assert await ingest.store.live_ids() == []
    await jobs_of(closing).close_passed(None)
    await harvest(ingest, PortalInMemory([*rows, *ROWS[10:20]]))
    told = [(fact["subject"], fact.get("reason")) for fact in await ingest.told()]
    assert told.count(("opportunity.closed", "deadline_passed")) == 11
    assert told[-1] == ("opportunity.published", None)
    assert (await ingest.told())[-1]["opportunity"]["version"] == 3


def jobs_of(harvester: Any) -> Any:
    from services.ingest.jobs import Jobs

    return Jobs(harvester, ("eu-portal",))


async def test_the_next_deadline_takes_over_by_the_clock(ingest: Ingest, clock: Any) -> None:
    two = numbered(1, deadlineDate=["2027-04-08T00:00:00.000+0000", "2027-09-14T00:00:00.000+0000"])
    await harvest(ingest, PortalInMemory([two]))
    clock.now = datetime(2027, 4, 9, tzinfo=UTC)
    await jobs_of(ingest.harvester()).close_passed(None)
    last = (await ingest.told())[-1]
    assert last["subject"] == "opportunity.amended"
    assert last["opportunity"]["deadline"] == "2027-09-14T15:00:00Z"
    again = await harvest(ingest, PortalInMemory([two]))
    assert again.counts == {"unchanged": 1}


@pytest.mark.parametrize(
    "field", ["deadlineDate", "title", "identifier", "type", "descriptionByte", "keywords", "budgetOverview"]
)
async def test_a_renamed_field_stops_the_harvest(ingest: Ingest, field: str) -> None:
    await harvest(ingest, PortalInMemory(ROWS[:40]))
    told = await ingest.told_by_subject()
    summary = await harvest(ingest, PortalInMemory([numbered(number, **{field: None}) for number in range(60)]))
    assert not summary.complete
    assert f"field baseline): {field}" in (summary.problem or "")
    assert await ingest.told_by_subject() == told


async def test_a_source_that_cannot_be_reached_says_so(ingest: Ingest) -> None:
    def unreachable(request: httpx.Request, _call: int) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    summary = await harvest(ingest, PortalInMemory([], before=unreachable))
    assert (summary.complete, summary.seen) == (False, 0)
    assert "cannot be reached" in (summary.problem or "")


async def test_two_harvests_of_one_source_never_run_together(ingest: Ingest, clock: Any) -> None:
    assert await ingest.harvests.start("eu-portal", clock()) is not None
    with pytest.raises(AlreadyRunning):
        await harvest(ingest, PortalInMemory(ROWS))
    clock.turn(minutes=10)
    assert (await harvest(ingest, PortalInMemory(ROWS[:2]))).complete
    assert {summary.problem for summary in await ingest.harvests.latest(5)} == {None, "The harvest was interrupted."}


async def test_many_that_start_at_once_are_one_harvest(ingest: Ingest, clock: Any) -> None:
    started = await asyncio.gather(*(ingest.harvests.start("eu-portal", clock()) for _ in range(5)))
    assert len([one for one in started if one]) == 1


async def test_an_unknown_source_is_refused_in_words(ingest: Ingest) -> None:
    with pytest.raises(Refused, match="choose among eu-portal"):
        await harvest_once(ingest.context, "elsewhere")


async def test_republishing_tells_the_same_versions_again(ingest: Ingest) -> None:
    await harvest(ingest, PortalInMemory(ROWS[:3]))
    before = await ingest.told()
    assert await republish(ingest.context) == 3
    again = (await ingest.told())[3:]
    assert sorted(fact["opportunity"]["id"] for fact in again) == sorted(fact["opportunity"]["id"] for fact in before)
    assert {fact["opportunity"]["version"] for fact in again} == {1}
    assert not {fact["event_id"] for fact in again} & {fact["event_id"] for fact in before}


async def test_beyond_the_window_each_programme_is_asked_for(clock: Any) -> None:
    rows = [numbered(number, frameworkProgramme=["43108390", "43252405"][number % 2]) for number in range(40)]
    portal = PortalInMemory(rows)
    async with httpx.AsyncClient(transport=portal.transport) as http:
        reader = Reader(Asking(BoundedClient(http, clock, QUICK), IngestSettings(), clock()), window=30)
        assert await reader.read({"status": [OPEN]}) is None
    assert len(reader.records) == 40
