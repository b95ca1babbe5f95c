"""Templates filled in: one folder per kind of mail under `templates/`, with subject, text and MJML."""

import gettext
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import mrml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.notifier.domain.headers import clean_text, safe_subject
from services.notifier.domain.kinds import MailKind
from services.notifier.domain.words import typeset
from services.notifier.mail.content import Content
from shared.events import Language
from shared.i18n import translations

FOLDER = Path(__file__).parent.parent
LOCALES = FOLDER / "locales"
TEMPLATES = FOLDER / "templates"
_INDENT = re.compile(r"\n\s+")


@dataclass(frozen=True)
class Written:
    """A mail in words: subject on one line, a text part, and its HTML equivalent."""

    subject: str
    text: str
    html: str


class FrenchTexts(gettext.NullTranslations):
    """The texts as they are in the code, typeset: nobody types a narrow no-break space."""

    def gettext(self, message: str) -> str:
        return typeset(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return typeset(msgid1 if n < 2 else msgid2)


def texts(language: Language) -> gettext.NullTranslations:
    """The notifier's texts in one language. In French, zero is singular."""
    return FrenchTexts() if language == "fr" else translations(LOCALES, language)


@cache
def _environment(language: Language, *, escapes: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=escapes,  # noqa: S701 — text parts are plain text, MJML is escaped
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(texts(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["gettext"] = environment.globals["_"] = _gettext(texts(language), escapes=escapes)
    environment.policies["ext.i18n.trimmed"] = True
    return environment


def _gettext(translated: gettext.NullTranslations, *, escapes: bool) -> Callable[..., str]:
    """As Jinja's own, but for texts that name nothing: those are looked up once."""
    wrap: Callable[[str], str] = Markup if escapes else str

    @cache
    def text_of(message: str) -> str:
        return wrap(translated.gettext(message))

    @cache
    def whole(message: str) -> str:
        return wrap(text_of(message) % {})

    def gettext_of(message: str, **named: object) -> str:
        return text_of(message) % named if named else whole(message)

    return gettext_of


def write(kind: MailKind, language: Language, content: Content) -> Written:
    """Fill in the three templates of a kind of mail."""
    plain, marked_up = _environment(language, escapes=False), _environment(language, escapes=True)
    values = {"mail": content, "language": language}
    subject = plain.get_template(f"{kind}/subject.txt").render(values)
    text = plain.get_template(f"{kind}/body.txt").render(values)
    mjml = marked_up.get_template(f"{kind}/body.mjml").render(values)
    return Written(subject=safe_subject(subject), text=_tidy(text), html=_as_html(clean_text(mjml)))


def _as_html(mjml: str) -> str:
    """The page that MJML makes; its one article is the main part, which screen readers jump to."""
    made = mrml.to_html(mjml)
    html = made if isinstance(made, str) else made.content
    return _INDENT.sub("\n", str(html)).replace('role="article"', 'role="main"', 1)


def _tidy(text: str) -> str:
    """No controls, no trailing spaces, no more than one empty line in a row."""
    lines: list[str] = []
    for line in (line.rstrip() for line in clean_text(text).splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"
