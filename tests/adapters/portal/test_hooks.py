"""The hook that hands in returned mails: closed without a secret, and to those who do not have it."""

from base64 import b64decode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from services.portal.settings import PortalSettings
from shared import requests as r
from shared.database import Database
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import Portal, create_tables
from tests.conftest import TurnableClock

SECRET = "a secret of a provider"
HAS_IT = {"Authorization": f"Bearer {SECRET}"}
RETURNED = b"To: retours+1.2@passerelle.example\r\n\r\n\xff550 User unknown"


@pytest.fixture
async def provider(tmp_path: Path, clock: TurnableClock) -> AsyncIterator[Browser]:
    """Somebody before a portal whose hook is open."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/portal.sqlite", service="portal")
    await create_tables(database)
    portal = Portal(database, tmp_path, clock, settings=PortalSettings(returns_hook_secret=SecretStr(SECRET)))
    portal.bus.answers[r.TakeReturn] = r.Reply()
    made = Browser(portal)
    yield made
    await made.client.aclose()
    await database.close()


async def test_a_returned_mail_is_handed_on_to_the_byte(provider: Browser) -> None:
    answer = await provider.client.post("/hooks/returns", content=RETURNED, headers=HAS_IT)
    assert (answer.status_code, answer.text) == (200, "taken\n")
    assert b64decode(provider.portal.bus.last(r.TakeReturn).content) == RETURNED
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {SECRET}",
        SECRET,
        f"Bearer {SECRET}x",
        f"Bearer {SECRET[:-1]}",
        "Bearer é",
    ],
)
async def test_without_the_secret_nothing_is_asked(provider: Browser, given: str | None) -> None:
    headers = {} if given is None else {b"Authorization": given.encode()}
    answer = await provider.client.post("/hooks/returns", content=RETURNED, headers=headers)
    assert answer.status_code == 401
    assert provider.portal.bus.asked == []


async def test_where_no_secret_is_set_there_is_no_hook(visitor: Browser) -> None:
    for headers in ({}, HAS_IT, {"Authorization": "Bearer "}):
        assert (await visitor.client.post("/hooks/returns", content=RETURNED, headers=headers)).status_code == 404
    assert visitor.portal.bus.asked == []


async def test_what_is_too_large_is_not_handed_on(provider: Browser) -> None:
    for size in (600_001, 800_000):
        answer = await provider.client.post("/hooks/returns", content=b"x" * size, headers=HAS_IT)
        assert answer.status_code == 413
    assert provider.portal.bus.asked == []
    answer = await provider.client.post("/hooks/returns", content=b"x" * 600_000, headers=HAS_IT)
    assert answer.status_code == 200


async def test_a_stranger_among_the_mails_is_dealt_with_and_one_nobody_took_comes_again(provider: Browser) -> None:
    provider.portal.bus.answers[r.TakeReturn] = r.Reply(refused="unknown")
    assert (await provider.client.post("/hooks/returns", content=RETURNED, headers=HAS_IT)).status_code == 200
    provider.portal.bus.away.add(r.TakeReturn)
    answer = await provider.client.post("/hooks/returns", content=RETURNED, headers=HAS_IT)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


async def test_reading_the_address_does_nothing(provider: Browser) -> None:
    assert (await provider.client.get("/hooks/returns", headers=HAS_IT)).status_code == 405
