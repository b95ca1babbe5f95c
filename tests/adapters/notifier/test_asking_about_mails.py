"""What staff see of mails: pages of them, days, pauses, one recipient's history, the bytes that were sent."""

import zlib
from base64 import b64decode
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from services.notifier.tables import messages, paused_domains, returns
from shared.requests import (
    AskDeliveries,
    AskMailBytes,
    AskRecipient,
    Erase,
    ReleaseDomain,
    SendSignInLink,
    Unsubscribe,
)
from tests.adapters.notifier.world import World, alert_row, queue_alert

EMAIL = "contact@laiterie.example"


async def change_alert_mail(world: World, **values: Any) -> str:
    """Change the row of the alert's mail; its id."""
    mail = await alert_row(world)
    async with world.database.writing() as connection:
        await connection.execute(update(messages).where(messages.c.id == mail.id).values(**values))
    return str(mail.id)


async def test_mails_are_narrowed_by_kind_day_person_and_state(world: World) -> None:
    person = await world.recipient()
    await queue_alert(world)
    await world.send_all()
    world.clock.turn(days=1)
    await world.ask(SendSignInLink(email=EMAIL, language="fr", browser="b" * 64))

    async def kinds(**asked: Any) -> list[str]:
        found = await world.ask(AskDeliveries(**asked))
        return [each.kind for each in found.deliveries]

    newest, *older = await kinds()
    assert (newest, set(older)) == ("sign_in", {"alert", "confirm"})
    assert await kinds(kind="alert") == ["alert"]
    assert await kinds(day=date(2026, 11, 3)) == ["sign_in"]
    assert await kinds(status="planned") == ["sign_in"]
    assert len(await kinds(person_id=person)) == 3
    assert await kinds(person_id="somebody else") == []
    of_alerts = await world.ask(AskDeliveries(kind="alert", status="planned"))
    assert of_alerts.by_status == {"sent": 1}


