"""What ingest keeps of profiles: the current state of each, its earlier ones, and a tombstone of what was removed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Row, and_, delete, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.domain.words import folded
from services.ingest.store import chunks
from services.ingest.tables import earlier_profiles, profiles
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
    changed_at: datetime


@dataclass(frozen=True)
class EarlierProfile:
    """What a profile was, from when to when."""

    origin: Origin
    state: ProfileState
    since: datetime


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
                found[row.id] = _known(row)
        return found

    async def everything(self, origin: Origin) -> list[ProfileState]:
        """All profiles of one origin that are matched."""
        mine = (profiles.c.origin == origin, profiles.c.removed_at.is_(None))
        async with self.database.reading() as connection:
            rows = await connection.execute(select(profiles.c.state).where(*mine))
            return [ProfileState.model_validate(row.state) for row in rows]

    async def ids_by_siren(self, sirens: Sequence[str]) -> dict[str, str]:
        """The profile of each SIREN that is there."""
        found: dict[str, str] = {}
        async with self.database.reading() as connection:
            for some in chunks(sirens):
                query = select(profiles.c.siren, profiles.c.id).where(profiles.c.siren.in_(some))
                rows = await connection.execute(query.order_by(profiles.c.id.desc()))
                found |= {row.siren: row.id for row in rows}
        return found

    async def active_after(self, after: str, *, limit: int) -> list[ProfileState]:
        """Some of the profiles that are matched, in the order of their ids."""
        query = select(profiles.c.state).where(profiles.c.removed_at.is_(None), profiles.c.id > after)
        async with self.database.reading() as connection:
            rows = await connection.execute(query.order_by(profiles.c.id).limit(limit))
            return [ProfileState.model_validate(row.state) for row in rows]

    async def search(self, text: str, *, offset: int, limit: int) -> tuple[int, list[KnownProfile]]:
        """Profiles whose name or place holds every word, the latest changed first, and how many there are."""
        words = [profiles.c.folded.contains(word) for word in folded(text).split()[:10]]
        holding = and_(*words) if words else false()
        found = (profiles.c.removed_at.is_(None), or_(profiles.c.id == text, holding) if text.strip() else true())
        page = select(profiles).where(*found).order_by(profiles.c.changed_at.desc(), profiles.c.id)
        async with self.database.reading() as connection:
            total = (await connection.execute(select(func.count()).select_from(profiles).where(*found))).scalar_one()
            rows = await connection.execute(page.offset(offset).limit(limit))
            return total, [_known(row) for row in rows]

    async def one(self, profile_id: str) -> KnownProfile | None:
        async with self.database.reading() as connection:
            row = (await connection.execute(select(profiles).where(profiles.c.id == profile_id))).one_or_none()
            return _known(row) if row is not None else None

    async def names(self, ids: Sequence[str]) -> dict[str, str]:
        """Names of those among these that were not removed."""
        found: dict[str, str] = {}
        async with self.database.reading() as connection:
            for some in chunks(ids):
                rows = await connection.execute(select(profiles.c.id, profiles.c.state).where(profiles.c.id.in_(some)))
                found |= {row.id: row.state["name"] for row in rows if row.state is not None}
        return found

    async def earlier(self, profile_id: str, *, limit: int) -> list[EarlierProfile]:
        """Earlier versions, newest first."""
        mine = select(earlier_profiles).where(earlier_profiles.c.profile_id == profile_id)
        async with self.database.reading() as connection:
            rows = await connection.execute(mine.order_by(earlier_profiles.c.version.desc()).limit(limit))
            return [EarlierProfile(row.origin, ProfileState.model_validate(row.state), row.since) for row in rows]

    async def earlier_of(self, connection: AsyncConnection, versions: Mapping[str, int]) -> dict[str, EarlierProfile]:
        """One earlier version of each profile, where it is kept."""
        found: dict[str, EarlierProfile] = {}
        for some in chunks(list(versions)):
            rows = await connection.execute(select(earlier_profiles).where(earlier_profiles.c.profile_id.in_(some)))
            for row in rows:
                if row.version == versions[row.profile_id]:
                    state = ProfileState.model_validate(row.state)
                    found[row.profile_id] = EarlierProfile(row.origin, state, row.since)
        return found

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
        """Store profiles, keep what they were, and tell them."""
        await self._keep_earlier(connection, [state.id for state in states], now)
        rows = [
            {
                "id": state.id,
                "version": state.version,
                "origin": origin,
                "siren": state.siren,
                "fingerprint": profile_fingerprint(state),
                "folded": folded(f"{state.name} {state.place or ''}"),
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
        """Forget what profiles said, now and before; keep their versions, and tell it."""
        for some in chunks([profile_id for profile_id, _ in gone]):
            await connection.execute(delete(earlier_profiles).where(earlier_profiles.c.profile_id.in_(some)))
        rows = [
            {
                "id": profile_id,
                "version": version,
                "origin": origin,
                "siren": None,
                "fingerprint": "",
                "folded": None,
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

    async def _keep_earlier(self, connection: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
        rows = [
            {
                "profile_id": known.id,
                "version": known.version,
                "origin": known.origin,
                "state": known.state.model_dump(mode="json"),
                "since": known.changed_at,
                "replaced_at": now,
            }
            for known in (await self.known(connection, ids)).values()
            if known.state is not None
        ]
        insert = self.database.insert(earlier_profiles).on_conflict_do_nothing()
        for some in chunks(rows):
            await connection.execute(insert, list(some))

    async def _put(self, connection: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
        insert = self.database.insert(profiles)
        replaced = {column.name: insert.excluded[column.name] for column in profiles.c if column.name != "id"}
        upsert = insert.on_conflict_do_update(index_elements=["id"], set_=replaced)
        for some in chunks(rows):
            await connection.execute(upsert, list(some))


def _known(row: Row[tuple[object, ...]]) -> KnownProfile:
    stored = row._mapping
    state = None if stored["state"] is None else ProfileState.model_validate(stored["state"])
    return KnownProfile(
        stored["id"], stored["version"], stored["origin"], stored["fingerprint"], state, stored["changed_at"]
    )
