"""The table of routes and roles: complete, and enforced for each role."""

import pytest
from fastapi.routing import APIRoute

from services.portal.app import site_of
from services.portal.commands import add_staff
from services.portal.web.access import ACCESS, Role
from services.portal.web.application import bare_application
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import PERSON, Portal

VALUES = {
    "{opportunity_id}": "eu-algues",
    "{organisation_id}": "o1",
    "{name}": "passerelle.css",
    "{source}": "eu-portal",
    "{import_id}": "1" * 32,
    "{ending}": "csv",
    "{profile_id}": "org-1",
    "{partnership_id}": "partners-1",
    "{answer_number}": "1",
}
NOT_THERE = {"/boite/{key}", "/boite/{key}/html", "/hooks/returns"}
"""Without a mail, and without a secret in the settings."""


def filled(path: str) -> str:
    for name, value in {**VALUES, "{service}": "matcher", "{letter_id}": "d1", "{key}": "k"}.items():
        path = path.replace(name, value)
    return path


def all_routes(portal: Portal) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    pending = list(bare_application(site_of(portal.context)).routes)
    for route in pending:
        if isinstance(route, APIRoute):
            found |= {(method, route.path) for method in route.methods or ()}
        else:
            pending += getattr(getattr(route, "original_router", None), "routes", [])
    return found


async def test_every_route_has_a_rule_and_every_rule_a_route(portal: Portal) -> None:
    assert all_routes(portal) == set(ACCESS)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("route", sorted(ACCESS), ids=" ".join)
async def test_each_rule_is_enforced_for_each_role(
    furnished: Portal, visitor: Browser, route: tuple[str, str], role: Role
) -> None:
    method, path = route
    if role is not Role.ANYONE:
        await visitor.sign_in(staff=role is Role.STAFF)
    if role is Role.STAFF or path == "/staff/second-factor":
        await add_staff(furnished.context, PERSON)
    answer = await (visitor.get(filled(path)) if method == "GET" else visitor.post(filled(path)))
    order = list(Role)
    if order.index(role) >= order.index(ACCESS[route]):
        assert answer.status_code in ({404} if path in NOT_THERE else {200, 303, 400, 422}), answer.text
        assert "/sign-in?" not in answer.headers.get("location", "")
    elif role is Role.ANYONE and method == "GET":
        assert answer.headers["location"].startswith("/sign-in?next=/")
    else:
        assert answer.status_code == 403
