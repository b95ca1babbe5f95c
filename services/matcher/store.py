"""The matcher's record of states and matches: what was heard, what was decided, and by what."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Table, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.domain.match import Match
from services.matcher.pointer import InForce, Pointer, Stale
from services.matcher.tables import (
    matches,
    opportunities,
    opportunity_versions,
    profile_versions,
    profiles,
)
from shared.events import OpportunityState, ProfileState, Term

CHUNK = 500


@dataclass(frozen=True)
class OpportunityHead:
    """The latest of an opportunity; without state when it was closed before it was ever told."""

    id: str
    version: int
    is_closed: bool
    state: OpportunityState | None


@dataclass(frozen=True)
class ProfileHead:
    """The latest of a profile; without state once it was removed."""

    id: str
    version: int
    is_removed: bool
    state: ProfileState | None


__all__ = ["InForce", "OpportunityHead", "ProfileHead", "Stale", "Store"]


class Store(Pointer):
    """Reads open a connection of their own; writes take the one of a `database.writing()` transaction."""

    async def heads_since(
        self, connection: AsyncConnection, change: int
    ) -> tuple[list[OpportunityHead], list[ProfileHead]]:
        """What changed after a change number, oldest first; everything after -1."""
        rows = await connection.execute(_with_states(opportunities, opportunity_versions, change))
        calls = [OpportunityHead(r.id, r.version, r.is_closed, _opportunity(r.state)) for r in rows]
        rows = await connection.execute(_with_states(profiles, profile_versions, change))
        return calls, [ProfileHead(r.id, r.version, r.is_removed, _profile(r.state)) for r in rows]

    async def save_opportunity(
        self,
        connection: AsyncConnection,
        opportunity_id: str,
        *,
        version: int,
        state: OpportunityState | None,
        is_closed: bool,
        pointer: InForce,
    ) -> None:
        """Keep a version, and make it the latest: decided by what is in force."""
        if state is not None:
            await self._keep_version(connection, opportunity_versions, state)
        values = {
            "version": version,
            "is_closed": is_closed,
            "change": pointer.change,
            "decided_model": pointer.model_version,
            "decided_rules": pointer.rules_version,
        }
        await self._upsert_head(connection, opportunities, opportunity_id, values)

    async def save_profile(
        self,
        connection: AsyncConnection,
        profile_id: str,
        *,
        version: int,
        state: ProfileState | None,
        pointer: InForce,
    ) -> None:
        """Keep a version and make it the latest; without state, the profile is gone and its words with it."""
        if state is not None:
            await self._keep_version(connection, profile_versions, state)
        else:
            await connection.execute(delete(profile_versions).where(profile_versions.c.id == profile_id))
            forget = update(matches).where(matches.c.profile_id == profile_id).values(terms=[], passage="")
            await connection.execute(forget)
        values = {"version": version, "is_removed": state is None, "change": pointer.change}
        await self._upsert_head(connection, profiles, profile_id, values)

    async def current_matches(
        self, *, opportunity_ids: Sequence[str] = (), profile_id: str | None = None
    ) -> list[Match]:
        """The latest told version of each pair of some opportunities or of one profile."""
        if profile_id is not None:
            of_whom = matches.c.profile_id == profile_id
        else:
            of_whom = matches.c.opportunity_id.in_(opportunity_ids)
        async with self.database.reading() as connection:
            rows = await connection.execute(select(matches).where(of_whom, matches.c.is_current))
            return [_match(row) for row in rows]

    async def save_matches(self, connection: AsyncConnection, found: Sequence[Match]) -> None:
        """Add versions of pairs; the ones before stay, as history."""
        if not found:
            return
        outdated = (
            update(matches)
            .where(
                matches.c.opportunity_id == bindparam("of_opportunity"),
                matches.c.profile_id == bindparam("of_profile"),
                matches.c.is_current,
            )
            .values(is_current=False)
        )
        keys = [
            {"of_opportunity": one.opportunity_id, "of_profile": one.profile_id} for one in found if one.version > 1
        ]
        for start in range(0, len(keys), CHUNK):
            await connection.execute(outdated, keys[start : start + CHUNK])
        rows = [_row(match) for match in found]
        for start in range(0, len(rows), CHUNK):
            await connection.execute(matches.insert(), rows[start : start + CHUNK])

    async def waiting_for_decision(self, pointer: InForce, limit: int) -> list[tuple[str, bool]]:
        """Open opportunities last decided by another model or rule set, and whether the rules differ."""
        head = opportunities.c
        behind = or_(head.decided_model != pointer.model_version, head.decided_rules != pointer.rules_version)
        query = select(head.id, head.decided_rules != pointer.rules_version).where(~head.is_closed, behind)
        async with self.database.reading() as connection:
            rows = await connection.execute(query.order_by(head.id).limit(limit))
            return [(row[0], bool(row[1])) for row in rows]

    async def mark_decided(self, connection: AsyncConnection, ids: Sequence[str], pointer: InForce) -> None:
        decided = {"decided_model": pointer.model_version, "decided_rules": pointer.rules_version}
        await connection.execute(update(opportunities).where(opportunities.c.id.in_(ids)).values(decided))

    async def count_open(self) -> int:
        async with self.database.reading() as connection:
            count = select(func.count()).select_from(opportunities).where(~opportunities.c.is_closed)
            return int((await connection.execute(count)).scalar_one())

    async def states_of(self, match: Match) -> tuple[OpportunityState, ProfileState] | None:
        """The two states a match was computed from; None when the profile was erased."""
        of_opportunity = (opportunity_versions, match.opportunity_id, match.opportunity_version)
        of_profile = (profile_versions, match.profile_id, match.profile_version)
        async with self.database.reading() as connection:
            found: list[Any] = []
            for table, state_id, version in (of_opportunity, of_profile):
                query = select(table.c.state).where(table.c.id == state_id, table.c.version == version)
                found.append((await connection.execute(query)).scalar_one_or_none())
        opportunity, profile = _opportunity(found[0]), _profile(found[1])
        return (opportunity, profile) if opportunity is not None and profile is not None else None

    async def all_matches(self, *, current_only: bool = True) -> list[Match]:
        """Every match told, in the order of its key."""
        query = select(matches).order_by(matches.c.opportunity_id, matches.c.profile_id, matches.c.version)
        async with self.database.reading() as connection:
            rows = await connection.execute(query.where(matches.c.is_current) if current_only else query)
            return [_match(row) for row in rows]

    async def _keep_version(
        self, connection: AsyncConnection, table: Table, state: OpportunityState | ProfileState
    ) -> None:
        row = {"id": state.id, "version": state.version, "state": state.model_dump(mode="json")}
        keep = self.database.insert(table).values(row)
        await connection.execute(keep.on_conflict_do_nothing(index_elements=["id", "version"]))

    async def _upsert_head(
        self, connection: AsyncConnection, table: Table, head_id: str, values: dict[str, Any]
    ) -> None:
        insert = self.database.insert(table).values(id=head_id, **values)
        await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=values))


def _with_states(heads: Table, versions: Table, change: int) -> Any:
    latest = and_(versions.c.id == heads.c.id, versions.c.version == heads.c.version)
    joined = heads.outerjoin(versions, latest)
    return select(heads, versions.c.state).select_from(joined).where(heads.c.change > change).order_by(heads.c.change)


def _opportunity(state: Any) -> OpportunityState | None:
    return OpportunityState.model_validate(state) if state is not None else None


def _profile(state: Any) -> ProfileState | None:
    return ProfileState.model_validate(state) if state is not None else None


def _row(match: Match) -> dict[str, Any]:
    row = {name: getattr(match, name) for name in Match.__dataclass_fields__}
    return row | {"terms": [term.model_dump() for term in match.terms], "is_current": True}


def _match(row: Row[Any]) -> Match:
    values = {name: getattr(row, name) for name in Match.__dataclass_fields__}
    return Match(**values | {"terms": tuple(Term.model_validate(term) for term in row.terms)})
