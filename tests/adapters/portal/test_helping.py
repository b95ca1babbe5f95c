"""Help with the declaration: a number fills the form, a website proposes a text, nothing typed is lost."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

from shared import requests as r
from shared.events import OrganisationDeclared
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import Portal
from tests.adapters.portal.test_declaring import FORM

SIREN = "900000001"
DRAFT_ID = "0123456789abcdef0123456789abcdef"
DRAFTED = "Nous fabriquons des yaourts au lait cru et cherchons des partenaires en Europe pour les exporter."
FOUND = r.CompanyFound(
    siren=SIREN,
    name="LAITERIE DES ESSAIS",
    naf="10.51A",
    naf_label="Fabrication de lait liquide et de produits frais",
    size="small",
    kind="business",
    address="4 RUE DES ESSAIS 35990 SOMMEVILLE",
    insee="35999",
    place="Sommeville",
)
READY = r.Draft(state="ready", site="laiterie.example", pages=4, text=DRAFTED)


@pytest.fixture(autouse=True)
def answers(portal: Portal) -> None:
    portal.bus.answers[r.LookUpCompany] = FOUND
    portal.bus.answers[r.StartDraft] = r.DraftStarted(id=DRAFT_ID)
    portal.bus.answers[r.AskDraft] = READY


async def ask(visitor: Browser, help_: str, path: str = "/declare", **typed: Any) -> httpx.Response:
    return await visitor.post(path, {"help": help_, **typed})


def value(page: httpx.Response, name: str) -> str | None:
    """What stands in a field of the page; a ticked choice's value."""
    text = page.text
    if found := re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', text, re.DOTALL):
        return unescape(found.group(1))
    if found := re.search(rf'<select[^>]*name="{name}".*?</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', found.group(0))
        return chosen.group(1) if chosen else ""
    for tag in re.findall(rf'<input[^>]*name="{name}"[^>]*>', text):
        if 'type="radio"' not in tag and 'type="checkbox"' not in tag:
            held = re.search(r'value="([^"]*)"', tag)
            return unescape(held.group(1)) if held else ""
        if "checked" in tag:
            return str(re.search(r'value="([^"]*)"', tag).group(1))  # type: ignore[union-attr]
    return None


# --- a company's number ---


async def test_a_number_fills_the_fields_that_are_empty(portal: Portal, visitor: Browser) -> None:
    page = await ask(visitor, "company", siren="900 000 001")
    assert page.status_code == 200
    assert portal.bus.last(r.LookUpCompany).number == "900 000 001"
    filled = {name: value(page, name) for name in ("name", "commune", "size", "kind", "siren", "naf")}
    assert filled == {
        "name": "LAITERIE DES ESSAIS",
        "commune": "Sommeville (35999)",
        "size": "small",
        "kind": "business",
        "siren": SIREN,
        "naf": "10.51A",
    }
    assert "Fabrication de lait liquide et de produits frais (10.51A)" in page.text
    assert "4 RUE DES ESSAIS" in page.text


async def test_what_was_typed_is_kept(visitor: Browser) -> None:
    typed = {**FORM, "siren": SIREN, "size": "large", "commune": "Ailleurs", "website": "laiterie.example"}
    page = await ask(visitor, "company", **typed)
    for name in ("name", "size", "commune", "text", "email", "cadence", "language", "website", "consent"):
        assert value(page, name) == typed[name], name
    assert re.search(r'value="mer et littoral" checked', page.text)


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("number", "ni un SIREN"),
        ("unknown", "ne connaît pas ce numéro"),
        ("unreachable", "ne répond pas"),
        ("x", "aide"),
    ],
)
async def test_a_number_that_finds_nothing_says_why_and_keeps_the_form(
    portal: Portal, visitor: Browser, code: str, sentence: str
) -> None:
    portal.bus.answers[r.LookUpCompany] = r.CompanyFound(refused=code)
    page = await ask(visitor, "company", **{**FORM, "siren": "123"})
    assert page.status_code == 422
    assert sentence in page.text
    assert value(page, "siren") == "123"
    assert value(page, "name") == "Algues du Large"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"is_closed": True}, "a cessé son activité"),
        ({"is_person": True, "name": None, "address": None}, "le nom d’une personne"),
        ({"is_withheld": True, "name": None}, "ne soient pas diffusées"),
        ({"insee": "75115", "place": None}, "hors du département"),
        ({"kind": "commune"}, "Abonner une commune"),
    ],
)
async def test_what_the_directory_says_beside_is_told(
    portal: Portal, visitor: Browser, changes: dict[str, Any], sentence: str
) -> None:
    portal.bus.answers[r.LookUpCompany] = FOUND.model_copy(update=changes)
    page = await ask(visitor, "company", siren=SIREN)
    assert page.status_code == 200
    assert sentence in page.text


