"""The office's list: whom to call back, open ones first; refusals by reason; a file without formulas."""

from typing import Any

import pytest

from services.portal.commands import add_staff
from services.portal.store.answers import Answer
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import ORGANISATION, PERSON, Portal


@pytest.fixture
async def agent(furnished: Portal, visitor: Browser) -> Browser:
    await add_staff(furnished.context, PERSON)
    await visitor.sign_in(staff=True)
    return visitor


async def say(portal: Portal, person: str, verdict: Any, **more: Any) -> None:
    portal.clock.turn(minutes=1)
    answer = Answer(ORGANISATION, "eu-algues", person, verdict, **more)
    async with portal.database.writing() as connection:
        await portal.store.answers.keep(connection, answer, now=portal.clock())


async def test_the_office_reads_whom_to_call_and_notes_that_it_did(furnished: Portal, agent: Browser) -> None:
    for person in ("a", "b"):
        await say(furnished, person, "interested", note=f"note of {person}", reach=f"reach of {person}")
    page = (await agent.get("/staff/answers")).text
    for shown in ("Algues du Large", "Seaweed farming", "note of a", "reach of a", "2 organisations attendent"):
        assert shown in page
    assert page.index("note of b") < page.index("note of a")
    answer = await agent.post("/staff/answers/2/called-back")
    assert answer.headers["location"] == "/staff/answers?called=1"
    page = (await agent.get("/staff/answers?called=1")).text
    assert page.index("note of a") < page.index("note of b")
    assert f"par {PERSON}" in page
    assert "1 organisation attend" in page
    assert (await furnished.store.staff.latest_deeds())[0].action == "called somebody back"


@pytest.mark.parametrize("number", ["2", "99"])
async def test_a_call_is_noted_once(furnished: Portal, agent: Browser, number: str) -> None:
    await say(furnished, "a", "not_for_us")
    await say(furnished, "b", "interested")
    await agent.post("/staff/answers/2/called-back")
    again = await agent.post(f"/staff/answers/{number}/called-back")
    assert again.headers["location"] == "/staff/answers"
    assert (await furnished.store.answers.counts()) == (1, 0)


async def test_a_new_wish_after_a_call_is_open_again(furnished: Portal, agent: Browser) -> None:
    await say(furnished, "a", "interested")
    await agent.post("/staff/answers/1/called-back")
    await say(furnished, "a", "interested", note="encore")
    assert (await furnished.store.answers.counts()) == (1, 1)


async def test_refusals_are_counted_by_reason_with_a_plot(furnished: Portal, agent: Browser) -> None:
    assert "Aucun refus" in (await agent.get("/staff/answers")).text
    for person, reason in (("a", "size"), ("b", "size"), ("c", None)):
        await say(furnished, person, "not_for_us", reason=reason)
    page = (await agent.get("/staff/answers")).text
    assert page.index("trop grands ou trop petits pour nous</th><td>2") < page.index("Sans raison donnée</th><td>1")
    plot = await agent.get("/staff/answers/reasons.svg")
    assert plot.headers["content-type"] == "image/svg+xml"
    assert b"<script" not in plot.content
    assert b"rect" in plot.content


async def test_the_file_holds_every_answer_and_no_formula(furnished: Portal, agent: Browser) -> None:
    await say(furnished, "a", "interested", note='=HYPERLINK("http://evil.example")', reach="+33 2 00")
    await say(furnished, "b", "not_for_us", reason="size")
    file = await agent.get("/staff/answers/export")
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "not_for_us;size" in lines[1]
    assert """'=HYPERLINK""" in lines[2]
    assert "'+33 2 00" in lines[2]
