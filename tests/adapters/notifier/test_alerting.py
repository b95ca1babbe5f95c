"""Who is told of what, and when."""

from datetime import timedelta

import pytest

from services.notifier.tables import alerts, digests, messages
from shared.events import Change, OpportunityAmended, RulesPublished
from shared.requests import AskDeliveries
from shared.retries import NotYet
from tests.adapters.notifier.world import World, closed, described, matched, opportunity, pair, published


async def test_an_immediate_recipient_is_told_at_once_with_the_reasons(world: World) -> None:
    person = await world.recipient()
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    await world.send_all()

    taken = world.sink.taken[-1]
    assert taken.recipient == "contact@laiterie.example"
    assert "Laiterie des Marches" in taken.text
    assert "fromage ↔ cheese" in taken.text
    assert "de 200 000 € à 500 000 € par projet" in taken.text
    assert "mardi 22 décembre 2026 à 10 h 00" in taken.text
    assert "http://localhost:8000/opportunities/eu-call-1" in taken.text
    assert (await world.rows(alerts, "person_id", "status")) == [(person, "sent")]
    told = await world.context.outbox.next_batch()
    assert [fact.subject for fact in told] == ["alert.sent"]
    assert "laiterie.example" not in told[0].payload


async def test_matches_wait_for_the_opportunity_and_the_profile_they_are_about(world: World) -> None:
    state = opportunity(world.clock())
    fact = matched(world.clock(), [pair(state)])
    with pytest.raises(NotYet):
        await world.hear(fact)
    await world.hear(*published(world.clock(), state))
    with pytest.raises(NotYet):
        await world.hear(fact)
    await world.hear(*described(world.clock(), "org-1"))
    await world.hear(fact)


async def test_a_fact_heard_twice_or_two_organisations_of_one_person_make_one_mail(world: World) -> None:
    await world.recipient()
    await world.recipient(organisation="org-2")
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1", "org-2"), *published(world.clock(), state))
    fact = matched(world.clock(), [pair(state), pair(state, "org-2", score=0.9)])
    await world.hear(fact, fact, matched(world.clock(), [pair(state, version=2), pair(state, "org-2", version=2)]))
    await world.send_all()
    assert len(world.sink.taken) == 3  # two confirmations, one alert


async def test_a_storm_of_new_matches_keeps_within_the_cap(world: World) -> None:
    await world.recipient()
    await world.hear(
        RulesPublished(happened_at=world.clock(), version=1, note="", digest_cap=4, rules={}),
        *described(world.clock(), "org-1"),
    )
    states = [opportunity(world.clock(), number) for number in range(30)]
    await world.hear(*published(world.clock(), *states))
    for state in states:
        await world.hear(matched(world.clock(), [pair(state)]))
    await world.send_all("alert")
    assert len(world.sink.taken) == 1 + 4
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    await world.send_all("alert")
    assert len(world.sink.taken) == 1 + 4 + 1
    digest = world.sink.taken[-1]
    assert len(digest.opportunities) == 4
    assert "Voir les 22 autres opportunités" in digest.text
    statuses = await world.rows(alerts, "status", "reason")
    assert sorted(statuses, key=str) == sorted([("sent", None)] * 8 + [("cancelled", "over_cap")] * 22, key=str)


async def test_daily_and_weekly_recipients_get_one_digest_on_their_morning(world: World) -> None:
    await world.recipient(cadence="daily")
    await world.recipient("mairie@couesnon.example", "org-2", cadence="weekly", language="en")
    await world.hear(*described(world.clock(), "org-1", "org-2"))
    state = opportunity(world.clock())  # the clock stands on a Monday, after the morning
    await world.hear(*published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state), pair(state, "org-2")]))
    await world.tick("plan-mornings")
    await world.send_all("alert")
    assert len(world.sink.taken) == 2

    world.clock.turn(hours=22)
    for _ in range(3):
        await world.tick("plan-mornings")
    await world.send_all("alert")
    assert [taken.recipient for taken in world.sink.taken[2:]] == ["contact@laiterie.example"]

    world.clock.turn(days=6)
    await world.tick("plan-mornings")
    await world.send_all("alert")
    assert [taken.recipient for taken in world.sink.taken[3:]] == ["mairie@couesnon.example"]
    assert "One opportunity for" in world.sink.taken[-1].text
    assert world.sink.taken[-1].mail["Content-Language"] == "en"


