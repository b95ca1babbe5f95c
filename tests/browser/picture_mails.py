"""Pictures of the mails, for the documentation and for whoever changes a template: `python -m` this FOLDER."""

import shutil
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import sync_playwright

from services.notifier.mail.texts import write
from shared.events import Language
from tests.browser.conftest import ARGUMENTS
from tests.unit.notifier.sample_mails import sample_mails


class Picture(NamedTuple):
    """One mail on one screen."""

    mail: str
    language: Language
    scheme: Literal["light", "dark"]
    width: int


MAX_HEIGHT = 1000  # of a long mail, its beginning
IN_THE_DOCUMENTATION = (
    Picture("confirm", "fr", "light", 320),
    Picture("sign_in", "en", "light", 320),
    Picture("alert", "fr", "light", 600),
    Picture("alert-amended", "fr", "dark", 320),
    Picture("digest", "fr", "light", 600),
    Picture("digest", "fr", "dark", 320),
    Picture("welcome", "en", "light", 600),
)


def take(pictures: tuple[Picture, ...], folder: Path) -> None:
    """One PNG for each."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for mail, language, scheme, width in pictures:
            page = browser.new_page(viewport={"width": width, "height": 400}, color_scheme=scheme)
            kind, content = sample_mails(language)[mail]
            page.set_content(write(kind, language, content).html)
            height = min(page.evaluate("document.documentElement.scrollHeight"), MAX_HEIGHT)
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=folder / f"{mail}-{language}-{scheme}-{width}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    take(IN_THE_DOCUMENTATION, Path(sys.argv[1]))
