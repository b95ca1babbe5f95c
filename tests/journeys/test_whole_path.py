"""The whole path on recorded input: from the EU portal to a mailbox, through the pages, in a real browser."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import missing
from tests.journeys.product import ApartProduct, Product, body_of, eventually, stand_in
from tests.journeys.told import opportunities_in, subscription_statuses

ADDRESS = "direction@exemple.fr"
TEXT = (
    "Nous fabriquons des fromages et des poudres de lait. Nous voulons réduire l'énergie de nos séchoirs avec des "
    "pompes à chaleur et des énergies renouvelables, réutiliser l'eau de l'usine, valoriser le lactosérum par "
    "fermentation en protéines et ingrédients alimentaires, et rendre nos emballages recyclables."
)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def browser_page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser.new_context(locale="fr-FR", viewport={"width": 390, "height": 844}).new_page()
        browser.close()


@dataclass
class Layout:
    """How the product runs: everything in one process, or each service in its own."""

    make: type[Product]
    database: str | None


@pytest.fixture(
    params=[
        pytest.param(("one process", "sqlite"), id="one process, SQLite"),
        pytest.param(("one process", "postgresql"), id="one process, PostgreSQL", marks=pytest.mark.long),
        pytest.param(("apart", "sqlite"), id="separate processes, SQLite", marks=pytest.mark.long),
        pytest.param(("apart", "postgresql"), id="separate processes, PostgreSQL", marks=pytest.mark.long),
    ]
)
def layout(request: pytest.FixtureRequest) -> Iterator[Layout]:
    from tests.servers import fresh_postgresql_database

    processes, database = request.param
    make = ApartProduct if processes == "apart" else Product
    if database == "sqlite":
        yield Layout(make, None)
        return
    with fresh_postgresql_database(request.getfixturevalue("postgresql_server")) as url:
        yield Layout(make, url)


def declare(page: Page, product: Product) -> None:
    """Fill the form in as a business does."""
    page.goto(f"{product.url}/declare")
    page.get_by_label("Entreprise", exact=True).check()
    page.get_by_label("Nom de l’organisation").fill("Laiterie des Deux Rivières")
    page.get_by_label("Commune", exact=True).fill("Saint-Malo")
    page.get_by_label("Ce que vous faites et ce que vous cherchez").fill(TEXT)
    page.get_by_label("Adresse électronique").fill(ADDRESS)
    page.get_by_label("Une fois par jour, le matin").check()
    page.get_by_label("J’accepte que mon adresse").check()
    page.get_by_role("button", name="Envoyer").click()
    page.wait_for_url("**/check-mail")


def test_from_the_eu_portal_to_a_mailbox(layout: Layout, tmp_path: Path, recordings: Path, browser_page: Page) -> None:
    page = browser_page
    with stand_in(recordings, "ghosts") as portal:
        product = layout.make(tmp_path / "home", layout.database, {"SOURCES": "eu-portal", "SEDIA_URL": portal})
        product.up()
        eventually(lambda: count_open(product) >= 625, within_s=120, or_tell=product.log)

        declare(page, product)
        confirmation = product.wait_for_mail(lambda mail: "/confirm?" in body_of(mail), to=ADDRESS)
        [link] = re.findall(r"http\S+/confirm\?token=\S+", body_of(confirmation))
        assert httpx.get(link).status_code == 200
        assert httpx.head(link).status_code in {200, 405}
        page.goto(link)
        page.get_by_role("button", name="Confirmer").click()
        page.wait_for_load_state()

        digest = product.wait_for_mail(lambda mail: bool(opportunities_in(mail)), to=ADDRESS, within_s=120)
        the_digest_is_right(product, digest)
        unsubscribing_works(product, digest)
        page.goto(link)
        page.get_by_role("button", name="Confirmer").click()
        page.wait_for_load_state()
        assert subscription_statuses(product, ADDRESS) == ["ended"], "a link used again brings nothing back"
        product.stop()

        harvested = product.run("harvest", "eu-portal", "--once")
    assert "complete, 666 seen" in harvested
    assert "625 unchanged" in harvested
    assert "41 ghosts" in harvested


def count_open(product: Product) -> int:
    """Opportunities of the portal that the page of open opportunities counts."""
    page = httpx.get(f"{product.url}/opportunities", timeout=20).text
    found = re.search(r"(\d[\d\s\u202f\u00a0]*) (?:opportunités|opportunities)", page)
    return int(re.sub(r"\D", "", found[1])) if found else 0


def the_digest_is_right(product: Product, digest: EmailMessage) -> None:
    """Open opportunities only, each with its reasons; nothing from a ghost."""
    text = body_of(digest)
    ids = opportunities_in(digest)
    assert 1 <= len(ids) <= 10
    assert not any("ghost" in name.lower() for name in ids)
    assert text.count("Pourquoi") >= 1
    assert "Laiterie des Deux Rivières" in text
    for name in ids:
        shown = httpx.get(f"{product.url}/opportunities/{name}", timeout=20).text
        assert ">Ouvert<" in shown or ">À venir<" in shown
        assert ">Clos<" not in shown


def unsubscribing_works(product: Product, digest: EmailMessage) -> None:
    """Looking changes nothing; one click ends it, twice, without cookie or redirect."""
    [link] = re.findall(r"<(http[^>]+)>", digest["List-Unsubscribe"])
    assert httpx.get(link.replace("/one-click", ""), timeout=20).status_code == 200
    assert subscription_statuses(product, ADDRESS) == ["active"]
    for _ in range(2):
        done = httpx.post(link, data={"List-Unsubscribe": "One-Click"}, timeout=20)
        assert done.status_code == 200
    assert subscription_statuses(product, ADDRESS) == ["ended"]
