"""Declaring an organisation, confirming it, and what is told of it."""

import re

import httpx
import pytest

from shared import requests as r
from tests.adapters.portal.conftest import TEXT, Browser
from tests.adapters.portal.fakes import Portal

FORM = {
    "kind": "business",
    "name": "Algues du Large",
    "commune": "sommeville",
    "text": TEXT,
    "themes": ["mer et littoral"],
    "email": "algues@exemple.example",
    "cadence": "daily",
    "language": "fr",
    "consent": "2026-11",
}


async def declared(visitor: Browser, **changes: object) -> httpx.Response:
    return await visitor.post("/declare", {**FORM, **changes})


async def test_a_declaration_asks_the_notifier_and_tells_nothing_yet(portal: Portal, visitor: Browser) -> None:
    answer = await declared(visitor)
    assert answer.headers["location"] == "/check-mail"
    command = portal.bus.last(r.Subscribe)
    assert (command.email, command.cadence, command.organisation_name) == (
        "algues@exemple.example",
        "daily",
        "Algues du Large",
    )
    assert await portal.told() == []


async def test_confirming_tells_the_organisation_once_and_signs_in(portal: Portal, visitor: Browser) -> None:
    await declared(visitor)
    organisation_id = portal.bus.last(r.Subscribe).organisation_id
    portal.bus.answers[r.Confirm] = r.Confirmed(person_id="p9", organisation_id=organisation_id, same_browser=True)
    assert (await visitor.get("/confirm?token=t")).status_code == 200
    assert await portal.told() == []
    await visitor.post("/confirm", {"token": "t"})
    await visitor.post("/confirm", {"token": "t"})
    assert await portal.told() == ["organisation.declared"]
    assert "Algues du Large" in (await visitor.get("/preferences")).text


async def test_confirming_from_another_browser_does_not_sign_in(portal: Portal, visitor: Browser) -> None:
    await declared(visitor)
    organisation_id = portal.bus.last(r.Subscribe).organisation_id
    portal.bus.answers[r.Confirm] = r.Confirmed(person_id="p9", organisation_id=organisation_id, same_browser=False)
    await visitor.post("/confirm", {"token": "t"})
    assert (await visitor.get("/preferences")).status_code == 303


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": "Trop court"}, "trop court"),
        ({"email": "algues@"}, "adresse électronique complète"),
        ({"commune": ""}, "Indiquez votre commune"),
        ({"consent": ""}, "Cochez la case"),
        ({"kind": "commune"}, "Choisissez ce que vous êtes"),
        ({"cadence": "hourly"}, "à quel rythme"),
    ],
)
async def test_a_refused_field_says_so_and_keeps_what_was_typed(
    portal: Portal, visitor: Browser, changes: dict[str, str], sentence: str
) -> None:
    answer = await declared(visitor, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Algues du Large" in answer.text
    assert not any(isinstance(asked, r.Subscribe) for asked in portal.bus.asked)


async def test_an_unknown_commune_is_refused_and_several_are_offered(portal: Portal, visitor: Browser) -> None:
    portal.bus.answers[r.FindCommunes] = r.Communes()
    assert "n’est pas dans le département" in (await declared(visitor)).text
    two = tuple(r.Commune(insee=f"3599{n}", name=f"Sommeville-{n}", postcodes=("35990",), population=9) for n in (1, 2))
    portal.bus.answers[r.FindCommunes] = r.Communes(communes=two)
    page = (await declared(visitor)).text
    assert 'type="radio" id="commune-2"' in page
    assert (await declared(visitor, commune="Sommeville-2 (35992)")).status_code == 303


@pytest.mark.parametrize("away", [r.Subscribe, r.FindCommunes])
async def test_an_absent_owner_keeps_the_typed_text_and_stores_nothing(
    portal: Portal, visitor: Browser, away: type[r.Request]
) -> None:
    portal.bus.away.add(away)
    answer = await declared(visitor)
    assert answer.status_code == 503
    assert TEXT in answer.text
    portal.bus.away.clear()
    assert await portal.store.organisations.forget_unconfirmed(portal.clock().replace(year=2030)) == 0


async def test_too_many_declarations_for_one_address_are_refused(visitor: Browser) -> None:
    answers = [(await declared(visitor)).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


async def test_an_unconfirmed_declaration_is_forgotten_after_seven_days(
    portal: Portal, visitor: Browser, clock: object
) -> None:
    await declared(visitor)
    assert await portal.store.organisations.forget_unconfirmed(portal.clock()) == 0
    assert await portal.store.organisations.forget_unconfirmed(portal.clock().replace(year=2030)) == 1


async def test_an_error_is_tied_to_its_field(visitor: Browser) -> None:
    page = (await declared(visitor, text="court")).text
    assert re.search(r'id="text"[^>]*aria-describedby="text-hint text-problem"[^>]*aria-invalid="true"', page)
    assert 'href="#text"' in page
