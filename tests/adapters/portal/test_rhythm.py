"""When somebody is written to: the form sends one command, keeps what was typed, and a pause has its end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import PERSON, SUBSCRIPTION, Portal

FORM: dict[str, Any] = {
    "digest_at": "18:00",
    "timezone": "Indian/Reunion",
    "reminder_days": ["30", "3"],
    "paused_until": "",
}


@pytest.fixture
async def person(furnished: Portal, visitor: Browser) -> Browser:
    hold(furnished)
    await visitor.sign_in()
    return visitor


def hold(portal: Portal, **changes: Any) -> None:
    values = {"digest_at": None, "usual_at": "07:00", "timezone": "Europe/Paris", "reminder_days": (30, 7)}
    portal.bus.answers[r.AskPreferences] = r.Preferences(
        masked_email="a…@exemple.example", subscriptions=(SUBSCRIPTION,), **(values | changes)
    )


async def test_the_form_begins_with_what_is_held(furnished: Portal, person: Browser) -> None:
    page = (await person.get("/preferences")).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "L’heure habituelle (7 h 00)" in page
    assert '<option value="Europe/Paris" selected>' in page
    ticked = [day for day in (60, 30, 14, 7, 3, 1) if f'value="{day}" checked' in page]
    assert ticked == [30, 7]
    assert "Reprendre maintenant" not in page


async def test_what_is_held_beyond_the_lists_is_offered_too(furnished: Portal, person: Browser) -> None:
    hold(furnished, digest_at="06:45", timezone="Asia/Tokyo", reminder_days=(45,))
    page = (await person.get("/preferences")).text
    for shown in ('value="06:45" selected', 'value="Asia/Tokyo" selected', 'value="45" checked'):
        assert shown in page


async def test_a_rhythm_is_sent_as_one_command(furnished: Portal, person: Browser) -> None:
    day = (furnished.clock() + timedelta(days=20)).date()
    answer = await person.post("/preferences/rhythm", {**FORM, "paused_until": day.isoformat()})
    assert answer.headers["location"] == "/preferences?done=rhythm"
    command = furnished.bus.last(r.ChangeRhythm)
    assert (command.person_id, command.digest_at, command.timezone) == (PERSON, "18:00", "Indian/Reunion")
    assert command.reminder_days == (30, 3)
    assert command.paused_until == datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=4)


async def test_the_usual_hour_no_reminder_and_no_pause_are_wishes_too(furnished: Portal, person: Browser) -> None:
    await person.post("/preferences/rhythm", {"digest_at": "", "timezone": "Europe/Paris"})
    command = furnished.bus.last(r.ChangeRhythm)
    assert (command.digest_at, command.reminder_days, command.paused_until) == (None, (), None)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"paused_until": "2020-01-01"}, "paused_until"),
        ({"paused_until": "9999-12-31"}, "paused_until"),
        ({"paused_until": "0001-01-01"}, "paused_until"),
        ({"paused_until": "demain"}, "paused_until"),
        ({"timezone": ""}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "Europe"}, "timezone"),
        ({"reminder_days": ["60", "30", "14", "7", "3"]}, "reminder_days"),
    ],
)
async def test_what_cannot_be_had_is_said_beside_its_field(
    furnished: Portal, person: Browser, typed: dict[str, Any], field: str
) -> None:
    page = await person.post("/preferences/rhythm", {**FORM, **typed})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert 'value="18:00" selected' in page.text
    assert not any(isinstance(asked, r.ChangeRhythm) for asked in furnished.bus.asked)


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("invalid_hour", "digest_at"),
        ("invalid_timezone", "timezone"),
        ("invalid_pause", "paused_until"),
        ("invalid_reminders", "reminder_days"),
    ],
)
async def test_what_the_notifier_refuses_is_said_beside_its_field(
    furnished: Portal, person: Browser, code: str, field: str
) -> None:
    furnished.bus.answers[r.ChangeRhythm] = r.Reply(refused=code)
    page = await person.post("/preferences/rhythm", FORM)
    assert (page.status_code, f'href="#{field}"' in page.text) == (422, True)


async def test_while_the_notifier_is_away_the_form_keeps_what_was_typed(furnished: Portal, person: Browser) -> None:
    furnished.bus.away.add(r.ChangeRhythm)
    page = await person.post("/preferences/rhythm", FORM)
    assert page.status_code == 503
    assert 'value="18:00" selected' in page.text
    furnished.bus.away.add(r.AskPreferences)
    assert (await person.get("/preferences")).status_code == 503
    assert (await person.post("/preferences/resume")).status_code == 503


async def test_a_pause_is_shown_and_ends_by_a_button_that_changes_nothing_else(
    furnished: Portal, person: Browser
) -> None:
    hold(furnished, digest_at="06:45", paused_until=furnished.clock() + timedelta(days=3))
    assert "Reprendre maintenant" in (await person.get("/preferences")).text
    assert (await person.post("/preferences/resume")).headers["location"] == "/preferences?done=resumed"
    command = furnished.bus.last(r.ChangeRhythm)
    assert (command.digest_at, command.timezone) == ("06:45", "Europe/Paris")
    assert (command.reminder_days, command.paused_until) == ((30, 7), None)


async def test_a_month_is_a_rhythm(furnished: Portal, person: Browser) -> None:
    await person.post("/organisations/o1/mailing", {"cadence": "monthly", "language": "fr"})
    assert furnished.bus.last(r.ChangePreferences).cadence == "monthly"
