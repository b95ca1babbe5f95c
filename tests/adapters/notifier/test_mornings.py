"""What is told on local mornings, and what cannot wait for one."""

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from services.notifier.mornings import plan_mornings
from services.notifier.tables import alerts, check_ins, digests, messages, people
from shared.events import Change, OpportunityAmended, OpportunityClosed, OpportunityState, RulesPublished
from shared.requests import AskPreferences, ChangeRhythm, Preferences
from tests.adapters.notifier.world import World, described, matched, opportunity, pair, published

SHORT = "contact@laiterie.example"


async def tell(world: World, *states: OpportunityState, organisation: str = "org-1", **changes: Any) -> None:
    """Opportunities are published and match an organisation."""
    await world.hear(*published(world.clock(), *states))
    await world.hear(matched(world.clock(), [pair(state, organisation) for state in states], **changes))


async def sent(world: World) -> None:
    """As if every queued mail had left: what follows depends on what was told."""
    values = {"status": "sent", "ended_at": world.clock()}
    async with world.database.writing() as connection:
        carried = (alerts.c.status == "planned", alerts.c.message_id.is_not(None))
        await connection.execute(update(alerts).where(*carried).values(**values))
        await connection.execute(update(messages).where(messages.c.state == "planned").values(state="sent"))


async def mails(world: World) -> list[tuple[str, int]]:
    """Queued mails of the alert lane, with how many opportunities each tells of."""
    carried = [row.message_id for row in await world.rows(alerts) if row.status == "planned"]
    queued = [row for row in await world.rows(messages) if row.state == "planned" and row.lane == "alert"]
    return sorted((row.kind, carried.count(row.id)) for row in queued)


async def days(world: World, number: int) -> list[tuple[str, int]]:
    """Let days pass; what was queued each morning counts as sent. The mails of the whole stretch."""
    found = []
    for _ in range(number):
        world.clock.turn(days=1)
        await world.tick("plan-mornings")
        found += await mails(world)
        await sent(world)
    return found


def rhythm(person_id: str, **changes: Any) -> ChangeRhythm:
    values = {"person_id": person_id, "timezone": "Europe/Paris", "reminder_days": (30, 7)}
    return ChangeRhythm(**(values | changes))


async def test_one_digest_tells_of_all_the_organisations_of_a_person(world: World) -> None:
    person = await world.recipient(SHORT, "org-1", cadence="daily")
    assert await world.recipient(SHORT, "org-2", cadence="daily") == person
    await world.hear(*described(world.clock(), "org-1", "org-2"))
    await tell(world, opportunity(world.clock(), 1), opportunity(world.clock(), 2))
    await tell(world, opportunity(world.clock(), 3), organisation="org-2")
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    await world.tick("plan-mornings")
    assert await mails(world) == [("digest", 3)]
    row = next(row for row in await world.rows(digests))
    assert row.window_start < row.window_end <= world.clock()


async def test_an_opportunity_for_two_organisations_of_a_person_is_told_once(world: World) -> None:
    await world.recipient(SHORT, "org-1", cadence="daily")
    await world.recipient(SHORT, "org-2", cadence="daily")
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1", "org-2"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state, "org-1"), pair(state, "org-2", score=0.9)]))
    assert [row.score for row in await world.rows(alerts)] == [0.9]


async def test_what_comes_after_the_morning_waits_for_the_next_one(world: World) -> None:
    await world.recipient(cadence="daily")
    await world.hear(*described(world.clock(), "org-1"))
    world.clock.turn(days=1)
    morning = world.clock().replace(hour=6, minute=30)  # 07:30 in Paris, in winter
    world.clock.now = morning - timedelta(minutes=1)
    await tell(world, opportunity(world.clock(), 1))
    world.clock.now = morning + timedelta(minutes=2)
    await tell(world, opportunity(world.clock(), 2))
    world.clock.now = morning + timedelta(minutes=3)
    await world.tick("plan-mornings")
    assert await mails(world) == [("digest", 1)]
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    assert await mails(world) == [("digest", 1), ("digest", 1)]


async def test_a_first_harvest_alerts_nobody_by_itself(world: World) -> None:
    await world.recipient(cadence="immediate")
    await world.hear(*described(world.clock(), "org-1"))
    states = [opportunity(world.clock(), number) for number in range(30)]
    for fact in published(world.clock(), *states):
        await world.hear(fact.model_copy(update={"catching_up": True}))
    await world.hear(matched(world.clock(), [pair(state) for state in states]))
    assert await mails(world) == []
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    assert await mails(world) == [("digest", 10)]
    told = [(row.kind, row.status, row.reason) for row in await world.rows(alerts)]
    assert told.count(("also_open", "cancelled", "over_cap")) == 20