async def test_days_without_a_run_are_covered_by_one_digest_and_an_empty_one_is_never_sent(world: World) -> None:
    await world.recipient(cadence="daily")
    await world.hear(*described(world.clock(), "org-1"))
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    state = opportunity(world.clock())
    await world.hear(*published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    world.clock.turn(days=3)
    await world.tick("plan-mornings")
    await world.tick("plan-mornings")
    await world.send_all("alert")
    assert len(world.sink.taken) == 2
    rows = await world.rows(digests, "chosen")
    assert [row.chosen for row in rows] == [1]


async def test_a_new_recipient_is_welcomed_once_with_what_is_open(world: World) -> None:
    states = [opportunity(world.clock(), number) for number in range(3)]
    gone = opportunity(world.clock(), 9, deadline=world.clock() - timedelta(days=1))
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), *states, gone))
    await world.hear(matched(world.clock(), [pair(state) for state in (*states, gone)], "profile"))
    await world.recipient(cadence="weekly")
    await world.hear(matched(world.clock(), [pair(state, version=2) for state in states], "profile"))
    await world.send_all()
    assert len(world.sink.taken) == 2
    welcome = world.sink.taken[-1]
    assert welcome.mail["Subject"].startswith("Bienvenue\u202f: 3\u00a0opportunités")
    assert "eu-call-9" not in welcome.text
    world.clock.turn(days=7)
    await world.tick("plan-mornings")
    await world.send_all()
    assert len(world.sink.taken) == 2


async def test_what_a_refit_finds_waits_for_the_digest_as_also_open(world: World) -> None:
    await world.recipient()
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)], "refit"))
    await world.send_all()
    assert len(world.sink.taken) == 1
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    await world.send_all()
    assert "Aussi ouvert en ce moment" in world.sink.taken[-1].text


async def test_a_closed_call_is_never_mailed(world: World) -> None:
    await world.recipient()
    await world.recipient("mairie@couesnon.example", "org-2", cadence="daily")
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1", "org-2"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state), pair(state, "org-2")]), closed(world.clock(), state))
    world.clock.turn(days=2)
    await world.tick("plan-mornings")
    await world.send_all()
    assert len(world.sink.taken) == 2
    assert set(await world.rows(alerts, "status", "reason")) == {("cancelled", "closed")}
    deliveries = await world.ask(AskDeliveries(status="cancelled"))
    assert [each.reason for each in deliveries.deliveries] == ["closed"]


async def test_a_queued_mail_shows_the_new_deadline_and_a_moved_one_is_told_again(world: World) -> None:
    await world.recipient()
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    await world.hear(amended(world, state, 2, 30))
    await world.send_all()
    assert "mercredi 2 décembre 2026" in world.sink.taken[-1].text
    assert len(world.sink.taken) == 2

    await world.hear(amended(world, state, 3, 20))
    await world.send_all()
    assert len(world.sink.taken) == 3
    assert (
        "la date limite est avancée : dimanche 22 novembre 2026 au lieu de mardi 22 décembre 2026."
        in world.sink.taken[-1].text
    )


def amended(world: World, state: object, version: int, days: int) -> OpportunityAmended:
    deadline = world.clock() + timedelta(days=days)
    new = opportunity(world.clock(), version=version, deadline=deadline)
    change = Change(field="deadline", before="2026-12-22", after=deadline.date().isoformat())
    return OpportunityAmended(happened_at=world.clock(), opportunity=new, changes=(change,))


async def test_a_pair_that_no_longer_matches_is_called_off_until_it_matches_again(world: World) -> None:
    await world.recipient()
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    await world.hear(matched(world.clock(), [pair(state, version=2, matched=False)], "rules"))
    await world.send_all()
    assert len(world.sink.taken) == 1
    assert await world.rows(messages, "kind", "state", "reason") != []
    await world.hear(matched(world.clock(), [pair(state, version=3)]))
    await world.send_all()
    assert len(world.sink.taken) == 2
