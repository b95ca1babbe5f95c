"""Every page and state passes axe, and fits a phone of 320 px."""

import mailbox
from datetime import timedelta
from email.message import EmailMessage

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from services.portal.domain.labels import ANSWER_REASONS, GATES
from services.portal.store.answers import Answer
from shared.events import Term
from shared.requests import (
    AnswerCheckIn,
    AskDraft,
    AskHarvests,
    AskPreferences,
    AskRules,
    CompanyFound,
    Draft,
    DraftStarted,
    ExplainPair,
    FieldProblem,
    FindCommunes,
    GateResult,
    LookUpCompany,
    PartnershipSaved,
    ReadLink,
    SavePartnership,
    StartDraft,
)
from tests.adapters.portal.fakes import EXPLAINED, IMPORT
from tests.browser.conftest import Served

PUBLIC = (
    "/",
    "/?lang=en",
    "/opportunities",
    "/opportunities?q=rien",
    "/opportunities?before=demain",
    "/opportunities/eu-algues",
    "/declare",
    "/subscribe-commune",
    "/check-mail",
    "/confirm?token=t",
    "/sign-in",
    "/sign-in/code",
    "/sign-in/link?token=t",
    "/unsubscribe?token=t",
    "/unsubscribe?token=leave",
    "/answer?token=answer&verdict=not_for_us",
    "/answer?token=answer&verdict=interested",
    "/answer?token=never-ours",
    "/check-in?token=check&answer=stop",
    "/accessibility",
    "/legal",
    "/nowhere",
    "/boite",
)
OF_PERSON = (
    "/matches",
    "/preferences",
    "/preferences/erase",
    "/organisations/o1",
    "/opportunities/eu-algues",
    "/staff",
)
COMPANY = CompanyFound(
    siren="900000001",
    name="ALGUES DU LARGE ET DES ESTRANS REUNIS",
    naf="03.21Z",
    naf_label="Aquaculture en mer",
    address="4 RUE DES ESSAIS 35990 SOMMEVILLE",
    insee="35999",
    place="Sommeville",
    is_closed=True,
)
OF_STAFF = (
    "/staff",
    "/staff/rules",
    "/staff/vocabulary",
    "/staff/pairs",
    "/staff/pairs?organisation=o1&opportunity=eu-algues",
    "/staff/pairs?organisation=rien&opportunity=rien",
    "/staff/profiles",
    "/staff/profiles/org-1",
    f"/staff/profiles/imports/{IMPORT.id}",
    "/staff/partnerships",
    "/staff/partnerships/new",
    "/staff/partnerships/partners-1",
    "/staff/sources",
    "/staff/answers",
    "/staff/dead-letters",
    "/staff/deliveries",
    "/staff/second-factor",
)


