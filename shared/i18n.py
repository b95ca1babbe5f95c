"""Texts in French, the language they are written in, and in English, from each service's catalogue.

Catalogues are `locales/<language>.po` beside the code that speaks; they are read as they are, nothing is compiled.
"""

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "fr"
LANGUAGES = ("fr", "en")


@cache
def translations(locales: Path, language: str) -> gettext.NullTranslations:
    """The texts of one catalogue folder in one language; French, the source, needs no catalogue.

    Raises FileNotFoundError for a language without catalogue.
    """
    if language == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    with (locales / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def chosen_language(wanted: str | None, accept_language: str = "") -> str:
    """The language asked for if we speak it, else the browser's first that we speak, else French."""
    if wanted in LANGUAGES:
        return wanted
    for part in accept_language.split(","):
        code = part.split(";")[0].strip()[:2].lower()
        if code in LANGUAGES:
            return code
    return SOURCE_LANGUAGE
