"""Staff publish rules with a note, see what a draft changes, and read an interruption in words."""

from services.portal.commands import add_staff
from services.portal.domain.rules_form import groups
from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import PERSON, RULES, Portal


def typed() -> dict[str, str]:
    return {field.path: field.value for group in groups(RULES) for field in group.fields}


async def as_staff(portal: Portal, visitor: Browser) -> None:
    await add_staff(portal.context, PERSON)
    await visitor.sign_in(staff=True)


async def test_a_draft_shows_what_it_gains_with_titles(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await visitor.post("/staff/rules/preview", {**typed(), "threshold": "0,4"})
    assert "1 alertes de plus" in page.text
    assert "Seaweed farming" in page.text
    assert furnished.bus.last(r.PreviewRules).rules["threshold"] == 0.4


async def test_publishing_needs_a_note_and_the_version_it_was_made_from(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    assert (await visitor.post("/staff/rules/publish", {**typed(), "base": "2"})).status_code == 422
    stale = await visitor.post("/staff/rules/publish", {**typed(), "base": "1", "note": "Un essai"})
    assert "publiées entre-temps" in stale.text
    assert (await visitor.post("/staff/rules/publish", {**typed(), "base": "2", "note": "Un essai"})).status_code == 303
    assert furnished.bus.last(r.PublishRules).rules == RULES
    assert (await furnished.store.staff.latest_deeds())[0].action == "published rules"


async def test_an_absent_matcher_loses_nothing_typed(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.away.add(r.AskRules)
    page = await visitor.post("/staff/rules/publish", {**typed(), "base": "2", "note": "Un long travail"})
    assert page.status_code == 503
    assert "Un long travail" in page.text
    assert "nucléaire" in page.text