async def test_a_communes_door_takes_a_communes_number(portal: Portal, visitor: Browser) -> None:
    commune = FOUND.model_copy(update={"kind": "commune", "name": "COMMUNE DE SOMMEVILLE"})
    portal.bus.answers[r.LookUpCompany] = commune
    page = await ask(visitor, "company", "/subscribe-commune", siren=SIREN)
    assert (value(page, "name"), value(page, "commune")) == ("COMMUNE DE SOMMEVILLE", "Sommeville (35999)")
    portal.bus.answers[r.LookUpCompany] = FOUND
    assert (
        "n’est pas celui d’une collectivité" in (await ask(visitor, "company", "/subscribe-commune", siren=SIREN)).text
    )


async def test_the_number_and_the_activity_travel_with_the_declaration(portal: Portal, visitor: Browser) -> None:
    await visitor.post("/declare", {**FORM, "siren": "900 000 001 00017", "naf": "10.51A"})
    organisation_id = portal.bus.last(r.Subscribe).organisation_id
    portal.bus.answers[r.Confirm] = r.Confirmed(person_id="p9", organisation_id=organisation_id, same_browser=True)
    await visitor.post("/confirm", {"token": "t"})
    [waiting] = await portal.context.outbox.next_batch()
    told = OrganisationDeclared.model_validate_json(waiting.payload).organisation
    assert (told.siren, told.naf) == (SIREN, "10.51A")
    await visitor.post(f"/organisations/{organisation_id}", {**FORM, "text": DRAFTED})
    again = OrganisationDeclared.model_validate_json(
        (await portal.context.outbox.next_batch())[-1].payload
    ).organisation
    assert (again.version, again.siren, again.naf) == (2, SIREN, "10.51A")


async def test_a_declaration_without_a_number_is_as_before(portal: Portal, visitor: Browser) -> None:
    assert (await visitor.post("/declare", FORM)).headers["location"] == "/check-mail"


@pytest.mark.parametrize("siren", ["900000002", "abc", "9" * 400])
async def test_a_wrong_number_is_refused_with_the_declaration(portal: Portal, visitor: Browser, siren: str) -> None:
    page = await visitor.post("/declare", {**FORM, "siren": siren})
    assert page.status_code == 422
    assert "ni un SIREN ni un SIRET" in page.text
    assert not any(isinstance(asked, r.Subscribe) for asked in portal.bus.asked)


@pytest.mark.parametrize("naf", ["<script>", "10.51", "x" * 5000])
async def test_an_activity_that_is_no_code_is_left_out(portal: Portal, visitor: Browser, naf: str) -> None:
    assert (await visitor.post("/declare", {**FORM, "siren": SIREN, "naf": naf})).status_code == 303


# --- a website ---


async def test_a_website_is_read_beside_the_form(portal: Portal, visitor: Browser) -> None:
    page = await ask(visitor, "website", **{**FORM, "website": "laiterie.example"})
    assert page.status_code == 200
    assert portal.bus.last(r.StartDraft).url == "laiterie.example"
    assert f'<iframe class="progress" src="/declare/draft/{DRAFT_ID}" title="' in page.text
    assert value(page, "draft") == DRAFT_ID
    assert value(page, "email") == "algues@exemple.example"


