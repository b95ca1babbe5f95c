"""Every kind of mail in a real browser: axe, a phone of 320 px, both colour schemes, nothing fetched."""

from collections.abc import Iterator
from itertools import product
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from services.notifier.mail.texts import write
from shared.events import Language
from tests.unit.notifier.sample_mails import sample_mails

LANGUAGES: tuple[Language, ...] = ("fr", "en")
NAMES = tuple(sample_mails("fr"))
MAX_BYTES = 100_000


@pytest.fixture(params=["light", "dark"])
def phone(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A phone of 320 px, as its owner likes its colours."""
    scheme: Literal["light", "dark"] = request.param
    context = chromium.new_context(viewport={"width": 320, "height": 640}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def html_of(name: str, language: Language) -> str:
    kind, content = sample_mails(language)[name]
    return write(kind, language, content).html


@pytest.mark.parametrize(("name", "language"), list(product(NAMES, LANGUAGES)))
def test_a_mail_is_accessible_fits_a_phone_and_fetches_nothing(phone: Page, name: str, language: Language) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    html = html_of(name, language)
    assert len(html.encode()) < MAX_BYTES
    phone.set_content(html)
    assert asked == []
    found = Axe().run(phone)
    assert found.violations_count == 0, found.generate_report()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_button_is_large_enough_for_a_finger(phone: Page) -> None:
    phone.set_content(html_of("confirm", "fr"))
    box = phone.get_by_role("link", name="Confirmer mon adresse").bounding_box()
    assert box is not None
    assert box["height"] >= 44
