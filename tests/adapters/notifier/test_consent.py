"""Consent and sign-in: asked, confirmed, withdrawn, forgotten, and what tokens do."""

import re
from datetime import timedelta

import pytest

from services.notifier.people import InvalidAddress, ensure_person
from services.notifier.tables import consents, messages, people, subscriptions, suppressions, tokens
from shared.requests import (
    AskPreferences,
    ChangePreferences,
    Confirm,
    Erase,
    Reply,
    SendSignInLink,
    SignedIn,
    SignIn,
    Unsubscribe,
    Unsubscribed,
)
from tests.adapters.notifier.world import World, described, matched, opportunity, pair, published

BROWSER = "b" * 64


async def test_nothing_but_one_confirmation_is_sent_before_the_consent(world: World) -> None:
    await world.subscribe()
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    world.clock.turn(days=1)
    await world.tick("plan-mornings")
    await world.send_all()
    assert len(world.sink.taken) == 1
    assert world.sink.taken[0].mail["Subject"] == "Confirmez vos alertes pour Laiterie des Marches"
    assert "List-Unsubscribe" not in world.sink.taken[0].mail
    assert [row.event for row in await world.rows(consents)] == ["asked"]


async def test_confirming_again_answers_the_same_and_changes_nothing(world: World) -> None:
    await world.subscribe()
    await world.send_all()
    token = world.token_in_latest()
    first = await world.ask(Confirm(token=token, browser=BROWSER))
    again = await world.ask(Confirm(token=token, browser="c" * 64))
    assert first.same_browser
    assert not first.again
    assert again.again
    assert not again.same_browser
    assert (again.person_id, again.organisation_id) == (first.person_id, "org-1")
    await world.ask(Unsubscribe(person_id=first.person_id))
    assert (await world.ask(Confirm(token=token))).again
    assert [row.status for row in await world.rows(subscriptions)] == ["ended"]


async def test_a_confirmation_expires_and_an_invented_one_is_unknown(world: World) -> None:
    await world.subscribe()
    await world.send_all()
    world.clock.turn(days=7, seconds=1)
    assert (await world.ask(Confirm(token=world.token_in_latest()))).refused == "expired"
    assert (await world.ask(Confirm(token="x" * 22))).refused == "unknown"


async def test_confirmations_are_capped_per_address_and_day(world: World) -> None:
    for _ in range(6):
        assert await world.subscribe() == Reply()
    await world.send_all()
    assert len(world.sink.taken) == 3
    world.clock.turn(days=1, seconds=1)
    await world.subscribe()
    await world.send_all()
    assert len(world.sink.taken) == 4


async def test_an_address_that_cannot_be_one_is_refused_and_nothing_kept(world: World) -> None:
    for address in ("", "nobody", "a@b", "a@example.org\r\nBcc: b@example.org", "a b@example.org"):
        assert (await world.subscribe(address)).refused == "invalid_email"
    assert await world.rows(people) == []


async def test_unsubscribing_is_at_once_works_twice_and_after_erasure(world: World) -> None:
    person = await world.recipient()
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    await world.send_all()
    link = re.search(r"token=([\w.]+)>", world.sink.taken[-1].mail["List-Unsubscribe"])
    assert link is not None
    later = opportunity(world.clock(), 2)
    await world.hear(*published(world.clock(), later))
    await world.hear(matched(world.clock(), [pair(later)]))

    done = Unsubscribed(person_id=person, organisation_id="org-1")
    assert await world.ask(Unsubscribe(token=link[1])) == done
    await world.send_all()
    assert len(world.sink.taken) == 2
    assert {(row.state, row.reason) for row in await world.rows(messages)} == {
        ("sent", None),
        ("cancelled", "unsubscribed"),
    }
    assert await world.ask(Unsubscribe(token=link[1])) == done
    await world.ask(Erase(person_id=person))
    assert await world.ask(Unsubscribe(token=link[1])) == Unsubscribed()
    assert (await world.ask(Unsubscribe(token=link[1][:-1] + "0"))).refused == "unknown" or link[1].endswith("0")
    assert (await world.ask(Unsubscribe(token="rubbish é"))).refused == "unknown"


async def test_an_old_unsubscribe_link_ends_the_subscription_of_somebody_who_came_back(world: World) -> None:
    person = await world.recipient()
    before = [row.id for row in await world.rows(subscriptions)]
    await world.ask(Erase(person_id=person))
    await world.recipient()
    assert [row.id for row in await world.rows(subscriptions)] == before


async def test_erasing_leaves_a_keyed_hash_and_no_address(world: World) -> None:
    person = await world.recipient("canary@laiterie.example")
    await world.ask(Erase(person_id=person))
    for table in (people, subscriptions, consents, tokens, messages):
        assert await world.rows(table) == []
    listed = await world.rows(suppressions)
    assert [row.reason for row in listed] == ["erased"]
    assert "canary" not in str(listed)
    assert await world.ask(Erase(person_id=person)) == Reply()
    assert (await world.ask(AskPreferences(person_id=person))).refused == "unknown"


