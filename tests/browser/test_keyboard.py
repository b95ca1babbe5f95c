"""A declaration from the first key to the last, without a mouse."""

from playwright.sync_api import Page

from shared.requests import Subscribe
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