async def test_progress_refreshes_itself_until_the_reading_has_ended(portal: Portal, visitor: Browser) -> None:
    path = f"/declare/draft/{DRAFT_ID}"
    portal.bus.answers[r.AskDraft] = r.Draft(state="pending", site="laiterie.example", pages=3)
    page = await visitor.get(path)
    assert "3 pages lues sur 10" in page.text
    assert page.headers["refresh"] == "2"
    portal.bus.answers[r.AskDraft] = READY
    page = await visitor.get(path)
    assert "Le texte est prêt" in page.text
    assert DRAFTED not in page.text
    assert "refresh" not in page.headers


async def test_the_frame_may_stand_in_our_pages_only_and_every_other_page_in_none(visitor: Browser) -> None:
    frame = (await visitor.get(f"/declare/draft/{DRAFT_ID}")).headers["content-security-policy"]
    assert "frame-ancestors 'self'" in frame
    assert "default-src 'none'" in frame
    assert "frame-ancestors 'none'" in (await visitor.get("/declare")).headers["content-security-policy"]


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        (r.Draft(state="failed", problem="unreachable"), "n’a pas pu être lu"),
        (r.Draft(state="failed", problem="unwelcome"), "robots.txt"),
        (r.Draft(state="failed", problem="empty"), "ne contient pas de texte"),
        (r.Draft(refused="unknown"), "est oubliée"),
    ],
)
async def test_a_reading_that_failed_is_a_sentence_in_the_frame_and_in_the_form(
    portal: Portal, visitor: Browser, draft: r.Draft, sentence: str
) -> None:
    portal.bus.answers[r.AskDraft] = draft
    frame = await visitor.get(f"/declare/draft/{DRAFT_ID}")
    assert sentence in frame.text
    assert "refresh" not in frame.headers
    page = await ask(visitor, "draft", **{**FORM, "draft": DRAFT_ID})
    assert page.status_code == 422
    assert sentence in page.text
    assert "<iframe" not in page.text
    assert value(page, "text") == FORM["text"]


@pytest.mark.parametrize("draft_id", ["x", "0" * 31, "..%2f..%2fstaff", "é" * 32, "0" * 5000])
async def test_an_id_that_is_none_is_forgotten_and_asked_of_nobody(
    portal: Portal, visitor: Browser, draft_id: str
) -> None:
    assert (await visitor.get(f"/declare/draft/{draft_id}")).status_code in (200, 404)
    assert not any(isinstance(asked, r.AskDraft) for asked in portal.bus.asked)


@pytest.mark.parametrize(("code", "sentence"), [("address", "site internet public"), ("busy", "Beaucoup de sites")])
async def test_an_address_that_is_refused_says_why(portal: Portal, visitor: Browser, code: str, sentence: str) -> None:
    portal.bus.answers[r.StartDraft] = r.DraftStarted(refused=code)
    page = await ask(visitor, "website", **{**FORM, "website": "http://127.0.0.1"})
    assert page.status_code == 422
    assert sentence in page.text
    assert value(page, "website") == "http://127.0.0.1"
    assert "<iframe" not in page.text


async def test_a_draft_is_put_in_the_text_box_and_marked(visitor: Browser) -> None:
    page = await ask(visitor, "draft", **{**FORM, "text": "", "draft": DRAFT_ID})
    assert value(page, "text") == DRAFTED
    assert "brouillon tiré de laiterie.example" in page.text
    assert 'name="read_over"' in page.text
    assert "<iframe" not in page.text


async def test_a_draft_comes_below_what_was_typed(visitor: Browser) -> None:
    page = await ask(visitor, "draft", **{**FORM, "draft": DRAFT_ID})
    assert value(page, "text") == f"{FORM['text']}\n\n{DRAFTED}"


async def test_a_draft_that_is_not_there_yet_is_asked_for_again_later(portal: Portal, visitor: Browser) -> None:
    portal.bus.answers[r.AskDraft] = r.Draft(state="pending")
    page = await ask(visitor, "draft", **{**FORM, "draft": DRAFT_ID})
    assert "n’est pas terminée" in page.text
    assert "<iframe" in page.text
    assert value(page, "draft") == DRAFT_ID


