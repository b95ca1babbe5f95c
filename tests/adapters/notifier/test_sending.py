"""The send protocol against a relay that refuses, hangs up or loses its answer."""

import pytest

from services.notifier.tables import messages, people, suppressions
from shared.requests import AskDeliveries, SendSignInLink, Subscribe, Unsubscribe
from tests.adapters.notifier.sink import DISCONNECT, Sink
from tests.adapters.notifier.world import (
    World,
    alert_row,
    closed,
    leave,
    make_tables,
    make_world,
    opportunity,
    published,
    queue_alert,
)
from tests.conftest import TurnableClock


@pytest.mark.parametrize("step", ["rcpt", "dot"])
async def test_a_4xx_is_tried_again_later_and_longer(world: World, step: str) -> None:
    await world.recipient()
    await queue_alert(world)
    world.sink.answers[step] = ["450 4.2.0 try later", "450 4.2.0 try later"]
    await world.send_all("alert")
    world.clock.turn(minutes=1)
    await world.send_all("alert")
    world.clock.turn(minutes=4)
    await world.send_all("alert")
    assert len(world.sink.taken) == 1
    world.clock.turn(minutes=1)
    await world.send_all("alert")
    assert len(world.sink.taken) == 2
    assert (await alert_row(world)).attempts == 3


