"""Unsubscribing is certain, with or without the notifier; erasing forgets."""

from typing import cast

from services.portal.app import site_of
from services.portal.jobs import WishKeeper
from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import ORGANISATION, PERSON, Portal


async def test_one_click_needs_no_cookie_no_form_and_no_redirect(furnished: Portal, visitor: Browser) -> None:
    furnished.bus.answers[r.Unsubscribe] = r.Unsubscribed(person_id=PERSON, organisation_id=ORGANISATION)
    answer = await visitor.client.post(
        "/unsubscribe/one-click?token=t",
        data={"List-Unsubscribe": "One-Click"},
        headers={"Origin": "https://mail.example"},
    )
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert furnished.bus.last(r.Unsubscribe).token == "t"
    assert await furnished.told() == ["organisation.withdrawn"]


async def test_looking_at_the_page_unsubscribes_nobody(furnished: Portal, visitor: Browser) -> None:
    await visitor.get("/unsubscribe?token=t")
    await visitor.client.head("/unsubscribe?token=t")
    assert (await visitor.get("/unsubscribe/one-click?token=t")).status_code == 405
    assert not any(isinstance(asked, r.Unsubscribe) for asked in furnished.bus.asked)


async def test_a_wish_made_while_the_notifier_is_away_is_kept_and_carried_out(
    furnished: Portal, visitor: Browser
) -> None:
    furnished.bus.away.add(r.Unsubscribe)
    for _ in range(2):
        assert (await visitor.client.post("/unsubscribe/one-click?token=t")).status_code == 200
    assert await furnished.store.wishes.count() == 1
    keeper = WishKeeper(site_of(furnished.context))
    assert await keeper.carry_out() == 0
    furnished.bus.away.clear()
    assert await keeper.carry_out() == 1
    assert await furnished.store.wishes.count() == 0


async def test_a_token_that_was_never_ours_is_refused_in_words(furnished: Portal, visitor: Browser) -> None:
    furnished.bus.answers[r.Unsubscribe] = r.Unsubscribed(refused="unknown")
    assert "n’est pas reconnu" in (await visitor.post("/unsubscribe", {"token": "t"})).text


async def test_leaving_the_last_organisation_withdraws_it(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    await visitor.post(f"/organisations/{ORGANISATION}/unsubscribe")
    assert await furnished.told() == ["organisation.withdrawn"]
    assert "Algues du Large" not in (await visitor.get("/preferences")).text


async def test_another_persons_organisation_does_not_exist(furnished: Portal, visitor: Browser) -> None:
    session = await furnished.store.sessions.open("somebody", now=furnished.clock())
    visitor.client.cookies.set("session", session)
    assert (await visitor.get(f"/organisations/{ORGANISATION}")).status_code == 404
    assert (await visitor.post(f"/organisations/{ORGANISATION}/unsubscribe")).status_code == 404


async def test_an_edit_is_told_with_a_new_version(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    text = "Nous élevons désormais des moules et cherchons des acheteurs en Irlande."
    await visitor.post(f"/organisations/{ORGANISATION}", {"name": "Moules du Large", "text": text})
    assert await furnished.told() == ["organisation.declared"]
    assert "Moules du Large" in (await visitor.get("/preferences")).text


async def test_erasing_asks_for_a_tick_then_forgets_everything(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    assert (await visitor.post("/preferences/erase")).status_code == 422
    furnished.bus.away.add(r.Erase)
    assert (await visitor.post("/preferences/erase", {"sure": "yes"})).status_code == 503
    furnished.bus.away.clear()
    assert (await visitor.post("/preferences/erase", {"sure": "yes"})).status_code == 200
    assert await furnished.told() == ["organisation.withdrawn"]
    assert await furnished.store.organisations.of_person(PERSON) == ()
    assert (await visitor.get("/preferences")).status_code == 303


async def test_the_export_holds_texts_and_settings(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    exported = (await visitor.get("/preferences/export")).json()
    organisations = cast(list[dict[str, object]], exported["organisations"])
    assert organisations[0]["name"] == "Algues du Large"
    assert exported["subscriptions"]