def must_be_sound(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    must_fit(page, 320)


def must_fit(page: Page, wide: int) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= wide, f"{page.url} is {width} px wide"


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_for_anyone_is_accessible_and_fits_a_phone(page: Page, path: str) -> None:
    page.goto(path)
    must_be_sound(page)


def test_a_persons_pages_are_accessible_and_fit_a_phone(signed_in: BrowserContext) -> None:
    page = signed_in.new_page()
    for path in OF_PERSON:
        page.goto(path)
        must_be_sound(page)


def test_staff_pages_are_accessible_and_fit_a_phone(staff: BrowserContext) -> None:
    page = staff.new_page()
    for path in OF_STAFF:
        page.goto(path)
        must_be_sound(page)
    page.goto("/staff/rules")
    page.get_by_role("button", name="Voir l’effet").click()
    must_be_sound(page)
    page.get_by_label("Seuil").fill("beaucoup")
    page.get_by_role("button", name="Publier").click()
    must_be_sound(page)


def test_forms_for_files_and_requests_are_accessible_when_refused(staff: BrowserContext, served: Served) -> None:
    page = staff.new_page()
    page.goto("/staff/profiles")
    page.get_by_role("button", name="Voir ce que cela changerait").click()
    must_be_sound(page)
    page.get_by_label("Fichier").set_input_files({"name": "p.csv", "mimeType": "text/csv", "buffer": b"name"})
    page.get_by_role("button", name="Voir ce que cela changerait").click()
    must_be_sound(page)
    problem = FieldProblem(field="need", code="missing", sentence="missing")
    served.portal.bus.answers[SavePartnership] = PartnershipSaved(refused="invalid", problems=(problem,))
    page.goto("/staff/partnerships/new")
    page.get_by_role("button", name="Enregistrer").click()
    assert page.locator(".summary").evaluate("box => box === document.activeElement")
    must_be_sound(page)


def test_refused_forms_and_interrupted_services_are_accessible(page: Page, served: Served) -> None:
    for path in ("/declare", "/sign-in", "/sign-in/code"):
        page.goto(path)
        page.locator("main form button").last.click()
        assert page.locator(".summary").evaluate("box => box === document.activeElement")
        must_be_sound(page)
    served.portal.bus.away |= {FindCommunes}
    page.goto("/declare")
    page.get_by_label("Commune", exact=True).fill("Sommeville")
    page.locator("main form button").last.click()
    must_be_sound(page)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("state", ["pending", "ready", "failed"])
def test_help_with_a_declaration_is_accessible(page: Page, served: Served, state: str, language: str) -> None:
    drafted = "Nous cultivons des algues sur la côte et cherchons des partenaires dans toute l’Europe."
    problem = "empty" if state == "failed" else None
    draft = {"state": state, "site": "algues.example", "pages": 3, "text": drafted, "problem": problem}
    served.portal.bus.answers |= {
        LookUpCompany: COMPANY,
        StartDraft: DraftStarted(id="0" * 32),
        AskDraft: Draft.model_validate(draft),
    }
    page.goto(f"/declare?lang={language}")
    page.locator("#siren").fill("900 000 001")
    page.locator("button[value=company]").click()
    page.locator(".notice.done").wait_for()
    assert page.locator("#name").input_value() == COMPANY.name
    must_be_sound(page)
    page.locator("#website").fill("algues.example")
    page.locator("button[value=website]").click()
    page.frame_locator("iframe.progress").locator("p").wait_for()
    must_be_sound(page)
    page.locator("button[value=draft]").click()
    must_be_sound(page)
    if state == "ready":
        assert page.locator("#text").input_value() == drafted
        page.locator("main form button").last.click()
        assert page.locator("#read_over").get_attribute("aria-invalid") == "true"
        must_be_sound(page)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("refused_by", ["threshold", "size", "instrument", "audience", None])
def test_reasons_for_and_against_are_accessible(
    staff: BrowserContext, served: Served, refused_by: str | None, language: str
) -> None:
    gates = tuple(GateResult(name=name, passed=name != refused_by) for name in GATES)
    terms = (*EXPLAINED.terms, Term(profile_word="coopération" * 4, opportunity_word="cooperation " * 9, share=0.4))
    changes = {"matched": refused_by is None, "refused_by": refused_by, "gates": gates, "terms": terms}
    served.portal.bus.answers[ExplainPair] = EXPLAINED.model_copy(update=changes)
    page = staff.new_page()
    for path in ("/opportunities/eu-algues?", "/staff/pairs?organisation=o1&opportunity=eu-algues&"):
        page.goto(f"{path}lang={language}")
        for details in page.locator("main details").all():
            details.locator("summary").click()
        assert page.locator("main .met li").count() == 2
        must_be_sound(page)


def test_staff_find_a_pair_by_its_words_by_keyboard_alone(staff: BrowserContext) -> None:
    page = staff.new_page()
    page.goto("/staff/pairs")
    page.get_by_role("searchbox", name="Organisation").press_sequentially("algues")
    page.get_by_role("searchbox", name="Opportunité").press_sequentially("seaweed")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Seaweed farming in coastal waters").wait_for()
    must_be_sound(page)


def test_staff_pages_of_an_absent_service_are_accessible(staff: BrowserContext, served: Served) -> None:
    served.portal.bus.away |= {AskRules, AskHarvests}
    page = staff.new_page()
    for path in ("/staff/rules", "/staff/sources"):
        page.goto(path)
        assert "interrompu" in page.locator("main").inner_text()
        must_be_sound(page)


def test_a_mail_of_the_built_in_mailbox_is_accessible(page: Page, served: Served) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Bonjour", "veille@passerelle.example", "a@exemple.example"
    mail.set_content("Lisez https://exemple.example/page")
    mail.add_alternative("<html lang=fr><title>Bonjour</title><body><h1>Bonjour</h1></body></html>", subtype="html")
    key = mailbox.Maildir(served.home / "mailbox", create=True).add(mail.as_bytes())
    page.goto(f"/boite/{key}")
    must_be_sound(page)
    assert page.frame_locator("iframe").get_by_role("heading", name="Bonjour").is_visible()


def test_every_page_is_accessible_in_english(staff: BrowserContext) -> None:
    page = staff.new_page()
    page.goto("/?lang=en")
    for path in (*PUBLIC, *OF_PERSON, *OF_STAFF):
        page.goto(path)
        assert page.locator("html").get_attribute("lang") == "en"
        must_be_sound(page)


def test_pages_fit_at_twice_the_size(staff: BrowserContext) -> None:
    page = staff.new_page()
    page.set_viewport_size({"width": 640, "height": 512})
    for path in ("/", "/opportunities", "/declare", "/matches", *OF_PERSON, *OF_STAFF):
        page.goto(path)
        must_fit(page, 640)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        must_fit(page, 640)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_answering_is_accessible_from_the_mail_to_the_thanks(page: Page, served: Served, language: str) -> None:
    page.goto(f"/?lang={language}")
    page.goto("/answer?token=answer&verdict=interested")
    page.locator("#note").evaluate("box => box.removeAttribute('maxlength')")
    page.locator("#note").fill("x" * 501)
    page.locator("main form button").first.click()
    assert page.locator(".summary").evaluate("box => box === document.activeElement")
    assert page.locator("#note").get_attribute("aria-invalid") == "true"
    must_be_sound(page)
    for verdict in ("interested", "not_for_us"):
        page.goto(f"/answer?token=answer&verdict={verdict}")
        page.locator("main form button").first.click()
        must_be_sound(page)
    for answer in ("useful", "not_quite", "stop"):
        page.goto(f"/check-in?token=check&answer={answer}")
        page.locator("main form button").first.click()
        must_be_sound(page)
    served.portal.bus.away |= {ReadLink, AnswerCheckIn}
    for path in ("/answer?token=answer", "/check-in?token=check", "/unsubscribe?token=t"):
        page.goto(path)
        must_be_sound(page)


def test_one_answers_by_keyboard_alone(page: Page) -> None:
    page.goto("/answer?token=answer&verdict=not_for_us")
    first = page.get_by_label("Ce n’est pas notre domaine")
    while not first.evaluate("box => box === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="C’est noté").wait_for()


def test_the_rhythm_and_its_pause_are_accessible(signed_in: BrowserContext, served: Served) -> None:
    held = served.portal.bus.answers[AskPreferences]
    until = served.portal.clock() + timedelta(days=9)
    shown = {"usual_at": "07:00", "timezone": "Europe/Paris", "reminder_days": (30, 7), "paused_until": until}
    served.portal.bus.answers[AskPreferences] = held.model_copy(update=shown)
    page = signed_in.new_page()
    page.goto("/preferences")
    must_be_sound(page)
    page.get_by_label("60 jours avant").check()
    page.get_by_label("14 jours avant").check()
    page.get_by_label("3 jours avant", exact=True).check()
    page.get_by_role("button", name="Enregistrer ce rythme").click()
    assert page.locator("#reminder_days").get_attribute("aria-invalid") == "true"
    must_be_sound(page)
    page.get_by_role("button", name="Reprendre maintenant").click()
    page.get_by_text("La pause est finie").wait_for()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_offices_list_of_answers_is_accessible(staff: BrowserContext, served: Served, language: str) -> None:
    async def say() -> None:
        note = "Nous cherchons un partenaire en Irlande.\nMerci de nous rappeler." + "x" * 90
        answers = [
            Answer("o1", "eu-algues", f"p{n}", "not_for_us" if n % 3 else "interested", reason, note, "le matin")
            for n, reason in enumerate([*ANSWER_REASONS, None])
        ]
        for answer in answers:
            async with served.portal.database.writing() as connection:
                await served.portal.store.answers.keep(connection, answer, now=served.portal.clock())

    served.run(say())
    page = staff.new_page()
    page.goto(f"/staff/answers?lang={language}")
    must_be_sound(page)
    assert page.locator(".plot").evaluate("image => image.naturalWidth") > 0
    page.locator(".calls form button").first.click()
    assert page.locator(".calls .past").count() == 1
    must_be_sound(page)


def test_the_menu_of_a_phone_leaves_room_for_the_page(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto("/opportunities")
    menu = page.locator("nav.main").bounding_box()
    assert menu is not None
    assert menu["height"] <= 90
    for link in page.locator("nav.main a").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 24
    first = page.locator(".card").first.bounding_box()
    assert first is not None
    assert first["y"] < 600
