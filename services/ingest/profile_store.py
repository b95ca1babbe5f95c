"""What ingest keeps of profiles: the current state of each, and a tombstone of what was removed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.store import chunks
from services.ingest.tables import profiles
from shared.database import Database
from shared.events import ProfileDescribed, ProfileRemoved, ProfileState
from shared.outbox import Outbox

Origin = Literal["portal", "csv", "sample"]


@dataclass(frozen=True)
class KnownProfile:
    """A stored profile; `state` is None for a tombstone."""

    id: str
    version: int
    origin: Origin
    fingerprint: str
    state: ProfileState | None


def profile_fingerprint(state: ProfileState) -> str:
    """A hash of all a profile says, whatever its version."""
    return hashlib.sha256(state.model_dump_json(exclude={"version"}).encode()).hexdigest()


class ProfileStore:
    """Reads on connections of its own, or on the caller's when a write follows."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self.database = database
        self.outbox = outbox

    async def known(self, connection: AsyncConnection, ids: Sequence[str]) -> dict[str, KnownProfile]:
        """Stored profiles and tombstones, locked until the caller's transaction ends."""
        found: dict[str, KnownProfile] = {}
        for some in chunks(ids):
            rows = await connection.execute(select(profiles).where(profiles.c.id.in_(some)).with_for_update())
            for row in rows:
                state = None if row.state is None else ProfileState.model_validate(row.state)
                found[row.id] = KnownProfile(row.id, row.version, row.origin, row.fingerprint, state)
        return found

    async def declared_sirens(self) -> set[str]:
        """SIREN numbers of organisations that speak for themselves in the portal."""
        declared = (profiles.c.origin == "portal", profiles.c.siren.is_not(None), profiles.c.removed_at.is_(None))
        async with self.database.reading() as connection:
            rows = await connection.execute(select(profiles.c.siren).where(*declared))
            return {row.siren for row in rows}

    async def active(self) -> list[ProfileState]:
        """All profiles that are matched."""
        query = select(profiles.c.state).where(profiles.c.removed_at.is_(None)).order_by(profiles.c.id)
        async with self.database.reading() as connection:
            return [ProfileState.model_validate(row.state) for row in await connection.execute(query)]

    async def removed(self) -> list[tuple[str, int]]:
        """Tombstones: id and version."""
        query = select(profiles.c.id, profiles.c.version).where(profiles.c.removed_at.is_not(None))
        async with self.database.reading() as connection:
            return [(row.id, row.version) for row in await connection.execute(query)]

    async def describe(
        self, connection: AsyncConnection, states: Sequence[ProfileState], origin: Origin, now: datetime
    ) -> None:
        """Store profiles and tell them."""
        rows = [
            {
                "id": state.id,
                "version": state.version,
                "origin": origin,
                "siren": state.siren,
                "fingerprint": profile_fingerprint(state),
                "state": state.model_dump(mode="json"),
                "changed_at": now,
                "removed_at": None,
            }
            for state in states
        ]
        await self._put(connection, rows)
        await self.outbox.tell(connection, *(ProfileDescribed(happened_at=now, profile=state) for state in states))

    async def remove(
        self, connection: AsyncConnection, gone: Sequence[tuple[str, int]], origin: Origin, now: datetime
    ) -> None:
        """Forget what profiles said, keep their versions, and tell it."""
        rows = [
            {
                "id": profile_id,
                "version": version,
                "origin": origin,
                "siren": None,
                "fingerprint": "",
                "state": None,
                "changed_at": now,
                "removed_at": now,
            }
            for profile_id, version in gone
        ]
        await self._put(connection, rows)
        facts = (
            ProfileRemoved(happened_at=now, profile_id=profile_id, version=version) for profile_id, version in gone
        )
        await self.outbox.tell(connection, *facts)

    async def _put(self, connection: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
        insert = self.database.insert(profiles)
        replaced = {column.name: insert.excluded[column.name] for column in profiles.c if column.name != "id"}
        upsert = insert.on_conflict_do_update(index_elements=["id"], set_=replaced)
        for some in chunks(rows):
            await connection.execute(upsert, list(some))
