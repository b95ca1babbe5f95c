"""From the first key to the last, without a mouse."""

from playwright.sync_api import BrowserContext, Page

from shared.requests import (
    ChangePreferences,
    CompanyFound,
    Confirm,
    LookUpCompany,
    PreviewRules,
    PublishRules,
    Subscribe,
    Unsubscribe,
)
from tests.browser.conftest import Served


def press_until(page: Page, selector: str) -> None:
    """Tab forward to an element."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by keyboard")


def test_an_organisation_is_declared_by_keyboard_alone(page: Page, served: Served) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    press_until(page, ".door")
    page.keyboard.press("Enter")
    page.wait_for_url("**/declare")
    press_until(page, "input[name=kind]")
    page.keyboard.press("Space")
    for selector, text in (
        ("#name", "Algues du Large"),
        ("#commune", "Sommeville"),
        ("#text", "Nous cultivons des algues sur la côte et cherchons des partenaires en Europe."),
    ):
        press_until(page, selector)
        page.keyboard.type(text)
    press_until(page, "#theme-2")
    page.keyboard.press("Space")
    press_until(page, "#email")
    page.keyboard.type("algues@exemple.example")
    press_until(page, "#consent")
    page.keyboard.press("Space")
    press_until(page, "main form button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/check-mail")
    assert served.portal.bus.last(Subscribe).email == "algues@exemple.example"


def test_enter_fills_in_from_a_number_and_sends_nothing_half_typed(page: Page, served: Served) -> None:
    found = CompanyFound(siren="900000001", name="ALGUES DU LARGE", insee="35999", place="Sommeville")
    served.portal.bus.answers[LookUpCompany] = found
    page.goto("/declare")
    press_until(page, "#siren")
    page.keyboard.type("900 000 001")
    page.keyboard.press("Enter")
    page.locator(".notice.done").wait_for()
    assert page.locator("#name").input_value() == "ALGUES DU LARGE"
    press_until(page, "#website")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "website"
    assert not any(isinstance(asked, Subscribe) for asked in served.portal.bus.asked)


def test_an_address_is_confirmed_by_keyboard_alone(page: Page, served: Served) -> None:
    page.goto("/confirm?token=t")
    press_until(page, "main form button")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="C’est confirmé").wait_for()
    assert served.portal.bus.last(Confirm).token == "t"


def test_preferences_are_set_by_keyboard_alone(signed_in: BrowserContext, served: Served) -> None:
    page = signed_in.new_page()
    page.goto("/preferences")
    press_until(page, "select[name=cadence]")
    page.keyboard.press("ArrowUp")
    press_until(page, "form.inline button")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=changed")
    assert served.portal.bus.last(ChangePreferences).cadence == "daily"
    press_until(page, "button.link")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=left")
    assert served.portal.bus.last(Unsubscribe).organisation_id == "o1"


def test_rules_are_tried_and_published_by_keyboard_alone(staff: BrowserContext, served: Served) -> None:
    page = staff.new_page()
    page.goto("/staff/rules")
    press_until(page, "#threshold")
    page.keyboard.press("Control+A")
    page.keyboard.type("0,4")
    press_until(page, "button[formaction]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/preview")
    assert served.portal.bus.last(PreviewRules).rules["threshold"] == 0.4
    press_until(page, "#note")
    page.keyboard.type("Un seuil plus bas")
    press_until(page, ".actions button:not([formaction])")
    page.keyboard.press("Enter")
    page.wait_for_url("**published=1")
    assert served.portal.bus.last(PublishRules).note == "Un seuil plus bas"