async def test_a_mail_alone_says_when_it_is_tried_next_and_of_how_many_it_tells(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    waiting = (await world.ask(AskDeliveries(kind="alert"))).deliveries[0]
    assert (waiting.next_attempt_at, waiting.opportunities, waiting.has_bytes) == (world.clock(), 1, False)
    await world.send_all()
    (alone,) = (await world.ask(AskDeliveries(message_id=waiting.message_id))).deliveries
    assert (alone.status, alone.next_attempt_at, alone.sent_at) == ("sent", None, world.clock())


async def test_days_are_local_and_the_last_thirty(world: World) -> None:
    await world.recipient()
    world.clock.turn(hours=14.5)  # half past midnight in Paris, still the day before in UTC
    await queue_alert(world)
    days = (await world.ask(AskDeliveries())).days
    assert [day.day for day in days] == [date(2026, 11, 3) - timedelta(days=back) for back in range(29, -1, -1)]
    assert [dict(day.by_status) for day in days[-2:]] == [{"sent": 1}, {"planned": 1}]
    world.clock.turn(days=40)
    assert all(not day.by_status for day in (await world.ask(AskDeliveries())).days)


async def test_what_came_back_is_told(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    await world.send_all()
    await change_alert_mail(world, returned_as="bounced", returned_at=world.clock())
    found = (await world.ask(AskDeliveries(kind="alert"))).deliveries[0]
    assert (found.status, found.returned_as, found.returned_at) == ("sent", "bounced", world.clock())


async def test_a_paused_domain_is_told_with_what_waits_and_released(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    now = world.clock()
    later = now + timedelta(hours=3)
    await change_alert_mail(world, domain="laiterie.example", reason="policy", next_attempt_at=later)
    async with world.database.writing() as connection:
        row = {"domain": "laiterie.example", "paused_at": now, "until": later, "times": 1, "reply": "550 5.7.1 no"}
        await connection.execute(paused_domains.insert().values(**row))
    (paused,) = (await world.ask(AskDeliveries())).paused
    assert (paused.domain, paused.until, paused.reply, paused.waiting) == ("laiterie.example", later, "550 5.7.1 no", 1)
    before = len(world.sink.taken)
    await world.send_all()
    assert len(world.sink.taken) == before

    assert (await world.ask(ReleaseDomain(domain="elsewhere.example"))).refused == "unknown"
    assert (await world.ask(ReleaseDomain(domain="laiterie.example"))).refused is None
    await world.send_all()
    assert len(world.sink.taken) == before + 1
    assert (await world.ask(AskDeliveries())).paused == ()


async def test_the_bytes_that_were_sent_are_given_to_the_byte(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    planned = await alert_row(world)
    assert (await world.ask(AskMailBytes(message_id=planned.id))).refused == "forgotten"
    await world.send_all()
    assert (await world.ask(AskDeliveries(kind="alert"))).deliveries[0].has_bytes
    answer = await world.ask(AskMailBytes(message_id=planned.id))
    assert b64decode(answer.content) == world.sink.taken[-1].content
    assert (await world.ask(AskMailBytes(message_id="never"))).refused == "unknown"

    world.clock.turn(days=31)
    await world.tick("forget")
    assert (await world.ask(AskMailBytes(message_id=planned.id))).refused == "forgotten"


async def test_the_bytes_of_a_sign_in_mail_are_never_given(world: World) -> None:
    await world.recipient()
    await world.ask(SendSignInLink(email=EMAIL, language="fr", browser="b" * 64))
    await world.send_all()
    mail = next(row for row in await world.rows(messages) if row.kind == "sign_in")
    async with world.database.writing() as connection:
        await connection.execute(update(messages).values(bytes=zlib.compress(b"a link")))
    assert (await world.ask(AskMailBytes(message_id=mail.id))).refused == "forgotten"
    assert not (await world.ask(AskDeliveries(kind="sign_in"))).deliveries[0].has_bytes


async def test_a_recipient_is_found_by_address_or_id_and_the_answer_holds_no_address(world: World) -> None:
    person = await world.recipient()
    await queue_alert(world)
    await world.send_all()
    mail = await change_alert_mail(world, returned_as="bounced", returned_at=world.clock())
    async with world.database.writing() as connection:
        row = {"id": "r1", "message_id": mail, "person_id": person, "kind": "bounced", "status": "5.1.1"}
        await connection.execute(returns.insert().values(**row, detail="no such user", came_at=world.clock()))
    found = await world.ask(AskRecipient(email=f"  {EMAIL.upper()} "))
    assert found == await world.ask(AskRecipient(person_id=person))
    assert EMAIL not in found.model_dump_json()
    assert (found.person_id, found.masked_email, found.suppressed) == (person, "c•••••@laiterie.example", None)
    assert [each.event for each in found.consents] == ["confirmed", "asked"]
    assert [each.status for each in found.subscriptions] == ["active"]
    assert {each.kind for each in found.deliveries} == {"confirm", "alert"}
    assert [(each.kind, each.status, each.message_id) for each in found.returns] == [("bounced", "5.1.1", mail)]


async def test_somebody_who_left_is_told_so_and_one_erased_by_their_address_alone(world: World) -> None:
    person = await world.recipient()
    await world.ask(Unsubscribe(person_id=person))
    found = await world.ask(AskRecipient(person_id=person))
    assert found.consents[0].event == "withdrawn"
    assert [each.status for each in found.subscriptions] == ["ended"]

    await world.ask(Erase(person_id=person))
    by_id, by_address = await world.ask(AskRecipient(person_id=person)), await world.ask(AskRecipient(email=EMAIL))
    assert (by_id.refused, by_id.suppressed) == ("unknown", None)
    assert (by_address.refused, by_address.suppressed) == ("unknown", "erased")


async def test_who_never_wrote_is_unknown(world: World) -> None:
    for asked in (AskRecipient(email="nobody@ailleurs.example"), AskRecipient(email="no address"), AskRecipient()):
        assert (await world.ask(asked)).refused == "unknown"
