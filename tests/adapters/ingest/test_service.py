"""The service put together: what it listens to, answers, and does by the clock."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from services.ingest.answers import Answers
from services.ingest.app import build
from services.ingest.jobs import Jobs, next_harvest_after
from services.ingest.reference import gazetteer
from services.ingest.settings import KNOWN_SOURCES, IngestSettings
from services.ingest.sources import SOURCES
from services.ingest.watch import WatchStore
from services.ingest.watch_desk import WatchDesk
from shared.events import FACTS
from shared.requests import AskHarvests, FindCommunes, HarvestNow
from shared.settings import SettingsError, read_settings
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.portal import PortalInMemory
from tests.unit.ingest.rows import numbered

ROWS = [numbered(number) for number in range(20)]


def jobs(ingest: Ingest, portal: PortalInMemory) -> Jobs:
    return Jobs(ingest.harvester(transport=portal.transport), ("eu-portal",))


def unreachable(request: httpx.Request, _call: int) -> httpx.Response:
    raise httpx.ConnectError("no route", request=request)


async def test_ingest_hears_what_the_contracts_say(ingest: Ingest) -> None:
    parts = build(SimpleNamespace(**vars(ingest.context)))  # type: ignore[arg-type]
    assert set(parts.handlers) == {fact for fact in FACTS if "ingest" in fact.listeners}
    assert [job.name for job in parts.jobs] == [
        "harvest-eu-portal", "ask-again", "look-after-sources", "forget-drafts", "close-passed",
        "tidy-imports",
    ]  # fmt: skip


def test_every_source_that_can_be_enabled_is_there() -> None:
    assert tuple(source.name for source in SOURCES) == KNOWN_SOURCES


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PASSERELLE_SOURCES", "eu-portal,elsewhere", "unknown source elsewhere"),
        ("PASSERELLE_SEDIA_URL", "api.example.org", "give a scheme"),
        ("PASSERELLE_SEDIA_URL", "https://api.example.org/search?x=1", "give a scheme"),
        ("PASSERELLE_DEPARTEMENT", "Bretagne", "PASSERELLE_DEPARTEMENT"),
    ],
)
def test_a_bad_setting_is_a_sentence(name: str, value: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        read_settings([IngestSettings], {name: value})


async def test_a_source_never_read_is_read_soon_after_the_start(ingest: Ingest) -> None:
    at_work = jobs(ingest, PortalInMemory(ROWS))
    await at_work.opened()
    await at_work.carry_out_once()
    assert len(await ingest.store.live_ids()) == 20
    await at_work.opened()
    assert await ingest.harvests.asked() == []


async def test_a_wish_outlives_a_crash_and_a_failure_is_tried_again_within_the_hour(ingest: Ingest, clock: Any) -> None:
    down = jobs(ingest, PortalInMemory([], before=unreachable))
    assert await down.ask("eu-portal")
    assert not await down.ask("eu-portal")
    assert await ingest.harvests.start("eu-portal", clock())
    clock.turn(seconds=5)
    await down.opened()
    assert await ingest.harvests.asked() == ["eu-portal"]
    await down.carry_out_once()
    assert await ingest.harvests.asked() == []
    again = jobs(ingest, PortalInMemory(ROWS))
    clock.turn(hours=1)
    await again.ask_again(None)  # type: ignore[arg-type]
    await again.carry_out_once()
    assert len(await ingest.store.live_ids()) == 20
    await again.ask_again(None)  # type: ignore[arg-type]
    assert await ingest.harvests.asked() == []


def answering(ingest: Ingest, at_work: Jobs) -> Answers:
    desk = WatchDesk(ingest.store, ingest.harvests, ingest.clock)
    return Answers(at_work, gazetteer("35"), WatchStore(ingest.database), desk, "Europe/Paris")


async def test_staff_see_sources_harvests_and_what_was_set_aside(ingest: Ingest, clock: Any) -> None:
    at_work = jobs(ingest, PortalInMemory([*ROWS, numbered(99, deadlineDate="soon")]))
    answers = answering(ingest, at_work)
    assert (await answers.harvest_now(HarvestNow(source="eu-portal"))).refused is None
    assert (await answers.harvest_now(HarvestNow(source="eu-portal"))).refused == "running"
    assert (await answers.harvest_now(HarvestNow(source="elsewhere"))).refused == "unknown_source"
    await at_work.carry_out_once()
    seen = await answers.harvests(AskHarvests())
    source = next(one for one in seen.sources if one.name == "eu-portal")
    assert (source.enabled, source.opportunities, source.problem) == (True, 20, None)
    assert source.last_complete_at == clock()
    assert source.next_run_at == next_harvest_after(clock())
    assert [harvest.complete for harvest in seen.harvests] == [True]
    (day,) = source.days
    assert (day.seen, day.new, day.set_aside, day.harvests, day.complete) == (21, 20, 1, 1, 1)
    (aside,) = seen.set_aside
    assert (aside.reason, aside.can_be_released) == ("bad_field", False)


async def test_communes_are_answered_as_people_write_them(ingest: Ingest) -> None:
    answers = answering(ingest, jobs(ingest, PortalInMemory([])))
    found = await answers.communes(FindCommunes(text="st malo"))
    assert found.communes[0].insee == "35288"
