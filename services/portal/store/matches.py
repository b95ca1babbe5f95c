"""Which opportunities match which profiles, as the matcher last told each pair."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, nulls_last, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.words import fold
from services.portal.store.answers import is_refused
from services.portal.store.opportunities import as_state, is_open
from services.portal.tables import matches, opportunities, profiles
from shared.database import Database
from shared.events import MatchesChanged, OpportunityState, OrganisationKind, ProfileState


@dataclass(frozen=True)
class Match:
    """An open opportunity that matches one organisation."""

    opportunity: OpportunityState
    profile_id: str
    score: float


@dataclass(frozen=True)
class KnownProfile:
    """What lists show of a profile."""

    id: str
    name: str
    kind: OrganisationKind
    place: str | None


class Matches:
    """The tables of profiles and of pairs."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def save_profile(self, connection: AsyncConnection, profile: ProfileState) -> None:
        """Keep what lists show of a newer profile; one that was removed stays so until a newer version."""
        row: dict[str, object] = {
            "id": profile.id,
            "version": profile.version,
            "removed": False,
            "kind": profile.kind,
            "name": profile.name,
            "place": profile.place,
        }
        insert = self.database.insert(profiles).values(**row)
        await connection.execute(
            insert.on_conflict_do_update(index_elements=["id"], set_=row, where=profiles.c.version < profile.version)
        )

    async def remove_profile(self, connection: AsyncConnection, profile_id: str, *, version: int) -> None:
        """Leave a tombstone without a name, and drop its pairs."""
        row: dict[str, object] = {"version": version, "removed": True, "kind": None, "name": None, "place": None}
        insert = self.database.insert(profiles).values(id=profile_id, **row)
        removed = insert.on_conflict_do_update(index_elements=["id"], set_=row, where=profiles.c.version <= version)
        if (await connection.execute(removed)).rowcount == 1:
            await connection.execute(delete(matches).where(matches.c.profile_id == profile_id))

    async def save_pairs(self, connection: AsyncConnection, fact: MatchesChanged) -> None:
        """Keep each pair that is newer than what is there; pairs of a removed profile are left aside."""
        ids = sorted({pair.profile_id for pair in fact.pairs})
        tombstones = select(profiles.c.id).where(profiles.c.id.in_(ids), profiles.c.removed)
        gone: set[str] = set((await connection.execute(tombstones)).scalars())
        rows = [
            {
                **pair.model_dump(exclude={"terms", "passage"}),
                "model_version": fact.model_version,
                "rules_version": fact.rules_version,
                "changed_at": fact.happened_at,
            }
            for pair in fact.pairs
            if pair.profile_id not in gone
        ]
        insert = self.database.insert(matches)
        newer = insert.on_conflict_do_update(
            index_elements=["profile_id", "opportunity_id"],
            set_={name: insert.excluded[name] for name in rows[0] if name not in ("profile_id", "opportunity_id")}
            if rows
            else {"version": insert.excluded.version},
            where=matches.c.version < insert.excluded.version,
        )
        for start in range(0, len(rows), 500):
            await connection.execute(newer, rows[start : start + 500])

    async def of_profiles(self, profile_ids: Sequence[str], *, now: datetime, limit: int = 100) -> tuple[Match, ...]:
        """Open opportunities that match these profiles and were not answered "not for us", the best first."""
        joined = matches.join(opportunities, opportunities.c.id == matches.c.opportunity_id)
        refused = is_refused(matches.c.profile_id, matches.c.opportunity_id)
        query = (
            select(opportunities.c.state, opportunities.c.status, matches.c.profile_id, matches.c.score)
            .select_from(joined)
            .where(matches.c.profile_id.in_(profile_ids), matches.c.matched, is_open(now), ~refused)
            .order_by(matches.c.score.desc(), nulls_last(opportunities.c.deadline), opportunities.c.id)
            .limit(limit)
        )
        async with self.database.reading() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(Match(as_state(row.state, row.status), row.profile_id, row.score) for row in rows)

    async def matched_pairs(self) -> int:
        """How many pairs match now."""
        async with self.database.reading() as connection:
            return (
                await connection.execute(select(func.count()).select_from(matches).where(matches.c.matched))
            ).scalar_one()

    async def matched_by_opportunity(self, ids: Sequence[str]) -> dict[str, int]:
        """How many profiles each of these opportunities matches now."""
        mine = (matches.c.opportunity_id.in_(ids), matches.c.matched)
        query = select(matches.c.opportunity_id, func.count().label("profiles")).where(*mine)
        async with self.database.reading() as connection:
            rows = await connection.execute(query.group_by(matches.c.opportunity_id))
            return {row.opportunity_id: row.profiles for row in rows}

    async def profile_names(self, profile_ids: Sequence[str]) -> dict[str, str]:
        """Names for staff pages."""
        query = select(profiles.c.id, profiles.c.name).where(
            profiles.c.id.in_(profile_ids), profiles.c.name.is_not(None)
        )
        async with self.database.reading() as connection:
            return {row.id: row.name for row in await connection.execute(query)}

    async def profile(self, profile_id: str) -> KnownProfile | None:
        """One profile, unless it was removed."""
        found = await self._known(profiles.c.id == profile_id)
        return found[0] if found else None

    async def profiles_named(self, text: str, *, limit: int) -> tuple[KnownProfile, ...]:
        """Those whose name or place holds every word, accents and case aside, by name; none for an empty text."""
        words = fold(text).split()
        if not words:
            return ()
        folded = [(fold(f"{one.name} {one.place or ''}"), one) for one in await self._known()]
        named = sorted((texts, one.id, one) for texts, one in folded if all(word in texts for word in words))
        return tuple(one for _, _, one in named[:limit])

    async def _known(self, *where: ColumnElement[bool]) -> list[KnownProfile]:
        columns = (profiles.c.id, profiles.c.name, profiles.c.kind, profiles.c.place)
        query = select(*columns).where(~profiles.c.removed, profiles.c.name.is_not(None), *where)
        async with self.database.reading() as connection:
            rows = await connection.execute(query)
            return [KnownProfile(row.id, row.name, row.kind, row.place) for row in rows]
