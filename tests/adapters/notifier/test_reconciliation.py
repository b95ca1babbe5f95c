"""Matches found = told + pending + failed + called off; what is missing is found missing."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from services.notifier.store.reconciliation import Reconciling
from services.notifier.tables import alerts, messages, mutes, opportunities, pairs, returns
from shared.events import ProfileRemoved
from shared.requests import AskReconciliation, ChangeRhythm, Reconciliation, Unsubscribe
from tests.adapters.notifier.world import World, closed, described, matched, opportunity, pair, published


def must_balance(found: Reconciliation) -> None:
    sum_of_all = found.told + found.pending + found.failed + sum(found.cancelled.values()) + found.unaccounted
    assert found.found == sum_of_all


async def counted(world: World) -> Reconciliation:
    found: Reconciliation = await world.ask(AskReconciliation())
    must_balance(found)
    return found


async def match(world: World, number: int, *organisations: str, **changes: Any) -> Any:
    """An opportunity that matches these organisations."""
    now, state = world.clock(), opportunity(world.clock(), number)
    await world.hear(*described(now, *organisations), *published(now, state))
    await world.hear(matched(now, [pair(state, each, **changes) for each in organisations]))
    return state


async def change(world: World, statement: Any) -> None:
    async with world.database.writing() as connection:
        await connection.execute(statement)


async def test_nothing_found_is_balanced(world: World) -> None:
    found = await counted(world)
    assert (found.found, found.unaccounted, len(found.days)) == (0, 0, 30)


async def test_each_match_is_counted_once_by_what_became_of_it(world: World) -> None:
    await world.recipient()
    told = await match(world, 1, "org-1")
    await world.send_all()
    await match(world, 2, "org-1")
    await match(world, 3, "org-1")
    await change(world, update(alerts).where(alerts.c.opportunity_id == "eu-call-3").values(status="failed"))
    over = await match(world, 4, "org-1")
    await world.hear(closed(world.clock(), over))
    await match(world, 5, "nobody-reads-this")
    found = await counted(world)
    assert (found.told, found.pending, found.failed, found.cancelled) == (1, 1, 1, {"closed": 1})
    assert (found.found, found.unaccounted) == (4, 0)

    await world.hear(matched(world.clock(), [pair(told, version=2, matched=False)]))
    assert (await counted(world)).told == 0


async def test_a_match_that_became_of_nothing_is_found_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.recipient()
    await match(world, 1, "org-1")
    await match(world, 2, "org-1")
    reconciling = Reconciling(world.database, world.clock, "Europe/Paris")
    with caplog.at_level(logging.ERROR):
        assert await reconciling.check() == 0
        assert caplog.records == []
        await change(world, delete(alerts).where(alerts.c.opportunity_id == "eu-call-2"))
        assert await reconciling.check() == 1
    assert [record.getMessage() for record in caplog.records] == ["matches became of nothing"]
    found = await counted(world)
    assert (found.found, found.pending, found.unaccounted) == (2, 1, 1)


@pytest.mark.parametrize("reason", ["no_longer_matches", "unsubscribed", "organisation_removed", "complained"])
async def test_what_called_an_alert_off_and_is_over_accounts_for_nothing(world: World, reason: str) -> None:
    await world.recipient()
    await match(world, 1, "org-1")
    await change(world, update(alerts).values(status="cancelled", reason=reason))
    assert (await counted(world)).unaccounted == 1


async def test_a_person_of_two_organisations_counts_once(world: World) -> None:
    await world.recipient()
    await world.recipient(organisation="org-2")
    await world.recipient("mairie@couesnon.example", "org-2")
    await match(world, 1, "org-1", "org-2")
    found = await counted(world)
    assert (found.found, found.pending, found.unaccounted) == (2, 2, 0)


async def leave_one(world: World, person: str, state: Any) -> None:
    await world.ask(Unsubscribe(person_id=person, organisation_id="org-1"))


async def match_one_no_longer(world: World, person: str, state: Any) -> None:
    await world.hear(matched(world.clock(), [pair(state, "org-1", version=3, matched=False)]))


async def remove_one(world: World, person: str, state: Any) -> None:
    await world.hear(ProfileRemoved(happened_at=world.clock(), profile_id="org-1", version=2))


@pytest.mark.parametrize("cadence", ["immediate", "daily"])
@pytest.mark.parametrize("lose", [leave_one, match_one_no_longer, remove_one])
async def test_what_was_for_two_organisations_is_told_for_the_one_that_is_left(
    world: World, lose: Any, cadence: Any
) -> None:
    person = await world.recipient(cadence=cadence)
    await world.recipient(organisation="org-2", cadence=cadence)
    await match(world, 1, "org-1")
    state = await match(world, 1, "org-1", "org-2", version=2)
    await lose(world, person, state)
    found = await counted(world)
    assert (found.found, found.pending, found.unaccounted) == (1, 1, 0)
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    await world.send_all()
    found = await counted(world)
    assert (found.told, found.unaccounted) == (1, 0)


async def test_only_confirmed_recipients_who_stay_count(world: World) -> None:
    person = await world.recipient()
    await world.subscribe("mairie@couesnon.example", "org-1")
    await match(world, 1, "org-1")
    assert (await counted(world)).found == 1
    await world.ask(Unsubscribe(person_id=person))
    found = await counted(world)
    assert (found.found, found.cancelled) == (0, {})


async def test_a_removed_organisation_finds_nothing(world: World) -> None:
    await world.recipient()
    await match(world, 1, "org-1")
    await world.hear(ProfileRemoved(happened_at=world.clock(), profile_id="org-1", version=2))
    assert (await counted(world)).found == 0


async def test_an_organisation_that_comes_back_is_told_again(world: World) -> None:
    await world.recipient()
    state = await match(world, 1, "org-1")
    await world.hear(ProfileRemoved(happened_at=world.clock(), profile_id="org-1", version=2))
    await world.hear(*described(world.clock(), "org-1", version=3))
    await world.hear(matched(world.clock(), [pair(state, version=2, profile_version=3)]))
    found = await counted(world)
    assert (found.found, found.pending, found.unaccounted) == (1, 1, 0)


async def test_what_was_muted_or_closed_before_anything_was_planned_is_called_off(world: World) -> None:
    person = await world.recipient()
    for number in (1, 2, 3, 4):
        await match(world, number, "org-1")
    await change(world, delete(alerts))
    muted = {"person_id": person, "opportunity_id": "eu-call-1", "muted_at": world.clock()}
    await change(world, mutes.insert().values(**muted))
    await change(world, update(opportunities).where(opportunities.c.id == "eu-call-2").values(is_open=False))
    past = [(world.clock() - timedelta(days=1)).isoformat()]
    await change(world, update(opportunities).where(opportunities.c.id == "eu-call-3").values(deadlines=past))
    found = await counted(world)
    assert (found.cancelled, found.unaccounted) == ({"closed": 2, "muted": 1}, 1)


async def test_reminders_and_amendments_account_for_no_match(world: World) -> None:
    await world.recipient()
    await match(world, 1, "org-1")
    for kind in ("reminder-7", "amended", "closed"):
        await change(world, update(alerts).values(status="sent", kind=kind))
        found = await counted(world)
        assert (found.told, found.unaccounted) == (0, 1)


async def test_who_is_paused_has_it_pending_and_beyond_the_cap_it_is_counted(world: World) -> None:
    person = await world.recipient(cadence="daily")
    for number in range(12):
        await match(world, number, "org-1")
    pause = {"timezone": "Europe/Paris", "reminder_days": (30,), "paused_until": world.clock() + timedelta(days=3)}
    await world.ask(ChangeRhythm(person_id=person, **pause))
    assert (await counted(world)).pending == 12
    world.clock.turn(days=4)
    await world.tick("plan-mornings")
    await world.send_all()
    found = await counted(world)
    assert (found.told, found.pending, found.cancelled, found.unaccounted) == (10, 0, {"over_cap": 2}, 0)


async def test_days_tell_published_against_planned_and_sent(world: World) -> None:
    await world.recipient()
    await match(world, 1, "org-1")
    await world.send_all()
    world.clock.turn(hours=14.5)  # half past midnight in Paris
    await match(world, 2, "org-1")
    await match(world, 3, "nobody-reads-this")
    *earlier, before, today = (await counted(world)).days
    assert (before.published, before.planned, before.sent) == (1, 1, 1)
    assert (today.published, today.planned, today.sent) == (2, 1, 0)
    assert all(not day.published and not day.planned for day in earlier)


async def test_the_canary_says_when_it_left_and_when_it_came(world: World) -> None:
    person = await world.recipient()
    found = await counted(world)
    assert (found.canary_sent_at, found.canary_came_at) == (None, None)
    sent_at, came_at = world.clock(), world.clock() + timedelta(minutes=1)
    await change(world, update(messages).values(kind="canary", sent_at=sent_at))
    row = {"id": "r", "message_id": None, "person_id": person, "kind": "canary", "detail": "", "came_at": came_at}
    await change(world, returns.insert().values(**row))
    found = await counted(world)
    assert (found.canary_sent_at, found.canary_came_at) == (sent_at, came_at)


async def test_a_pair_of_an_opportunity_nobody_told_of_is_missing(world: World) -> None:
    await world.recipient()
    await match(world, 1, "org-1")
    await change(world, delete(alerts))
    await change(world, delete(opportunities))
    found = await counted(world)
    assert (found.found, found.unaccounted) == (1, 1)
    assert len(await world.rows(pairs)) == 1
