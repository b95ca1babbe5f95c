"""A portal in this process, with a browser that keeps cookies."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.portal.domain.declaration import Description
from shared.database import Database
from shared.events import MatchesChanged, OpportunityPublished, Pair, ProfileDescribed, ProfileState
from tests.adapters.portal.fakes import ORGANISATION, PERSON, Portal, create_tables, opportunity

TEXT = "Nous cultivons des algues sur la côte et cherchons des partenaires en Europe."


class Browser:
    """Follows forms as a person does: it takes the page's token, and says where it comes from."""

    def __init__(self, portal: Portal, address: str = "127.0.0.1", **headers: str) -> None:
        transport = httpx.ASGITransport(portal.parts.web, client=(address, 5000), raise_app_exceptions=False)
        base = portal.context.common.public_url
        self.client = httpx.AsyncClient(transport=transport, base_url=base, headers=headers)
        self.portal = portal

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(path, **more)

    async def token(self) -> str:
        page = await self.get("/sign-in")
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', page.text)
        assert found
        return found.group(1)

    async def post(self, path: str, fields: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
        typed = {"csrf_token": await self.token(), **(fields or {})}
        return await self.client.post(path, data=typed, **more)

    async def sign_in(self, *, staff: bool = False) -> None:
        session = await self.portal.store.sessions.open(PERSON, now=self.portal.clock(), staff=staff)
        self.client.cookies.set("session", session)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url, service="portal")
    await create_tables(made)
    yield made
    await made.close()


@pytest.fixture
async def portal(tmp_path: Path, clock: Any) -> AsyncIterator[Portal]:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/portal.sqlite", service="portal")
    await create_tables(database)
    yield Portal(database, tmp_path, clock)
    await database.close()


@pytest.fixture
async def visitor(portal: Portal) -> AsyncIterator[Browser]:
    made = Browser(portal)
    yield made
    await made.client.aclose()


@pytest.fixture
async def furnished(portal: Portal) -> Portal:
    await furnish(portal)
    return portal


async def furnish(portal: Portal) -> None:
    """One opportunity, one confirmed organisation that it matches, one member of staff."""
    now = portal.clock()
    store = portal.store
    description = Description("business", "Algues du Large", TEXT, "small", ("mer et littoral",))
    await store.organisations.add_pending(
        ORGANISATION, description, language="fr", insee="35999", place="Sommeville", now=now
    )
    async with store.database.writing() as connection:
        await store.organisations.confirm(connection, ORGANISATION, PERSON, now=now)
    hear = portal.parts.handlers
    await hear[OpportunityPublished](OpportunityPublished(happened_at=now, opportunity=opportunity(now)))
    profile = ProfileState(id=ORGANISATION, version=1, kind="business", name="Algues du Large", text=TEXT)
    await hear[ProfileDescribed](ProfileDescribed(happened_at=now, profile=profile))
    pair = Pair(
        opportunity_id="eu-algues",
        opportunity_version=1,
        profile_id=ORGANISATION,
        profile_version=1,
        version=1,
        score=0.8,
        matched=True,
    )
    changed = MatchesChanged(happened_at=now, cause="opportunity", model_version=1, rules_version=1, pairs=(pair,))
    await hear[MatchesChanged](changed)