async def test_ten_thousand_new_matches_keep_within_the_cap(world: World) -> None:
    persons = [f"p{number}@laiterie.example" for number in range(5)]
    for number, address in enumerate(persons):
        await world.recipient(address, f"org-{number}", cadence="immediate" if number % 2 else "daily")
    await world.hear(
        RulesPublished(happened_at=world.clock(), version=1, note="", digest_cap=4, rules={}),
        *described(world.clock(), *(f"org-{number}" for number in range(5))),
    )
    states = [opportunity(world.clock(), number) for number in range(2_000)]
    await world.hear(*published(world.clock(), *states))
    pairs = [pair(state, f"org-{number}") for number in range(5) for state in states]
    for start in range(0, len(pairs), 500):
        await world.hear(matched(world.clock(), pairs[start : start + 500], cause="opportunity"))
    by_kind = await mails(world)
    assert by_kind == [("alert", 1)] * 8
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    assert [kind for kind, told in await mails(world) if told == 4] == ["digest"] * 5
    statuses = [row.status for row in await world.rows(alerts)]
    assert len(statuses) == 10_000
    assert statuses.count("planned") == 8 + 20


async def test_reminders_come_on_the_chosen_days_to_who_was_told_before(world: World) -> None:
    await world.recipient(cadence="daily")
    await world.hear(*described(world.clock(), "org-1"))
    await tell(world, opportunity(world.clock(), 1, deadline=world.clock() + timedelta(days=40)))
    assert await days(world, 39) == [("digest", 1), ("reminder", 1), ("reminder", 1)]
    kinds = sorted(row.kind for row in await world.rows(alerts))
    assert kinds == ["new", "reminder-30", "reminder-7"]


async def test_who_was_just_told_is_not_reminded_and_nobody_is_after_saying_no(world: World) -> None:
    person = await world.recipient(cadence="daily")
    await world.hear(*described(world.clock(), "org-1"))
    await tell(world, opportunity(world.clock(), 1, deadline=world.clock() + timedelta(days=6)))
    assert await days(world, 5) == [("digest", 1)]
    await tell(world, opportunity(world.clock(), 2, deadline=world.clock() + timedelta(days=12)))
    assert await days(world, 1) == [("digest", 1)]
    assert (await world.ask(rhythm(person, reminder_days=()))).refused is None
    assert await days(world, 10) == []


async def test_a_moved_deadline_is_reminded_of_again_and_a_mended_word_is_not_told(world: World) -> None:
    await world.recipient(cadence="daily")
    await world.hear(*described(world.clock(), "org-1"))
    first = opportunity(world.clock(), 1, deadline=world.clock() + timedelta(days=9))
    await tell(world, first)
    assert await days(world, 3) == [("digest", 1), ("reminder", 1)]
    later = first.model_copy(update={"version": 2, "deadline": first.deadline + timedelta(days=20)})  # type: ignore[operator]
    await world.hear(amended(world.clock(), later, Change(field="deadline", before="a", after="b")))
    assert (await days(world, 1))[0] == ("digest", 1)
    assert await days(world, 20) == [("reminder", 1)]
    words = later.model_copy(update={"version": 3, "title": "Cheese, and short supply chains"})
    await world.hear(amended(world.clock(), words, Change(field="title", before="a", after="b")))
    assert await mails(world) == []


def amended(now: datetime, state: OpportunityState, *changes: Change) -> OpportunityAmended:
    return OpportunityAmended(happened_at=now, opportunity=state, changes=changes)


async def test_what_closes_before_the_next_digest_is_told_at_once(world: World) -> None:
    await world.recipient(cadence="monthly")
    await world.hear(*described(world.clock(), "org-1"))
    soon = opportunity(world.clock(), 1, deadline=world.clock() + timedelta(days=5))
    later = opportunity(world.clock(), 2, deadline=world.clock() + timedelta(days=80))
    await tell(world, soon, later)
    assert await mails(world) == [("closing_soon", 1)]
    assert sorted(row.kind for row in await world.rows(alerts)) == ["closing_soon", "new"]


@pytest.mark.parametrize(("days_left", "expected"), [(2, [("amended", 1)]), (75, [])])
async def test_a_deadline_that_moves_before_the_next_digest_is_told_at_once(
    world: World, days_left: int, expected: list[tuple[str, int]]
) -> None:
    await world.recipient(cadence="weekly")
    await world.hear(*described(world.clock(), "org-1"))
    first = opportunity(world.clock(), 1, deadline=world.clock() + timedelta(days=120))
    await tell(world, first)
    assert await days(world, 8) == [("digest", 1)]
    sooner = first.model_copy(update={"version": 2, "deadline": world.clock() + timedelta(days=days_left)})
    await world.hear(amended(world.clock(), sooner, Change(field="deadline", before="a", after="b")))
    assert await mails(world) == expected


