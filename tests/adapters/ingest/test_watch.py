"""Staff watch the sources: alarms that are raised once, records let through, many that vanished, pages unchanged."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.ingest.alarms import Watchman
from services.ingest.commands import preview_harvest, stand_of_sources
from services.ingest.jobs import Jobs
from services.ingest.sources.bounded import Validators
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.watch import WatchStore
from services.ingest.watch_desk import WatchDesk
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.listing import MARCH, Listing, reading
from tests.adapters.ingest.portal import PortalInMemory
from tests.unit.ingest.rows import numbered

DOWN = "The source cannot be reached (ConnectError)."
ABSURD = datetime.fromisoformat("2049-03-02T16:00:00+00:00")


def watchman(ingest: Ingest) -> Watchman:
    return Watchman(ingest.harvests, WatchStore(ingest.database), ingest.outbox, ingest.clock)


async def troubles(ingest: Ingest) -> list[tuple[str, str]]:
    facts = [fact for fact in await ingest.told() if fact["subject"].startswith("source.")]
    return [(fact["subject"], fact.get("problem", "")) for fact in facts]


async def test_two_wrong_harvests_raise_one_alarm_that_ends_with_a_good_one(ingest: Ingest, clock: Any) -> None:
    listing, looking = Listing(shown=[reading("1")], problem=DOWN), watchman(ingest)
    for _ in range(3):
        await ingest.harvester().harvest(listing.source)
        await looking.look((listing.source,))
        clock.turn(hours=1)
    assert await troubles(ingest) == [("source.troubled", DOWN)]
    listing.problem = None
    await ingest.harvester().harvest(listing.source)
    await looking.look((listing.source,))
    await looking.look((listing.source,))
    assert [subject for subject, _ in await troubles(ingest)] == ["source.troubled", "source.recovered"]


async def test_a_source_that_goes_stale_raises_an_alarm(ingest: Ingest, clock: Any) -> None:
    listing, looking = Listing(shown=[reading("1")]), watchman(ingest)
    await ingest.harvester().harvest(listing.source)
    clock.turn(hours=30)
    await looking.look((listing.source,))
    assert await troubles(ingest) == []
    clock.turn(hours=1)
    await looking.look((listing.source,))
    assert await troubles(ingest) == [("source.troubled", "No complete harvest for more than 30 hours.")]


async def test_what_staff_let_through_is_told_and_stays_let_through(ingest: Ingest, clock: Any) -> None:
    odd = reading("1", deadlines=(ABSURD,))
    listing = Listing(shown=[odd, reading("2")])
    await ingest.harvester().harvest(listing.source)
    (record,) = await WatchStore(ingest.database).set_aside()
    assert (record.reason, record.title, record.can_be_released) == ("absurd_deadline", odd.state.title, True)
    desk = WatchDesk(ingest.store, ingest.harvests, clock)
    assert await desk.release("listing", "1", "absurd_deadline") is None
    assert await desk.release("listing", "1", "absurd_deadline") == "unknown"
    assert sorted(await ingest.store.live_ids()) == ["listing-1", "listing-2"]
    clock.turn(hours=4)
    again = await ingest.harvester().harvest(listing.source)
    assert again.counts == {"unchanged": 2}
    listing.shown = [reading("1", deadlines=(ABSURD + timedelta(days=400),)), reading("2")]
    clock.turn(hours=4)
    assert (await ingest.harvester().harvest(listing.source)).counts["quarantined"] == 1


async def test_a_record_without_a_reading_cannot_be_let_through(ingest: Ingest, clock: Any) -> None:
    portal = PortalInMemory([numbered(1), numbered(2, deadlineDate="soon")])
    from services.ingest.sources.eu_portal import source

    await ingest.harvester(transport=portal.transport).harvest(source)
    (record,) = await WatchStore(ingest.database).set_aside()
    assert not record.can_be_released
    desk = WatchDesk(ingest.store, ingest.harvests, clock)
    assert await desk.release(record.source, record.key, record.reason) == "unreadable"


async def test_a_deadline_that_jumps_or_an_amount_a_hundred_times_larger_waits_for_staff(ingest: Ingest) -> None:
    listing = Listing(shown=[reading("1"), reading("2", budget_max=1_000)])
    await ingest.harvester().harvest(listing.source)
    far = reading("1", deadlines=(MARCH + timedelta(days=1_500),))
    listing.shown = [far, reading("2", budget_max=1_000_000)]
    summary = await ingest.harvester().harvest(listing.source)
    assert summary.counts == {"quarantined": 2}
    reasons = {record.reason for record in await WatchStore(ingest.database).set_aside()}
    assert reasons == {"deadline_jumped", "amount_jumped"}


async def test_many_that_vanish_are_asked_about_once_staff_said_so(ingest: Ingest, clock: Any) -> None:
    all_of_them = [reading(str(number)) for number in range(40)]
    listing = Listing(shown=all_of_them)
    harvester = ingest.harvester()
    await harvester.harvest(listing.source)
    listing.shown = all_of_them[:10]
    listing.about = {one.key: reading(one.key, status="closed") for one in all_of_them[10:]}
    assert not (await harvester.harvest(listing.source)).complete
    assert listing.asked == []
    await ingest.harvests.ask("listing", clock(), believe_vanished=True, afresh=True)
    clock.turn(seconds=1)
    believed = await harvester.harvest(listing.source)
    assert (believed.complete, believed.counts["closed"]) == (True, 30)
    assert await ingest.harvests.asked() == []
    assert len(await ingest.store.live_ids()) == 10


async def test_a_page_that_did_not_change_is_complete_and_touches_nothing(ingest: Ingest) -> None:
    known: list[dict[str, Validators]] = []

    async def fetch(asking: Asking) -> Fetched:
        known.append(dict(asking.validators))
        if asking.validators:
            return Fetched(unchanged=True, validators=asking.validators)
        return Fetched((reading("1"),), validators={"https://listing.example/all": Validators('"7"', None)})

    source: Source = replace(Listing().source, fetch=fetch)
    harvester = ingest.harvester()
    await harvester.harvest(source)
    second = await harvester.harvest(source)
    await harvester.harvest(source, afresh=True)
    assert (second.complete, second.counts) == (True, {"unchanged": 1})
    assert known == [{}, {"https://listing.example/all": Validators('"7"', None)}, {}]


async def test_a_status_that_flaps_is_told_twice_then_held_until_it_stays(ingest: Ingest, clock: Any) -> None:
    listing = Listing()
    for number in range(8):
        listing.shown = [reading("1", status="forthcoming" if number % 2 else "open")]
        await ingest.harvester().harvest(listing.source)
        clock.turn(hours=4)
    assert await ingest.told_by_subject() == {"opportunity.amended": 2, "opportunity.published": 1}
    clock.turn(hours=72)
    await ingest.harvester().harvest(listing.source)
    last = (await ingest.told())[-1]
    assert (last["subject"], last["opportunity"]["status"]) == ("opportunity.amended", "forthcoming")


async def test_what_has_no_deadline_is_closed_by_the_clock_where_the_source_says_so(
    ingest: Ingest, clock: Any, monkeypatch: Any
) -> None:
    listing = Listing(shown=[reading("1", deadlines=()), reading("2")])
    source = replace(listing.source, keeps_days=30)
    await ingest.harvester().harvest(source)
    clock.turn(days=31)
    await Jobs(ingest.harvester(), ("listing",), sources=(source,)).close_passed(None)  # type: ignore[arg-type]
    assert await ingest.store.live_ids() == ["listing-2"]


async def test_a_dry_run_says_what_would_be_told_and_keeps_nothing(ingest: Ingest, monkeypatch: Any) -> None:
    portal = PortalInMemory([numbered(number) for number in range(5)])
    context = ingest.context
    monkeypatch.setattr(
        "services.ingest.commands.harvester", lambda _context: ingest.harvester(transport=portal.transport)
    )
    found = await preview_harvest(context, "eu-portal", None)
    assert (found.seen, len(found.tells), {line.what for line in found.tells}) == (5, 5, {"new"})
    later = await preview_harvest(context, "eu-portal", datetime.fromisoformat("2026-12-01").date())
    assert later.tells == ()
    assert await ingest.told() == []
    assert await ingest.harvests.latest(5) == []
    assert await ingest.store.live_ids() == []


async def test_the_doctor_sees_each_source(ingest: Ingest) -> None:
    stand = await stand_of_sources(ingest.context)
    assert {one.name for one in stand.sources} >= {"eu-portal", "ted", "aides-territoires", "een", "feeds"}
    lacking = {one.name for one in stand.sources if one.lacks}
    assert lacking >= {"aides-territoires", "een"}
