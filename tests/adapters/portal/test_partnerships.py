"""Staff enter, change and withdraw what partner territories look for."""

import re

import pytest

from services.portal.commands import add_staff
from shared import requests as r
from shared.events import OpportunityPublished
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import PERSON, Portal, opportunity

FORM = {
    "title": "Formateurs en fromagerie",
    "organisation": "Fédération laitière fictive",
    "country": "Madagascar",
    "place": "Région imaginaire",
    "need": "Former trente éleveurs à la transformation du lait en fromage, deux fois trois semaines.",
    "themes_text": "agriculture\ncoopération",
    "audience": ["business", "school"],
    "deadline": "2027-05-31",
    "language": "fr",
    "contact": "Pôle coopération",
}


async def as_staff(portal: Portal, visitor: Browser) -> None:
    await add_staff(portal.context, PERSON)
    await visitor.sign_in(staff=True)


async def test_a_request_is_handed_to_ingest_as_typed(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    answer = await visitor.post("/staff/partnerships/new", FORM)
    assert answer.headers["location"] == "/staff/partnerships?done=saved"
    command = furnished.bus.last(r.SavePartnership)
    assert (command.id, command.by) == (None, PERSON)
    assert command.wanted.audience == ("business", "school")
    assert command.wanted.themes == ("agriculture", "coopération")
    assert str(command.wanted.deadline) == "2027-05-31"
    assert (await furnished.store.staff.latest_deeds())[0].action == "saved a partnership"


async def test_what_ingest_refuses_stands_beside_its_field_and_keeps_what_was_typed(
    furnished: Portal, visitor: Browser
) -> None:
    await as_staff(furnished, visitor)
    problem = r.FieldProblem(field="need", code="too_short", values={"least": "40"}, sentence="too short")
    furnished.bus.answers[r.SavePartnership] = r.PartnershipSaved(refused="invalid", problems=(problem,))
    page = await visitor.post("/staff/partnerships/new", {**FORM, "need": "Du fromage"})
    assert page.status_code == 422
    assert 'id="need-problem">Ce texte est trop court : écrivez au moins 40 caractères.' in page.text
    assert "Du fromage" in page.text
    assert 'value="school" checked' in page.text


async def test_a_date_that_is_none_is_refused_here(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await visitor.post("/staff/partnerships/new", {**FORM, "deadline": "bientôt"})
    assert page.status_code == 422
    assert re.search(r'id="deadline"[^>]*aria-invalid="true"', page.text)
    assert not any(isinstance(asked, r.SavePartnership) for asked in furnished.bus.asked)


async def test_the_same_request_twice_is_told(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.answers[r.SavePartnership] = r.PartnershipSaved(refused="known", id="partners-1")
    assert "existe déjà" in (await visitor.post("/staff/partnerships/new", FORM)).text


async def test_a_request_is_edited_under_its_id_and_withdrawn(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    form = await visitor.get("/staff/partnerships/partners-1")
    assert 'value="Madagascar"' in form.text
    await visitor.post("/staff/partnerships/partners-1", FORM)
    assert furnished.bus.last(r.SavePartnership).id == "partners-1"
    await visitor.post("/staff/partnerships/partners-1/withdraw")
    assert furnished.bus.last(r.WithdrawPartnership).id == "partners-1"
    furnished.bus.answers[r.AskPartnerships] = r.Partnerships()
    assert (await visitor.get("/staff/partnerships/gone")).status_code == 404


@pytest.mark.parametrize("path", ["/staff/partnerships/new", "/staff/partnerships/partners-1"])
async def test_an_absent_owner_keeps_what_was_typed(furnished: Portal, visitor: Browser, path: str) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.away |= {r.SavePartnership, r.AskPartnerships}
    page = await visitor.post(path, FORM)
    assert page.status_code == 503
    assert "trente éleveurs" in page.text


async def test_the_office_answers_on_the_page_of_a_request(furnished: Portal, visitor: Browser) -> None:
    now = furnished.clock()
    state = opportunity(now, id="partners-1", source="partners", kind="partnership")
    await furnished.parts.handlers[OpportunityPublished](OpportunityPublished(happened_at=now, opportunity=state))
    page = (await visitor.get("/opportunities/partners-1")).text
    assert 'href="mailto:contact@passerelle.example"' in page
    assert "mailto:" not in (await visitor.get("/opportunities/eu-algues")).text