async def test_a_relay_that_refuses_for_five_days_ends_visibly(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    world.sink.answers["rcpt"] = ["451 4.3.0 later"] * 100
    for _ in range(6 * 24):
        world.clock.turn(hours=1)
        await world.send_all("alert")
    row = await alert_row(world)
    assert (row.state, row.reason) == ("failed", "expired")
    assert row.attempts >= 10
    facts = await world.context.outbox.next_batch()
    assert [fact.subject for fact in facts] == ["alert.failed"]


async def test_an_address_that_does_not_exist_is_suppressed_at_once(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    await queue_alert(world, 2)
    world.sink.answers["rcpt"] = ["550 5.1.1 user unknown"]
    await world.send_all()
    assert len(world.sink.taken) == 1
    assert [row.reason for row in await world.rows(suppressions)] == ["refused"]
    assert {row.state for row in await world.rows(messages) if row.kind == "alert"} <= {"failed", "cancelled"}
    await world.subscribe()
    await world.send_all()
    assert len(world.sink.taken) == 1


async def test_a_refusal_by_policy_suppresses_nobody(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    world.sink.answers["dot"] = ["554 5.7.1 message looks like spam"]
    await world.send_all()
    row = await alert_row(world)
    assert (row.state, row.reason) == ("planned", "policy")
    assert await world.rows(suppressions) == []
    world.clock.turn(minutes=1)
    await world.send_all()
    assert len(world.sink.taken) == 2


async def test_a_lost_reply_is_followed_by_one_copy_the_same_to_the_byte(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    world.sink.answers["dot"] = ["lost"]
    await world.send_all("alert")
    world.clock.turn(minutes=1)
    await world.send_all("alert")
    copies = world.sink.taken[1:]
    assert len(copies) == 2
    assert copies[0].content == copies[1].content
    assert (await alert_row(world)).state == "sent"


async def test_replies_lost_twice_end_visibly(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    world.sink.answers["dot"] = [DISCONNECT, DISCONNECT]
    for _ in range(4):
        await world.send_all("alert")
        world.clock.turn(hours=1)
    row = await alert_row(world)
    assert (row.state, row.reason) == ("failed", "uncertain")


async def test_a_relay_that_is_away_or_hangs_up_early_costs_no_attempt(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    world.sink.answers["mail"] = ["421 4.3.2 closing", "550 5.7.1 we do not take your mail"]
    assert await world.sender().send_next()
    assert await world.sender().send_next()
    row = await alert_row(world)
    assert (row.state, row.reason, row.attempts) == ("planned", "relay", 0)
    assert world.sender().relay_failures == 2
    assert await world.sender().send_next()
    assert len(world.sink.taken) == 2
    assert world.sender().relay_failures == 0


async def test_a_call_closed_while_its_mail_is_on_the_wire_is_held_back(world: World) -> None:
    await world.recipient()
    await queue_alert(world)

    async def close_it() -> None:
        await world.hear(closed(world.clock(), opportunity(world.clock())))

    world.sink.at_rcpt = close_it
    await world.send_all("alert")
    world.sink.at_rcpt = None
    assert len(world.sink.taken) == 1
    assert (await alert_row(world)).reason == "closed"


async def test_a_version_that_arrives_while_the_mail_is_on_the_wire_is_the_one_shown(world: World) -> None:
    await world.recipient()
    await queue_alert(world)

    async def amend() -> None:
        world.sink.at_rcpt = None
        await world.hear(*published(world.clock(), opportunity(world.clock(), version=2, title="A better title")))

    world.sink.at_rcpt = amend
    await world.send_all("alert")
    assert [("A better title" in taken.text) for taken in world.sink.taken[1:]] == [True]


async def test_who_unsubscribes_while_the_mail_is_on_the_wire_does_not_get_it(world: World) -> None:
    person = await world.recipient()
    await queue_alert(world)

    async def withdraw() -> None:
        await world.ask(Unsubscribe(person_id=person))

    world.sink.at_rcpt = withdraw
    await world.send_all("alert")
    assert len(world.sink.taken) == 1


async def test_outside_production_only_allowed_addresses_are_mailed(
    database_url: str, sink: Sink, clock: TurnableClock
) -> None:

    world = await make_world(database_url, sink, clock, smtp_url=sink.url, allow="@laiterie.example, a@b.example")
    await make_tables(world)
    assert world.parts.opened is not None
    await world.parts.opened()
    await world.subscribe("contact@laiterie.example")
    await world.subscribe("mairie@couesnon.example", "org-2")
    await world.send_all()
    assert [taken.recipient for taken in sink.taken] == ["contact@laiterie.example"]
    answer = await world.ask(AskDeliveries(status="failed"))
    assert [each.reason for each in answer.deliveries] == ["not_allowed"]
    assert answer.by_status == {"sent": 1, "failed": 1}
    await leave(world)


async def test_the_connection_is_kept_and_login_mail_has_its_own(world: World) -> None:
    await world.recipient()
    for number in range(5):
        await queue_alert(world, number)
    world.sink.answers["rcpt"] = []
    await world.send_all("alert")
    await world.ask(SendSignInLink(email="contact@laiterie.example", language="en", browser="b" * 64))
    assert not await world.sender("alert").send_next()
    assert await world.sender("login").send_next()
    assert world.sink.taken[-1].mail["Subject"] == "Your sign-in link for Passerelle"


async def test_mail_headers_are_those_of_a_list_with_one_click(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    await world.send_all()
    taken = world.sink.taken[-1]
    mail = taken.mail
    assert mail["List-Unsubscribe"].startswith("<http://localhost:8000/unsubscribe/one-click?token=u1.")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "Passerelle <veille.passerelle.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "contact@passerelle.example"
    assert mail["Feedback-ID"] == "alert:passerelle:passerelle.example"
    assert taken.sender.startswith("retours+")
    assert mail.get_content_type() == "multipart/alternative"
    assert b"=?utf-8" not in taken.content.split(b"List-Unsubscribe")[1].split(b"\r\n\r\n")[0]
    html = mail.get_body(("html",))
    assert html is not None
    assert 'lang="fr"' in html.get_content()
    assert '<span lang="en">' in html.get_content()
    assert "<img" not in html.get_content()
    assert len(taken.content) < 100_000


async def test_people_rows_hold_no_more_than_they_must(world: World) -> None:
    await world.ask(
        Subscribe(
            email="contact@laiterie.example",
            organisation_id="o",
            organisation_name="O",
            cadence="daily",
            language="fr",
            consent_text_version="1",
            browser="b",
        )
    )
    identity = {"id", "address", "address_key", "language", "is_staff", "created_at"}
    rhythm = {"timezone", "digest_at", "reminder_days", "paused_until", "next_morning_at", "checked_in_at"}
    assert set(people.c.keys()) == identity | rhythm
