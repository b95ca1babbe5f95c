"""The deadlines of an opportunity in people's own calendars, read back as a calendar programme does."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from services.portal.domain.words import clean_line
from shared.events import OpportunityAmended, OpportunityClosed, OpportunityPublished
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import Portal, opportunity

PATH = "/opportunities/eu-algues/deadline.ics"


async def events(visitor: Browser, path: str = PATH) -> list[Any]:
    answer = await visitor.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(answer.content)
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert calendar.errors == []
    return calendar.walk("VEVENT")


async def amend(portal: Portal, version: int, *deadlines: datetime, **changes: Any) -> None:
    state = opportunity(
        portal.clock(), version=version, deadline=deadlines[0] if deadlines else None, deadlines=deadlines, **changes
    )
    fact = OpportunityAmended(happened_at=portal.clock(), opportunity=state, changes=())
    await portal.parts.handlers[OpportunityAmended](fact)


async def test_each_deadline_is_an_event_at_its_moment_with_an_alarm(furnished: Portal, visitor: Browser) -> None:
    found = await events(visitor)
    now = furnished.clock()
    assert [event["DTSTART"].dt for event in found] == [
        (now + timedelta(days=days)).astimezone(UTC).replace(microsecond=0) for days in (40, 400)
    ]
    for event in found:
        assert str(event["STATUS"]) == "CONFIRMED"
        assert event["DTSTAMP"].dt == now.replace(microsecond=0)
        assert str(event["URL"]).endswith("/opportunities/eu-algues")
        [alarm] = event.walk("VALARM")
        assert alarm["TRIGGER"].dt == -timedelta(days=7)
        assert "Seaweed" in str(alarm["DESCRIPTION"])
    assert len({str(event["UID"]) for event in found}) == 2


async def test_a_moved_deadline_keeps_its_event_and_raises_its_sequence(furnished: Portal, visitor: Browser) -> None:
    before = await events(visitor)
    for version in (2, 3):
        moved = [event["DTSTART"].dt + timedelta(days=version) for event in before]
        await amend(furnished, version, *moved)
        after = await events(visitor)
        assert [str(event["UID"]) for event in after] == [str(event["UID"]) for event in before]
        assert [event["DTSTART"].dt for event in after] == moved
        assert {event["SEQUENCE"] for event in after} == {version - 1}
    assert {event["SEQUENCE"] for event in before} == {0}


@pytest.mark.parametrize("version", [1, 2])
async def test_what_is_closed_before_its_deadline_is_cancelled_under_the_same_uid(
    furnished: Portal, visitor: Browser, version: int
) -> None:
    before = await events(visitor)
    closed = OpportunityClosed(
        happened_at=furnished.clock(), opportunity_id="eu-algues", version=version, reason="withdrawn"
    )
    await furnished.parts.handlers[OpportunityClosed](closed)
    after = await events(visitor)
    assert [str(event["UID"]) for event in after] == [str(event["UID"]) for event in before]
    for event in after:
        assert str(event["STATUS"]) == "CANCELLED"
        assert event["SEQUENCE"] > 0
        assert event.walk("VALARM") == []


async def test_a_deadline_that_is_behind_was_not_cancelled(furnished: Portal, visitor: Browser) -> None:
    furnished.clock.turn(days=41)
    closed = OpportunityClosed(
        happened_at=furnished.clock(), opportunity_id="eu-algues", version=2, reason="deadline_passed"
    )
    await furnished.parts.handlers[OpportunityClosed](closed)
    assert [str(event["STATUS"]) for event in await events(visitor)] == ["CONFIRMED", "CANCELLED"]


@pytest.mark.parametrize(("language", "words"), [("fr", "Date limite"), ("en", "Deadline")])
async def test_the_words_are_in_the_readers_language(
    furnished: Portal, visitor: Browser, language: str, words: str
) -> None:
    assert str((await events(visitor, f"{PATH}?lang={language}"))[0]["SUMMARY"]).startswith(words)


async def test_a_french_title_is_shown_to_french_readers(furnished: Portal, visitor: Browser) -> None:
    await amend(furnished, 2, furnished.clock() + timedelta(days=5), title_fr="Cultiver les algues")
    [event] = await events(visitor)
    assert str(event["SUMMARY"]) == "Date limite – Cultiver les algues"


@pytest.mark.parametrize(
    "title",
    [
        "Line\r\nEND:VEVENT\r\nBEGIN:VEVENT",
        "a;b,c\\d",
        "x" * 3000,
        "é" * 400,
        "🐚\u202e",
        'X";VALUE=URI:http://a.example',
    ],
)
async def test_no_title_breaks_out_of_its_line(furnished: Portal, visitor: Browser, title: str) -> None:
    await amend(furnished, 2, furnished.clock() + timedelta(days=5), title=title, language="fr")
    [event] = await events(visitor)
    body = (await visitor.get(PATH)).content
    assert body.split(b"\r\n").count(b"BEGIN:VEVENT") == 1
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert clean_line(title)[:20] in str(event["SUMMARY"])


async def test_without_a_deadline_there_is_no_calendar_and_no_link(furnished: Portal, visitor: Browser) -> None:
    assert PATH in (await visitor.get("/opportunities/eu-algues")).text
    await amend(furnished, 2)
    assert (await visitor.get(PATH)).status_code == 404
    assert PATH not in (await visitor.get("/opportunities/eu-algues")).text
    assert (await visitor.get("/opportunities/nothing/deadline.ics")).status_code == 404


async def test_it_is_a_file_that_may_be_kept_a_short_while(furnished: Portal, visitor: Browser) -> None:
    headers = (await visitor.get(PATH)).headers
    assert headers["content-disposition"] == 'attachment; filename="passerelle.ics"'
    assert headers["cache-control"] == "private, max-age=300"


async def test_an_id_with_odd_letters_has_its_calendar(portal: Portal, visitor: Browser) -> None:
    state = opportunity(portal.clock(), id="aides:à 1%?")
    fact = OpportunityPublished(happened_at=portal.clock(), opportunity=state)
    await portal.parts.handlers[OpportunityPublished](fact)
    [event, _] = await events(visitor, "/opportunities/aides:%C3%A0%201%25%3F/deadline.ics")
    assert str(event["URL"]).endswith("/opportunities/aides%3A%C3%A0%201%25%3F")
