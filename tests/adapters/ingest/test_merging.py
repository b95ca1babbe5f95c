"""One call in two sources: told once, with both links; the better source's dates count; staff can split them."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from services.ingest.watch_desk import WatchDesk
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.listing import MARCH, Listing, reading

APRIL = datetime.fromisoformat("2027-04-06T15:00:00+00:00")
CODE = "DEMO-2027-HEAT-01"
ORIGINAL = reading(CODE, source="portal", title="Heat recovery in small dairies")
COPY = reading("7", source="aids", title="Récupération de chaleur", text=f"Appel européen {CODE}.", language="fr")


@pytest.fixture
def portal() -> Listing:
    return Listing("portal", [ORIGINAL], authority=90)


@pytest.fixture
def aids() -> Listing:
    return Listing("aids", [COPY], authority=60)


async def harvest(ingest: Ingest, *listings: Listing) -> None:
    harvester = replace(ingest.harvester(), authority={"portal": 90, "aids": 60})
    for listing in listings:
        await harvester.harvest(listing.source)


async def told(ingest: Ingest) -> list[tuple[str, str]]:
    return [
        (fact["subject"], fact["opportunity"]["id"] if "opportunity" in fact else fact["opportunity_id"])
        for fact in await ingest.told()
    ]


async def test_a_copy_is_not_told_again_but_linked(ingest: Ingest, portal: Listing, aids: Listing) -> None:
    await harvest(ingest, portal, aids, portal, aids)
    assert await told(ingest) == [
        ("opportunity.published", ORIGINAL.id),
        ("opportunity.amended", ORIGINAL.id),
    ]
    link = (await ingest.told())[-1]["opportunity"]["links"][0]
    assert (link["source"], link["url"]) == ("aids", "https://aids.example/7")
    assert await ingest.store.live_ids() == [ORIGINAL.id]


async def test_a_copy_told_first_stays_the_one_told_and_takes_the_better_dates(
    ingest: Ingest, portal: Listing, aids: Listing
) -> None:
    await harvest(ingest, aids, portal)
    portal.shown = [reading(CODE, source="portal", title=ORIGINAL.state.title, deadlines=(APRIL,))]
    await harvest(ingest, portal)
    last = (await ingest.told())[-1]
    assert (last["subject"], last["opportunity"]["id"]) == ("opportunity.amended", COPY.id)
    assert last["opportunity"]["deadlines"] == ["2027-04-06T15:00:00Z"]
    assert "repoussée" in last["sentence_fr"]
    aids.shown = [reading("7", source="aids", title="Un autre titre", text=COPY.state.text, language="fr")]
    await harvest(ingest, aids)
    last = (await ingest.told())[-1]
    assert {change["field"] for change in last["changes"]} == {"title"}
    assert last["opportunity"]["deadlines"] == ["2027-04-06T15:00:00Z"]


async def test_the_better_source_closes_what_was_told_under_another_name(
    ingest: Ingest, portal: Listing, aids: Listing
) -> None:
    await harvest(ingest, aids, portal)
    portal.shown = [reading(CODE, source="portal", title=ORIGINAL.state.title, status="closed")]
    await harvest(ingest, portal, aids)
    assert (await told(ingest))[-1] == ("opportunity.closed", COPY.id)
    assert await ingest.store.live_ids() == []


async def test_the_end_of_a_copy_closes_nothing(ingest: Ingest, portal: Listing, aids: Listing) -> None:
    await harvest(ingest, portal, aids)
    aids.shown = [reading("7", source="aids", text=COPY.state.text, status="closed", deadlines=(MARCH,))]
    await harvest(ingest, aids)
    assert await ingest.store.live_ids() == [ORIGINAL.id]


async def test_what_staff_split_is_told_by_itself_and_stays_apart(
    ingest: Ingest, portal: Listing, aids: Listing, clock: Any
) -> None:
    await harvest(ingest, portal, aids)
    desk = WatchDesk(ingest.store, ingest.harvests, clock)
    assert await desk.split(COPY.id) is None
    assert (await told(ingest))[-2:] == [("opportunity.published", COPY.id), ("opportunity.amended", ORIGINAL.id)]
    assert (await ingest.told())[-1]["opportunity"]["links"] == []
    await harvest(ingest, portal, aids)
    assert sorted(await ingest.store.live_ids()) == [COPY.id, ORIGINAL.id]
    assert len(await ingest.told()) == 4
    assert await desk.split(COPY.id) == "not_merged"


async def test_two_records_of_one_source_are_never_one(ingest: Ingest, portal: Listing, aids: Listing) -> None:
    again = reading("8", source="aids", title="Récupération de chaleur", text=COPY.state.text, language="fr")
    aids.shown = [COPY, again]
    await harvest(ingest, portal, aids)
    assert sorted(await ingest.store.live_ids()) == [again.id, ORIGINAL.id]