async def test_preferences_are_shown_masked_and_changed(world: World) -> None:
    person = await world.recipient()
    change = ChangePreferences(person_id=person, organisation_id="org-1", cadence="weekly", language="en")
    assert await world.ask(change) == Reply()
    held = await world.ask(AskPreferences(person_id=person))
    assert held.masked_email == "c•••••@laiterie.example"
    assert [(each.cadence, each.language, each.status) for each in held.subscriptions] == [("weekly", "en", "active")]
    assert (await world.ask(change.model_copy(update={"organisation_id": "other"}))).refused == "unknown"


async def ask_to_sign_in(world: World, email: str = "contact@laiterie.example") -> tuple[str, str]:
    world.clock.turn(seconds=1)
    await world.ask(SendSignInLink(email=email, language="fr", browser=BROWSER))
    await world.send_all()
    code = re.search(r"\b(\d{6})\b", world.sink.taken[-1].text)
    assert code is not None
    return world.token_in_latest(), code[1]


async def test_a_sign_in_link_works_once_in_the_browser_that_asked(world: World) -> None:
    person = await world.recipient()
    token, _code = await ask_to_sign_in(world)
    assert (await world.ask(SignIn(browser="c" * 64, token=token))).refused == "other_browser"
    assert await world.ask(SignIn(browser=BROWSER, token=token)) == SignedIn(person_id=person)
    assert (await world.ask(SignIn(browser=BROWSER, token=token))).refused == "used"
    assert (await world.ask(SignIn(browser=BROWSER, token="x" * 22))).refused == "unknown"


async def test_a_sign_in_expires_after_ten_minutes(world: World) -> None:
    await world.recipient()
    token, code = await ask_to_sign_in(world)
    world.clock.turn(minutes=10)
    assert (await world.ask(SignIn(browser=BROWSER, token=token))).refused == "expired"
    assert (await world.ask(SignIn(browser=BROWSER, code=code))).refused == "expired"


async def test_a_code_is_typed_where_it_was_asked_for_with_five_tries(world: World) -> None:
    person = await world.recipient()
    _token, code = await ask_to_sign_in(world)
    wrong = "000000" if code != "000000" else "111111"
    assert (await world.ask(SignIn(browser="c" * 64, code=code))).refused == "unknown"
    for _ in range(4):
        assert (await world.ask(SignIn(browser=BROWSER, code=wrong))).refused == "unknown"
    assert (await world.ask(SignIn(browser=BROWSER, code=f" {code[:3]} {code[3:]} "))).person_id == person
    _token, code = await ask_to_sign_in(world)
    answers = [(await world.ask(SignIn(browser=BROWSER, code=wrong))).refused for _ in range(5)]
    assert answers[-1] == "too_many_tries"
    assert (await world.ask(SignIn(browser=BROWSER, code=code))).refused == "too_many_tries"


async def test_nobody_can_tell_whether_an_address_is_known(world: World) -> None:
    await world.recipient()
    await world.subscribe("asked@only.example")
    await world.send_all()
    sent = len(world.sink.taken)
    for email in ("nobody@nowhere.example", "asked@only.example"):
        world.clock.turn(seconds=1)
        assert await world.ask(SendSignInLink(email=email, language="fr", browser="d" * 64)) == Reply()
        answers = [(await world.ask(SignIn(browser="d" * 64, code="123456"))).refused for _ in range(6)]
        assert answers == ["unknown"] * 4 + ["too_many_tries"] * 2
    await world.send_all()
    assert len(world.sink.taken) == sent


async def test_staff_signs_in_without_alerts(world: World) -> None:
    person = await ensure_person(world.context, "agent@departement.example", "fr")
    assert await ensure_person(world.context, "Agent@Departement.example", "fr") == person
    token, _code = await ask_to_sign_in(world, "agent@departement.example")
    assert await world.ask(SignIn(browser=BROWSER, token=token)) == SignedIn(person_id=person)
    with pytest.raises(InvalidAddress):
        await ensure_person(world.context, "agent", "fr")


async def test_no_link_and_no_body_of_a_sign_in_stays_in_the_database(world: World) -> None:
    await world.recipient()
    token, code = await ask_to_sign_in(world)
    everything = str([await world.rows(table) for table in (messages, tokens)])
    assert token not in everything
    assert f"'{code}'" not in everything
    assert {row.bytes for row in await world.rows(messages)} == {None}


async def test_retention_forgets_what_was_never_confirmed_and_who_left(world: World) -> None:
    await world.subscribe("asked@only.example", "org-9")
    await world.send_all()
    person = await world.recipient()
    await world.ask(Unsubscribe(person_id=person))
    world.clock.turn(days=8, hours=1)
    await world.tick("forget")
    assert [row.id for row in await world.rows(people)] == [person]
    world.clock.turn(days=20)
    await world.tick("forget")
    assert await world.rows(people) == []
    assert [row.reason for row in await world.rows(suppressions)] == ["unsubscribed"]


async def test_bodies_are_kept_thirty_days(world: World) -> None:
    await world.recipient()
    state = opportunity(world.clock())
    await world.hear(*described(world.clock(), "org-1"), *published(world.clock(), state))
    await world.hear(matched(world.clock(), [pair(state)]))
    await world.send_all()
    world.clock.turn(days=29)
    await world.tick("forget")
    assert any(row.bytes for row in await world.rows(messages))
    world.clock.turn(seconds=timedelta(days=2).total_seconds())
    await world.tick("forget")
    assert not any(row.bytes for row in await world.rows(messages))
