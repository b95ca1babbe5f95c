"""Staff on the real product: profiles from a spreadsheet and back, and a partnership request that finds its people."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import chromium
from tests.journeys.product import Product
from tests.journeys.test_staff import OFFICE, ask_to_sign_in, page, send
from tests.unit.ingest.workbooks import COLUMNS, GOOD, TEXT, csv, xlsx

__all__ = ["chromium", "page"]
NEED = "Former trente éleveurs à la transformation du lait en fromage, à la laiterie et à l’affinage."


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    made = Product(tmp_path / "home")
    made.up()
    yield made
    made.stop()


def enter_as_staff(page: Page, product: Product) -> None:
    secret = re.search(r"secret=(\w+)", product.run("staff", "add", OFFICE))
    assert secret
    link, _ = ask_to_sign_in(page, product, OFFICE)
    page.goto(link)
    send(page)
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret.group(1)).now())
    send(page)
    page.wait_for_url("**/staff")


def offer(page: Page, content: bytes, name: str) -> None:
    page.goto("/staff/profiles")
    page.get_by_label("Fichier").set_input_files({"name": name, "mimeType": "", "buffer": content})
    page.get_by_role("button", name="Voir ce que cela changerait").click()


def test_a_large_file_is_looked_at_taken_taken_out_and_undone(product: Product, page: Page) -> None:
    enter_as_staff(page, product)
    rows = [(f"Fromagerie {n}", GOOD[1], f"{TEXT} {n} {'affinage ' * 200}", GOOD[3]) for n in range(1000)]
    offer(page, csv(COLUMNS, *rows, ("", *GOOD[1:])), "profils.csv")
    expect(page.get_by_role("heading", name="Ce que cet import changerait")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Ligne 1002 : La colonne « name » y est vide.")
    page.get_by_role("button", name="Confirmer l’import").click()
    page.wait_for_url("**done=taken")
    expect(page.locator(".figures")).to_contain_text("1000")
    with page.expect_download() as waiting:
        page.goto("/staff/profiles")
        page.get_by_role("link", name="XLSX").last.click()
    offer(page, waiting.value.path().read_bytes(), "profils.xlsx")
    expect(page.locator("main")).to_contain_text("Rien à enregistrer")
    page.goto("/staff/profiles")
    page.get_by_role("link", name="profils.csv").click()
    page.get_by_role("button", name="Annuler cet import").click()
    page.wait_for_url("**done=undone")
    page.goto("/staff/profiles?text=fromagerie+7")
    expect(page.locator(".count")).to_contain_text("0 organisation")


def test_a_partnership_request_finds_a_dairy_and_goes_when_withdrawn(product: Product, page: Page) -> None:
    enter_as_staff(page, product)
    offer(page, xlsx(COLUMNS, GOOD), "une.xlsx")
    page.get_by_role("button", name="Confirmer l’import").click()
    page.wait_for_url("**done=taken")
    page.goto("/staff/partnerships/new")
    page.get_by_label("Ce qui est cherché, en une ligne").fill("Formateurs en fromagerie")
    page.get_by_label("Qui le demande").fill("Fédération laitière fictive")
    page.get_by_label("Pays").fill("Madagascar")
    page.get_by_label("Ce qu’il faut").fill(NEED)
    page.get_by_role("button", name="Enregistrer").click()
    page.wait_for_url("**done=saved")
    for _ in range(40):
        page.goto("/staff/partnerships")
        if page.locator("tbody tr td:nth-child(6)").inner_text()[0] != "0":
            break
        page.wait_for_timeout(500)
    assert page.locator("tbody tr td:nth-child(6)").inner_text()[0] != "0"
    page.locator("tbody tr td:nth-child(6) a").click()
    expect(page.locator("main")).to_contain_text("Demande de Fédération laitière fictive (Madagascar).")
    page.goto("/staff/partnerships")
    page.get_by_role("button", name="Retirer").click()
    page.wait_for_url("**done=withdrawn")
    expect(page.locator("tbody")).to_contain_text("retirée")
