"""Staff watch the sources, decide what needs a person, and read problems in their language."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.portal.commands import add_staff
from shared import requests as r
from shared.events import Change, OpportunityAmended, SourceRecovered, SourceTroubled
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import PERSON, Portal, opportunity

WHEN = datetime(2026, 11, 2, 9, tzinfo=UTC)
DOWN = "The source cannot be reached (ConnectError)."
DAYS = tuple(
    r.DayOfSource(
        day=date(2026, 10, 1) + timedelta(days=number), seen=600 + number, new=number % 7, amended=3, closed=2,
        set_aside=1, harvests=4, complete=4,
    )
    for number in range(30)
)  # fmt: skip
STAND = r.Harvests(
    sources=(
        r.SourceSummary(
            name="eu-portal", enabled=True, opportunities=612, last_complete_at=WHEN, next_run_at=WHEN, problem=DOWN,
            alarm=DOWN, alarm_since=WHEN, many_vanished=True, days=DAYS,
        ),
        r.SourceSummary(name="een", enabled=True, opportunities=0, lacks="There is no token: X is not set."),
        r.SourceSummary(name="ted", enabled=False, opportunities=0),
    ),
    harvests=(
        r.HarvestSummary(source="eu-portal", started_at=WHEN, complete=False, seen=0, counts={"new": 3}, problem=DOWN),
    ),
    quarantined={"absurd_amount": 1, "ghost": 40},
    set_aside=(
        r.SetAsideRecord(
            source="eu-portal", key="DEMO-1", reason="absurd_amount", detail="an amount that cannot be: [9] euros",
            title="Un appel fictif", first_at=WHEN, last_at=WHEN, can_be_released=True,
        ),
    ),
    merged=(r.MergedCopy(id="at-7", source="aides-territoires", title="Le même", told_id="eu-1", told_title="Same"),),
)  # fmt: skip


async def as_staff(portal: Portal, visitor: Browser) -> None:
    portal.bus.answers[r.AskHarvests] = STAND
    await add_staff(portal.context, PERSON)
    await visitor.sign_in(staff=True)


async def test_staff_see_each_source_its_days_and_its_trouble_in_french(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await visitor.get("/staff/sources")
    assert page.status_code == 200
    assert "La source est injoignable (ConnectError)." in page.text
    assert "cannot be reached" not in page.text
    assert "EU Funding &amp; Tenders Portal" in page.text
    assert "Montant invraisemblable" in page.text
    assert "/staff/sources/eu-portal/volumes.svg" in page.text


async def test_the_plot_is_an_image_of_its_own_for_staff_only(furnished: Portal, visitor: Browser) -> None:
    refused = await visitor.get("/staff/sources/eu-portal/volumes.svg")
    assert refused.status_code in (303, 401, 403)
    await as_staff(furnished, visitor)
    drawn = await visitor.get("/staff/sources/eu-portal/volumes.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert "nouvelles" in drawn.text
    assert "<script" not in drawn.text
    assert (await visitor.get("/staff/sources/elsewhere/volumes.svg")).status_code == 404


async def test_staff_accept_split_and_ask_and_it_is_logged(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    typed = {"key": "DEMO-1", "reason": "absurd_amount"}
    assert (await visitor.post("/staff/sources/eu-portal/release", typed)).status_code == 303
    assert furnished.bus.last(r.ReleaseRecord) == r.ReleaseRecord(source="eu-portal", **typed)
    assert (await visitor.post("/staff/sources/split", {"id": "at-7"})).status_code == 303
    assert furnished.bus.last(r.SplitCopy).opportunity_id == "at-7"
    assert (await visitor.post("/staff/sources/eu-portal/believe", {})).status_code == 303
    assert furnished.bus.last(r.HarvestNow).believe_vanished
    deeds = [deed.action for deed in await furnished.store.staff.latest_deeds()]
    assert deeds[:3] == ["believed a harvest", "split a copy", "released a record"]


async def test_a_refusal_is_a_sentence(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.answers[r.SplitCopy] = r.Reply(refused="not_merged")
    page = await visitor.post("/staff/sources/split", {"id": "at-7"})
    assert page.status_code == 422
    assert "déjà séparées" in page.text


async def test_an_alarm_stands_on_the_overview_until_it_is_over(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    hear = furnished.parts.handlers
    await hear[SourceTroubled](SourceTroubled(happened_at=WHEN, source="eu-portal", problem=DOWN))
    assert "La source est injoignable" in (await visitor.get("/staff")).text
    later = WHEN + timedelta(hours=2)
    await hear[SourceRecovered](SourceRecovered(happened_at=later, source="eu-portal"))
    await hear[SourceTroubled](
        SourceTroubled(happened_at=WHEN + timedelta(hours=1), source="eu-portal", problem="late")
    )
    assert "injoignable" not in (await visitor.get("/staff")).text


async def test_an_opportunity_says_what_changed_and_its_french(furnished: Portal, visitor: Browser, clock: Any) -> None:
    state = opportunity(clock(), version=2, title_fr="Culture d’algues au large", text_fr="Cultiver des algues.")
    fact = OpportunityAmended(
        happened_at=clock(),
        opportunity=state,
        changes=(Change(field="deadline", before="2027-01-05", after="2027-02-05"),),
        sentence_fr="La date limite est repoussée : vendredi 5 février 2027.",
        sentence_en="The deadline is extended: Friday 5 February 2027.",
    )
    await furnished.parts.handlers[OpportunityAmended](fact)
    page = (await visitor.get("/opportunities/eu-algues")).text
    assert "Culture d’algues au large" in page
    assert "Cultiver des algues." in page
    assert "La date limite est repoussée" in page
    english = (await visitor.get("/opportunities/eu-algues?lang=en")).text
    assert "The deadline is extended" in english
    assert "Cultiver des algues." not in english
