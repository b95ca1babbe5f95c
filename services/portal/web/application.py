"""The application: every route behind the guard, every answer in its envelope."""

from fastapi import Depends, FastAPI

from services.portal.web import (
    answering,
    built_in_mailbox,
    calendars,
    checking_in,
    declare,
    errors,
    helping,
    hooks,
    preferences,
    public,
    rhythm,
    signing_in,
    staff_answers,
    staff_entrance,
    staff_pages,
    staff_pairs,
    staff_partnerships,
    staff_profiles,
    staff_rules,
    staff_sources,
    staff_words,
    unsubscribing,
)
from services.portal.web.drawing import Drawing
from services.portal.web.envelope import Envelope
from services.portal.web.guard import Guard
from services.portal.web.site import Site

PAGES = (
    public,
    calendars,
    declare,
    helping,
    signing_in,
    preferences,
    rhythm,
    unsubscribing,
    answering,
    checking_in,
    hooks,
    staff_entrance,
    staff_rules,
    staff_words,
    staff_pairs,
    staff_profiles,
    staff_partnerships,
    staff_pages,
    staff_sources,
    staff_answers,
    built_in_mailbox,
)


def bare_application(site: Site) -> FastAPI:
    """The routes and what guards them."""
    guard = Guard(site)
    drawing = Drawing(
        site.settings,
        site.clock,
        timezone=site.common.timezone,
        has_mailbox=site.common.uses_built_in_mailbox,
    )
    app = FastAPI(
        openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, dependencies=[Depends(guard)]
    )
    for page in PAGES:
        app.include_router(page.routes(site, drawing))
    errors.install(app, guard, drawing)
    return app


def application(site: Site) -> Envelope:
    """The portal as an ASGI application."""
    return Envelope(bare_application(site), secure=site.is_https)
