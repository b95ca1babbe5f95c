"""Draws pages: Jinja templates in the visitor's language, with dates, amounts and labels."""

import gettext
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from services.portal.domain import dates, labels
from services.portal.domain.completeness import GOOD_FROM
from services.portal.domain.declaration import MAX_TEXT, MIN_TEXT
from services.portal.domain.problems import problem_in_words
from services.portal.domain.refusals import Speech
from services.portal.settings import PortalSettings
from services.portal.web.visitor import Visitor
from shared.i18n import LANGUAGES, translations

HERE = Path(__file__).parent.parent
LOCALES = HERE / "locales"


def texts(language: str) -> gettext.NullTranslations:
    """The portal's texts in one language."""
    return translations(LOCALES, language)


@cache
def environment(language: str, zone: str) -> Environment:
    """Templates in one language: everything escaped, an unknown name an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(texts(language), newstyle=True)  # type: ignore[attr-defined]
    filters: Mapping[str, Callable[..., object]] = {
        "long_moment": partial(dates.long_moment, language=language, zone=zone),
        "short_moment": partial(dates.short_moment, language=language, zone=zone),
        "long_day": partial(dates.long_day, language=language),
        "hour": partial(dates.hour_of_day, language=language),
        "euros": partial(dates.euros, language=language),
        "percent": partial(dates.percent, language=language),
        "in_words": partial(problem_in_words, language=language),
    }
    made.filters.update(filters)
    made.globals.update(labels=labels, MIN_TEXT=MIN_TEXT, MAX_TEXT=MAX_TEXT, GOOD_FROM=GOOD_FROM)
    made.globals.update(languages=LANGUAGES, lang=language)
    return made


class Drawing:
    """Draws one portal's pages."""

    def __init__(
        self, settings: PortalSettings, clock: Callable[[], datetime], *, timezone: str, has_mailbox: bool
    ) -> None:
        self.settings = settings
        self.timezone = timezone
        self.clock = clock
        self.has_mailbox = has_mailbox

    def page(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A whole page in the visitor's language."""
        visitor: Visitor = request.state.visitor
        drawn = environment(visitor.language, self.timezone).get_template(template)
        html = drawn.render(
            visitor=visitor,
            csrf_token=visitor.csrf_token,
            path=request.url.path,
            in_language=partial(_in_language, request),
            settings=self.settings,
            has_mailbox=self.has_mailbox,
            days_left=self.days_left,
            **{"problems": {}, "typed": {}, "notice": "", "down": "", **values},
        )
        return HTMLResponse(html, status, headers={"Content-Language": visitor.language})

    def speech(self, language: str) -> Speech:
        """What sentences made in code are said with."""
        return Speech(texts(language), language, self.timezone)

    def days_left(self, deadline: datetime) -> int:
        return dates.days_left(deadline, self.clock(), self.timezone)


def _in_language(request: Request, language: str) -> str:
    """This page in another language: its address and query, but for tokens, which must not spread."""
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
    path = request.url.path if request.method == "GET" else "/"
    return f"{path}?{urlencode([*kept, ('lang', language)])}"


def parse_day(text: str) -> date | None:
    """A day as a date input sends it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
