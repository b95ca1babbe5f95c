"""A failed mail is tried again by the wish of staff, if it is still wanted and still true."""

from typing import Any

from sqlalchemy import update

from services.notifier.store.records import unpacked
from services.notifier.tables import alerts, messages, mutes, people, suppressions
from shared.requests import ReplayMail, SendSignInLink, Unsubscribe
from tests.adapters.notifier.sink import DISCONNECT
from tests.adapters.notifier.world import World, alert_row, closed, matched, opportunity, pair, queue_alert

REFUSED = "554 5.7.1 rejected by our policy"


async def change(world: World, statement: Any) -> None:
    async with world.database.writing() as connection:
        await connection.execute(statement)


async def fail_alert(world: World) -> str:
    """A mail given up after days of refusals; its id."""
    await queue_alert(world)
    world.clock.turn(days=6)
    await world.send_all("alert")
    mail = await alert_row(world)
    assert (mail.state, mail.reason) == ("failed", "expired")
    return str(mail.id)


async def replay(world: World, message_id: str) -> str | None:
    answer = await world.ask(ReplayMail(message_id=message_id))
    return answer.refused  # type: ignore[no-any-return]


async def test_a_failed_mail_is_sent_again_and_its_alert_is_told(world: World) -> None:
    await world.recipient()
    mail = await fail_alert(world)
    before = len(world.sink.taken)
    assert await replay(world, mail) is None
    row = await alert_row(world)
    assert (row.state, row.attempts, row.reason, row.planned_at) == ("planned", 0, None, world.clock())
    assert [alert.status for alert in await world.rows(alerts)] == ["planned"]
    await world.send_all("alert")
    assert len(world.sink.taken) == before + 1
    assert (await alert_row(world)).state == "sent"
    assert [alert.status for alert in await world.rows(alerts)] == ["sent"]


async def test_only_a_failed_mail_is_tried_again(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    mail = (await alert_row(world)).id
    assert await replay(world, mail) == "not_failed"
    await world.send_all()
    assert await replay(world, mail) == "not_failed"
    assert await replay(world, "never") == "unknown"


async def test_who_left_or_is_suppressed_gets_nothing_again(world: World) -> None:
    person = await world.recipient()
    mail = await fail_alert(world)
    key = (await world.rows(people, "address_key"))[0].address_key
    row = {"address_key": key, "reason": "complaint", "suppressed_at": world.clock()}
    await change(world, suppressions.insert().values(**row))
    assert await replay(world, mail) == "not_wanted"
    await change(world, suppressions.delete())
    await world.ask(Unsubscribe(person_id=person))
    assert await replay(world, mail) == "not_wanted"
    assert (await alert_row(world)).state == "failed"


async def test_what_is_over_muted_or_no_longer_for_them_is_not_sent_again(world: World) -> None:
    person = await world.recipient()
    mail = await fail_alert(world)
    state = opportunity(world.clock())
    muted = {"person_id": person, "opportunity_id": state.id, "muted_at": world.clock()}
    await change(world, mutes.insert().values(**muted))
    assert await replay(world, mail) == "too_old"
    await change(world, mutes.delete())
    await world.hear(matched(world.clock(), [pair(state, version=2, matched=False)]))
    assert await replay(world, mail) == "too_old"
    await world.hear(matched(world.clock(), [pair(state, version=3)]))
    await world.hear(closed(world.clock(), state))
    assert await replay(world, mail) == "too_old"


async def test_a_mail_about_a_person_is_wanted_while_one_subscription_runs(world: World) -> None:
    person = await world.recipient()
    mail = await fail_alert(world)
    await change(world, update(messages).where(messages.c.id == mail).values(subscription_id=None, kind="digest"))
    assert await replay(world, mail) is None
    await change(world, update(messages).where(messages.c.id == mail).values(state="failed"))
    await world.ask(Unsubscribe(person_id=person))
    assert await replay(world, mail) == "not_wanted"


async def test_a_sign_in_is_sent_again_while_its_link_lives(world: World) -> None:
    await world.recipient()
    await world.ask(SendSignInLink(email="contact@laiterie.example", language="fr", browser="b" * 64))
    mine = messages.c.kind == "sign_in"
    await change(world, update(messages).where(mine).values(state="failed", reason="policy"))
    mail = next(row for row in await world.rows(messages) if row.kind == "sign_in")
    assert await replay(world, mail.id) is None
    await change(world, update(messages).where(mine).values(state="failed"))
    world.clock.turn(minutes=11)
    assert await replay(world, mail.id) == "too_old"


async def test_what_may_have_been_accepted_goes_again_to_the_byte(world: World) -> None:
    await world.recipient()
    await queue_alert(world)
    before = len(world.sink.taken)
    world.sink.answers["dot"] = [DISCONNECT, DISCONNECT]
    await world.send_all("alert")
    world.clock.turn(days=1)
    await world.send_all("alert")
    once = await alert_row(world)
    assert (once.state, once.reason, once.frozen) == ("failed", "uncertain", True)
    assert await replay(world, once.id) is None
    again = await alert_row(world)
    assert (again.frozen, again.bytes) == (True, once.bytes)
    await world.send_all("alert")
    sent = world.sink.taken[before:]
    assert len(sent) >= 1
    assert {taken.content for taken in sent} == {unpacked(once.bytes)}
    assert (await alert_row(world)).state == "sent"