async def test_a_draft_must_be_read_over_before_it_is_declared(portal: Portal, visitor: Browser) -> None:
    typed = {**FORM, "text": DRAFTED, "drafted": "laiterie.example"}
    page = await visitor.post("/declare", typed)
    assert page.status_code == 422
    assert "Relisez le texte proposé" in page.text
    assert "brouillon tiré de laiterie.example" in page.text
    assert not any(isinstance(asked, r.Subscribe) for asked in portal.bus.asked)
    assert (await visitor.post("/declare", {**typed, "read_over": "yes"})).status_code == 303


async def test_markup_in_a_draft_is_shown_as_text(portal: Portal, visitor: Browser) -> None:
    hostile = "</textarea><script>alert(1)</script>"
    portal.bus.answers[r.AskDraft] = READY.model_copy(update={"text": hostile, "site": '"><b>x'})
    page = await ask(visitor, "draft", draft=DRAFT_ID)
    assert "<script>" not in page.text
    assert "<b>x" not in page.text
    assert value(page, "text") == hostile


# --- for both ---


async def test_a_help_stores_nothing_and_tells_nobody(portal: Portal, visitor: Browser) -> None:
    for help_ in ("company", "website", "draft"):
        await ask(visitor, help_, **{**FORM, "siren": SIREN, "website": "laiterie.example", "draft": DRAFT_ID})
    assert await portal.told() == []
    assert await portal.store.organisations.forget_unconfirmed(portal.clock().replace(year=2030)) == 0
    assert not any(isinstance(asked, r.Subscribe) for asked in portal.bus.asked)


@pytest.mark.parametrize(
    ("help_", "away"), [("company", r.LookUpCompany), ("website", r.StartDraft), ("draft", r.AskDraft)]
)
async def test_a_help_whose_owner_is_away_is_a_sentence_and_keeps_the_form(
    portal: Portal, visitor: Browser, help_: str, away: type[r.Request]
) -> None:
    portal.bus.away.add(away)
    typed = {**FORM, "siren": SIREN, "website": "laiterie.example", "draft": DRAFT_ID}
    page = await ask(visitor, help_, **typed)
    assert page.status_code == 503
    assert "Cette aide est momentanément interrompue" in page.text
    assert value(page, "text") == FORM["text"]
    assert (await visitor.get(f"/declare/draft/{DRAFT_ID}")).status_code == 200


@pytest.mark.parametrize(("help_", "name"), [("company", "siren"), ("website", "website")])
async def test_a_help_without_its_field_says_so(visitor: Browser, help_: str, name: str) -> None:
    page = await ask(visitor, help_, **FORM)
    assert page.status_code == 422
    assert f'href="#{name}"' in page.text


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ({"siren": SIREN}, r.LookUpCompany),
        ({"website": "laiterie.example"}, r.StartDraft),
        ({**FORM, "siren": SIREN}, r.Subscribe),
        ({**FORM, "website": "laiterie.example"}, r.Subscribe),
    ],
)
async def test_the_enter_key_asks_for_what_was_just_typed_or_sends_the_form(
    portal: Portal, visitor: Browser, typed: dict[str, Any], asked: type[r.Request]
) -> None:
    await ask(visitor, "enter", **typed)
    helps = [type(one) for one in portal.bus.asked if type(one) in (r.LookUpCompany, r.StartDraft, r.Subscribe)]
    assert helps == [asked]


async def test_helps_are_limited_by_address_and_by_site(portal: Portal, visitor: Browser) -> None:
    answers = [(await ask(visitor, "website", website=f"site{n}.example")).status_code for n in range(7)]
    assert answers == [200] * 6 + [429]
    reached = 0
    for n in range(11):
        other = Browser(portal, f"192.0.2.{n}")
        reached += (await ask(other, "website", website="https://one.example/x")).status_code == 200
        await other.client.aclose()
    assert reached == 10


async def test_numbers_are_limited_by_address(visitor: Browser) -> None:
    answers = [(await ask(visitor, "company", siren=SIREN)).status_code for _ in range(22)]
    assert answers[:20] == [200] * 20
    assert 429 in answers[20:]


async def test_a_form_without_its_token_is_refused(portal: Portal, visitor: Browser) -> None:
    page = await visitor.client.post("/declare", data={"help": "company", "siren": SIREN})
    assert page.status_code == 403
    assert portal.bus.asked == []