@pytest.mark.parametrize(("reason", "expected"), [("withdrawn", [("closed", 1)]), ("deadline_passed", [])])
async def test_an_end_is_told_to_who_was_told_unless_its_day_had_come(
    world: World, reason: Any, expected: list[tuple[str, int]]
) -> None:
    await world.recipient(cadence="immediate")
    await world.recipient("mairie@couesnon.example", "org-2", cadence="daily")
    await world.hear(*described(world.clock(), "org-1", "org-2"))
    state = opportunity(world.clock())
    await world.hear(*published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state), pair(state, "org-2")]))
    await sent(world)
    await world.hear(OpportunityClosed(happened_at=world.clock(), opportunity_id=state.id, version=2, reason=reason))
    assert await mails(world) == expected
    again = state.model_copy(update={"version": 3})
    await world.hear(*published(world.clock(), again))
    assert await mails(world) == []


async def test_a_pause_holds_what_is_queued_and_one_digest_covers_it(world: World) -> None:
    person = await world.recipient(cadence="immediate")
    await world.hear(*described(world.clock(), "org-1"))
    await tell(world, opportunity(world.clock(), 1))
    until = world.clock() + timedelta(days=10)
    assert (await world.ask(rhythm(person, paused_until=until))).refused is None
    await tell(world, opportunity(world.clock(), 2))
    assert await mails(world) == []
    assert await days(world, 9) == []
    assert await days(world, 2) == [("digest", 2)]
    held: Preferences = await world.ask(AskPreferences(person_id=person))
    assert held.paused_until == until


async def test_a_recipient_chooses_hour_and_time_zone(world: World) -> None:
    person = await world.recipient(cadence="daily")
    await world.hear(*described(world.clock(), "org-1"))
    assert (await world.ask(rhythm(person, digest_at="18:15", timezone="Indian/Antananarivo"))).refused is None
    await tell(world, opportunity(world.clock(), 1))
    start = world.clock()
    hours = []
    for minute in range(0, 48 * 60, 15):
        world.clock.now = start + timedelta(minutes=minute)
        await world.tick("plan-mornings")
        if await mails(world):
            hours.append(world.clock())
            await sent(world)
    assert [moment.time() for moment in hours] == [time(15, 15)]


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        ({"digest_at": "02:30"}, "invalid_hour"),
        ({"digest_at": "25:00"}, "invalid_hour"),
        ({"timezone": "Europe/Rennes"}, "invalid_timezone"),
        ({"timezone": "../../etc/passwd"}, "invalid_timezone"),
        ({"reminder_days": (0,)}, "invalid_reminders"),
        ({"reminder_days": (1, 2, 3, 4, 5)}, "invalid_reminders"),
    ],
)
async def test_what_cannot_be_had_is_refused_and_changes_nothing(
    world: World, wish: dict[str, Any], refused: str
) -> None:
    person = await world.recipient()
    before = await world.rows(people)
    assert (await world.ask(rhythm(person, **wish))).refused == refused
    assert (await world.ask(rhythm(person, paused_until=world.clock() - timedelta(days=1)))).refused == "invalid_pause"
    assert await world.rows(people) == before


async def test_monthly_means_the_first_monday(world: World) -> None:
    await world.recipient(cadence="monthly")
    await world.hear(*described(world.clock(), "org-1"))
    await tell(world, opportunity(world.clock(), 1, deadline=None))
    planned: list[date] = []
    for _ in range(70):
        world.clock.turn(days=1)
        await world.tick("plan-mornings")
        if await mails(world):
            planned.append(world.clock().date())
            await sent(world)
            await tell(world, opportunity(world.clock(), 100 + len(planned), deadline=None))
    assert len(planned) == 2
    assert all(day.weekday() == 0 and day.day <= 7 for day in planned)


async def test_a_check_in_is_asked_once_a_quarter(world: World) -> None:
    await world.recipient()
    await world.tick("check-in")
    assert await mails(world) == []
    world.clock.turn(days=92)
    await world.tick("check-in")
    await world.tick("check-in")
    assert await mails(world) == [("check_in", 0)]
    assert len(await world.rows(check_ins)) == 1
    world.clock.turn(days=92)
    await world.tick("check-in")
    assert len(await world.rows(check_ins)) == 2


async def test_two_planners_at_once_plan_one_mail(world: World) -> None:
    await world.recipient(cadence="daily")
    await world.hear(*described(world.clock(), "org-1"))
    await tell(world, opportunity(world.clock()))
    world.clock.turn(days=1)
    planned = await asyncio.gather(plan_mornings(world.desk), plan_mornings(world.desk))
    assert sorted(planned) == [0, 1]
    assert await mails(world) == [("digest", 1)]
