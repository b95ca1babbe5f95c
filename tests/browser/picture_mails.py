"""Pictures of the mails, for the documentation and for whoever changes a template: `python -m` this FOLDER.

One sheet a mail: 320, 600 and 1,200 px wide, light above dark, made smaller; and some at full size.
"""

import io
import shutil
import sys
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from services.notifier.mail.texts import write
from shared.events import Language
from tests.browser.conftest import ARGUMENTS
from tests.unit.notifier.sample_mails import sample_mails

Scheme = Literal["light", "dark"]


class Picture(NamedTuple):
    """One mail on one screen."""

    mail: str
    language: Language
    scheme: Scheme
    width: int


WIDTHS = (320, 600, 1200)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
SCALE = 0.42
MAX_HEIGHT = 900  # of a long mail, its beginning
COLOURS = 48
SHEETS: tuple[tuple[str, Language], ...] = (
    ("confirm", "fr"),
    ("sign_in", "en"),
    ("alert", "fr"),
    ("alert-commune", "fr"),
    ("closing_soon", "fr"),
    ("amended", "fr"),
    ("reminder", "fr"),
    ("closed", "fr"),
    ("digest", "fr"),
    ("welcome", "en"),
    ("check_in", "fr"),
    ("notice", "fr"),
    ("canary", "en"),
)
FULL_SIZE = (
    Picture("alert-commune", "fr", "light", 600),
    Picture("amended", "fr", "dark", 320),
    Picture("check_in", "fr", "light", 320),
    Picture("digest", "fr", "light", 600),
    Picture("reminder", "fr", "light", 320),
)


def take(browser: Browser, picture: Picture) -> Image.Image:
    """What one sees of a mail, down to MAX_HEIGHT."""
    page = browser.new_page(viewport={"width": picture.width, "height": 300}, color_scheme=picture.scheme)
    kind, content = sample_mails(picture.language)[picture.mail]
    page.set_content(write(kind, picture.language, content).html)
    height = min(page.evaluate("document.documentElement.scrollHeight"), MAX_HEIGHT)
    page.set_viewport_size({"width": picture.width, "height": height})
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return shot


def sheet(browser: Browser, mail: str, language: Language) -> Image.Image:
    """A mail in every width and both colour schemes, side by side, made smaller."""
    rows = [[take(browser, Picture(mail, language, scheme, width)) for width in WIDTHS] for scheme in SCHEMES]
    gap, heights = 24, [max(shot.height for shot in row) for row in rows]
    whole = Image.new("RGB", (sum(WIDTHS) + gap * 4, sum(heights) + gap * 3), "#8a949a")
    top = gap
    for row, height in zip(rows, heights, strict=True):
        left = gap
        for shot in row:
            whole.paste(shot, (left, top))
            left += shot.width + gap
        top += height + gap
    return whole.resize((round(whole.width * SCALE), round(whole.height * SCALE)), Image.Resampling.LANCZOS)


def save(picture: Image.Image, path: Path) -> None:
    """In few colours, so that the repository stays small."""
    picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)


def take_all(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for mail, language in SHEETS:
            save(sheet(browser, mail, language), folder / f"{mail}.png")
        for picture in FULL_SIZE:
            name = f"{picture.mail}-{picture.scheme}-{picture.width}.png"
            save(take(browser, picture), folder / name)
        browser.close()


if __name__ == "__main__":
    take_all(Path(sys.argv[1]))
