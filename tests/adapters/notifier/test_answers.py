"""What people answer from a mail: links are read, a refusal mutes, an interest tells the office; on both databases."""

from typing import Any, Literal

import pytest

from services.notifier.domain.tokens import answer_token, check_in_token, leave_token, unsubscribe_token
from services.notifier.tables import alerts, check_ins, messages, mutes, people, subscriptions
from shared.events import MatchJudged
from shared.requests import AnswerCheckIn, Erase, ReadLink
from tests.adapters.notifier.world import SECRET, World, queue_alert

CALL, ORGANISATION = "eu-call-1", "org-1"


async def token_of(world: World, purpose: str, person_id: str) -> str:
    subscription = (await world.rows(subscriptions, "id"))[0].id
    if purpose == "check_in":
        async with world.database.writing() as connection:
            row = {"message_id": "m1", "person_id": person_id, "asked_at": world.clock()}
            await connection.execute(check_ins.insert().values(**row))
    return {
        "answer": answer_token(SECRET, subscription, CALL),
        "check_in": check_in_token(SECRET, "m1"),
        "subscription": unsubscribe_token(SECRET, subscription),
        "person": leave_token(SECRET, person_id),
    }[purpose]


def judged(world: World, person_id: str, verdict: Literal["not_for_us", "interested"]) -> MatchJudged:
    return MatchJudged(
        happened_at=world.clock(), opportunity_id=CALL, profile_id=ORGANISATION, person_id=person_id, verdict=verdict
    )


async def member_of_staff(world: World, address: str = "agent@bureau.example") -> str:
    async with world.database.writing() as connection:
        return await world.desk.people.ensure(
            connection, address, language="fr", timezone="Europe/Paris", is_staff=True
        )


@pytest.mark.parametrize(
    ("made", "purpose", "organisation", "opportunity"),
    [
        ("answer", "answer", ORGANISATION, CALL),
        ("subscription", "unsubscribe", ORGANISATION, None),
        ("person", "unsubscribe", None, None),
        ("check_in", "check_in", None, None),
    ],
)
async def test_a_link_says_what_it_is_about_until_its_person_is_forgotten(
    world: World, made: str, purpose: str, organisation: str | None, opportunity: str | None
) -> None:
    person_id = await world.recipient()
    token = await token_of(world, made, person_id)
    meaning = await world.ask(ReadLink(token=token))
    assert (meaning.refused, meaning.purpose, meaning.person_id) == (None, purpose, person_id)
    assert (meaning.organisation_id, meaning.opportunity_id) == (organisation, opportunity)
    assert bool(meaning.organisation_name) is (organisation is not None)
    await world.ask(Erase(person_id=person_id))
    assert (await world.ask(ReadLink(token=token))).refused == "unknown"


@pytest.mark.parametrize("made", ["answer", "subscription", "person", "check_in"])
@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t.upper(), lambda t: t + ".", lambda t: t[1:]])
async def test_a_link_that_was_changed_is_not_ours(world: World, made: str, change: Any) -> None:
    person_id = await world.recipient()
    token = await token_of(world, made, person_id)
    assert (await world.ask(ReadLink(token=change(token)))).refused == "unknown"


async def test_the_last_answer_to_the_question_counts(world: World) -> None:
    token = await token_of(world, "check_in", await world.recipient())
    for answer in ("useful", "not_quite"):
        assert (await world.ask(AnswerCheckIn(token=token, answer=answer))).refused is None
    assert [row.answer for row in await world.rows(check_ins)] == ["not_quite"]
    assert (await world.ask(AnswerCheckIn(token="c1.m2.0", answer="stop"))).refused == "unknown"


async def test_not_for_us_mutes_and_calls_off_what_is_queued(world: World) -> None:
    person_id = await world.recipient()
    await queue_alert(world)
    fact = judged(world, person_id, "not_for_us")
    await world.hear(fact, fact)
    assert [(row.person_id, row.opportunity_id) for row in await world.rows(mutes)] == [(person_id, CALL)]
    assert [(row.status, row.reason) for row in await world.rows(alerts)] == [("cancelled", "muted")]
    sent = len(world.sink.taken)
    await world.send_all()
    assert len(world.sink.taken) == sent


async def test_not_for_us_leaves_other_people_and_other_opportunities_alone(world: World) -> None:
    person_id = await world.recipient()
    await world.recipient("mairie@sommeville.example", "org-1")
    await queue_alert(world, 1)
    await queue_alert(world, 2)
    await world.hear(judged(world, person_id, "not_for_us"))
    left = {(row.person_id == person_id, row.opportunity_id): row.status for row in await world.rows(alerts)}
    assert left == {
        (True, CALL): "cancelled",
        (True, "eu-call-2"): "planned",
        (False, CALL): "planned",
        (False, "eu-call-2"): "planned",
    }


async def test_interested_unmutes_and_tells_each_member_of_staff_once(world: World) -> None:
    person_id = await world.recipient()
    await queue_alert(world)
    staff = {await member_of_staff(world), await member_of_staff(world, "autre@bureau.example")}
    await world.hear(judged(world, person_id, "not_for_us"))
    fact = judged(world, person_id, "interested")
    await world.hear(fact, fact)
    assert await world.rows(mutes) == []
    notices = [row for row in await world.rows(messages) if row.kind == "notice"]
    assert {row.person_id for row in notices} == staff
    assert len(notices) == 2
    assert {row.lane for row in notices} == {"office"}
    assert notices[0].notice == {
        "what": "interested",
        "organisation_id": ORGANISATION,
        "organisation": "Laiterie des Marches",
        "opportunity_id": CALL,
        "title": "Cheese and short supply chains 1",
    }


async def test_an_answer_of_somebody_forgotten_changes_nothing(world: World) -> None:
    await member_of_staff(world)
    await world.hear(judged(world, "nobody", "not_for_us"), judged(world, "nobody", "interested"))
    assert await world.rows(mutes) == []
    assert await world.rows(messages) == []
    assert len(await world.rows(people)) == 1
