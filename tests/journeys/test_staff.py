"""Staff in a real browser on the real product: in by mail and second factor, rules tried and taken back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import chromium
from tests.journeys.product import Product, body_of, eventually

__all__ = ["chromium"]
OFFICE, OTHER = "bureau@exemple.fr", "contact@laiterie.example"
STAFF_PAGES = (
    "/staff",
    "/staff/rules",
    "/staff/vocabulary",
    "/staff/pairs",
    "/staff/profiles",
    "/staff/partnerships",
    "/staff/partnerships/new",
    "/staff/sources",
    "/staff/dead-letters",
    "/staff/deliveries",
    "/staff/recipients",
)


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(tmp_path / "home")
    made.up()
    yield made
    made.stop()


@pytest.fixture
def page(chromium: Browser, product: Product) -> Page:
    return window(chromium, product)


def window(chromium: Browser, product: Product) -> Page:
    """A browser of its own, which knows no other's cookies."""
    context = chromium.new_context(base_url=product.url, locale="fr-FR", reduced_motion="reduce")
    context.set_default_timeout(10_000)
    return context.new_page()


def send(page: Page) -> None:
    page.locator("main form button").first.click()


def ask_to_sign_in(page: Page, product: Product, email: str) -> tuple[str, str]:
    """The link and the code of the mail that comes."""
    before = len(sign_in_mails(product, email))
    page.goto("/sign-in")
    page.get_by_label("Adresse électronique").fill(email)
    send(page)
    page.wait_for_url("**/sign-in/code")
    mail = eventually(lambda: sign_in_mails(product, email)[before:], within_s=20, or_tell=product.log)[0]
    link, code = re.search(r"/sign-in/link\?token=\S+", mail), re.search(r"\b\d{6}\b", mail)
    assert link
    assert code
    return link.group(), code.group()


def sign_in_mails(product: Product, email: str) -> list[str]:
    return [text for text in map(body_of, product.mails(email)) if "/sign-in/link?token=" in text]


def must_explain(page: Page, link: str | None) -> None:
    """A pair that a draft loses is one that is told today: every condition lets it through."""
    assert link
    page.goto(link)
    expect(page.locator("#answer ~ .why")).to_contain_text("Proposée.")
    expect(page.locator(".gates .refused")).to_have_count(0)
    expect(page.locator(".met li").first).to_contain_text("%")
    expect(page.locator("main blockquote")).to_be_visible()


def test_staff_sign_in_try_rules_publish_and_roll_back(product: Product, page: Page, chromium: Browser) -> None:
    said = product.run("staff", "add", OFFICE)
    secret = re.search(r"secret=(\w+)", said)
    recovery = re.findall(r"\b[0-9a-f]{6}-[0-9a-f]{6}\b", said)
    assert secret
    assert len(recovery) == 10

    link, _ = ask_to_sign_in(page, product, OFFICE)
    elsewhere = window(chromium, product)
    elsewhere.goto(link)
    send(elsewhere)
    expect(elsewhere.locator("main")).to_contain_text("tapez le code à six chiffres")
    page.goto(link)
    send(page)
    page.wait_for_url("**/staff/second-factor")
    page.goto(link)
    send(page)
    expect(page.locator("main")).to_contain_text("a déjà servi")

    page.goto("/staff")
    page.wait_for_url("**/staff/second-factor")
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret.group(1)).now())
    send(page)
    page.wait_for_url("**/staff")
    for path in STAFF_PAGES:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path

    page.goto("/staff/rules")
    at_first = page.get_by_label("Seuil").input_value()
    alerts = page.locator("#effect + p")
    page.get_by_label("Seuil").fill("0,6")
    page.get_by_role("button", name="Voir l’effet").click()
    expect(alerts).to_contain_text("Alertes gagnées : 0.")
    assert "Perdues : 0." not in alerts.inner_text()
    expect(page.get_by_role("heading", name="Perdues, par exemple")).to_be_visible()
    must_explain(page.context.new_page(), page.get_by_role("link", name="Pourquoi ?").nth(1).get_attribute("href"))
    page.get_by_label("Note de publication").fill("Un essai plus sévère")
    page.get_by_role("button", name="Publier").click()
    page.wait_for_url("**published=1")
    expect(page.locator("main")).to_contain_text("Version en vigueur : 2.")
    assert page.get_by_label("Seuil").input_value() == "0.6"
    page.get_by_label("Seuil").fill(at_first)
    page.get_by_role("button", name="Voir l’effet").click()
    expect(page.get_by_role("heading", name="Gagnées, par exemple")).to_be_visible()
    page.get_by_role("button", name="Revenir à la version 1").click()
    page.wait_for_url("**published=1")
    expect(page.locator("main")).to_contain_text("Version en vigueur : 3.")
    assert page.get_by_label("Seuil").input_value() == at_first
    page.get_by_label("Seuil").fill("7")
    page.get_by_role("button", name="Voir l’effet").click()
    expect(page.locator("#threshold-problem")).to_contain_text("au plus 1")

    for tried, answered in ((recovery[0], "/staff"), (recovery[0], "/staff/second-factor")):
        page.goto("/staff/second-factor")
        page.get_by_label("Code", exact=True).fill(tried)
        send(page)
        page.wait_for_url(f"**{answered}")
    expect(page.locator("main")).to_contain_text("déjà servi")


def test_a_person_who_is_not_staff_is_refused_and_signs_in_elsewhere_by_code(product: Product, page: Page) -> None:
    product.wait_for_mail(lambda mail: True, to=OTHER)
    _, code = ask_to_sign_in(page, product, OTHER)
    page.get_by_label("Code à six chiffres").fill(code)
    send(page)
    page.wait_for_url("**/preferences")
    for path in (*STAFF_PAGES, "/staff/second-factor"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403, path
        expect(page.get_by_role("heading", name="Accès refusé")).to_be_visible()
