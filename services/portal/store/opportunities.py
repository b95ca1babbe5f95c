"""Opportunities as their latest fact told them, and the searches people make among the open ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, delete, func, nulls_last, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.domain.words import fold
from services.portal.tables import opportunities, opportunity_changes, opportunity_themes
from shared.database import Database
from shared.events import OpportunityAmended, OpportunityState

MAX_SEARCH_WORDS = 10
CHANGES_SHOWN = 20


@dataclass(frozen=True)
class Wanted:
    """A search among open opportunities; empty fields leave everything in. `before` bounds the deadline."""

    text: str = ""
    kind: str = ""
    programme: str = ""
    theme: str = ""
    before: datetime | None = None
    order: Literal["deadline", "latest"] = "deadline"
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True)
class Found:
    """One page of a search, and how many there are in all."""

    opportunities: tuple[OpportunityState, ...]
    total: int


def is_open(now: datetime) -> ColumnElement[bool]:
    """Announced or open, and not past its deadline: sources may be slow to say that it closed."""
    in_time = or_(opportunities.c.deadline.is_(None), opportunities.c.deadline > now)
    return and_(opportunities.c.status.in_(("open", "forthcoming")), opportunities.c.state.is_not(None), in_time)


class Opportunities:
    """The table of opportunities."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def save(self, connection: AsyncConnection, state: OpportunityState, *, at: datetime) -> bool:
        """Keep a newer version; False when one as new, or its closing, is there already."""
        row: dict[str, object] = {
            "id": state.id,
            "version": state.version,
            "status": state.status,
            "kind": state.kind,
            "programme": state.programme,
            "title": state.title,
            "deadline": state.deadline,
            "folded": fold(
                " ".join((state.title, state.programme or "", state.call_title or "", *state.keywords, *state.themes))
                + " "
                + state.text
            ),
            "state": state.model_dump(mode="json"),
        }
        insert = self.database.insert(opportunities).values(**row, first_told_at=at)
        newer = insert.on_conflict_do_update(
            index_elements=["id"], set_=row, where=opportunities.c.version < state.version
        )
        if (await connection.execute(newer)).rowcount != 1:
            return False
        await connection.execute(delete(opportunity_themes).where(opportunity_themes.c.opportunity_id == state.id))
        if themes := [{"opportunity_id": state.id, "theme": theme[:200]} for theme in dict.fromkeys(state.themes)]:
            insert_themes = self.database.insert(opportunity_themes).on_conflict_do_nothing()
            await connection.execute(insert_themes, themes)
        return True

    async def keep_change(self, connection: AsyncConnection, fact: OpportunityAmended) -> None:
        """Remember what a version changed, in words."""
        if not fact.sentence_fr:
            return
        row = {
            "opportunity_id": fact.opportunity.id,
            "version": fact.opportunity.version,
            "sentence_fr": fact.sentence_fr,
            "sentence_en": fact.sentence_en,
            "told_at": fact.happened_at,
        }
        await connection.execute(self.database.insert(opportunity_changes).values(**row).on_conflict_do_nothing())

    async def changes(self, opportunity_id: str, language: str) -> tuple[tuple[datetime, str], ...]:
        """What changed in an opportunity, the newest first, as sentences with their moment."""
        table = opportunity_changes.c
        sentence = table.sentence_en if language == "en" else table.sentence_fr
        query = select(table.told_at, sentence).where(table.opportunity_id == opportunity_id)
        async with self.database.reading() as connection:
            rows = await connection.execute(query.order_by(table.version.desc()).limit(CHANGES_SHOWN))
            return tuple((row[0], row[1]) for row in rows)

    async def close(self, connection: AsyncConnection, opportunity_id: str, *, version: int, at: datetime) -> None:
        """Close it, or remember that it is closed when it was never told."""
        insert = self.database.insert(opportunities).values(
            id=opportunity_id, version=version, status="closed", folded="", first_told_at=at
        )
        await connection.execute(
            insert.on_conflict_do_update(
                index_elements=["id"],
                set_={"status": "closed", "version": version},
                where=opportunities.c.version <= version,
            )
        )

    async def one(self, opportunity_id: str) -> OpportunityState | None:
        """An opportunity with its present status, or None when nothing is known of it."""
        return (await self.several([opportunity_id])).get(opportunity_id)

    async def one_with_version(self, opportunity_id: str) -> tuple[OpportunityState, int] | None:
        """An opportunity with the latest version that was told, which a closing may have raised."""
        columns = (opportunities.c.state, opportunities.c.status, opportunities.c.version)
        query = select(*columns).where(opportunities.c.id == opportunity_id, opportunities.c.state.is_not(None))
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (as_state(row.state, row.status), row.version) if row is not None else None

    async def several(self, ids: Sequence[str]) -> dict[str, OpportunityState]:
        """Those known among these, by id."""
        columns = (opportunities.c.state, opportunities.c.status)
        there = and_(opportunities.c.id.in_(ids), opportunities.c.state.is_not(None))
        async with self.database.reading() as connection:
            rows = (await connection.execute(select(*columns).where(there))).all()
        states = [as_state(row.state, row.status) for row in rows]
        return {state.id: state for state in states}

    async def search(self, wanted: Wanted, *, now: datetime) -> Found:
        """One page of the open opportunities that answer; every word must be there, accents and case aside."""
        where = and_(is_open(now), *_conditions(wanted))
        order = (
            (opportunities.c.first_told_at.desc(), opportunities.c.id)
            if wanted.order == "latest"
            else (nulls_last(opportunities.c.deadline), opportunities.c.id)
        )
        page = select(opportunities.c.state, opportunities.c.status).where(where).order_by(*order)
        async with self.database.reading() as connection:
            total = (
                await connection.execute(select(func.count()).select_from(opportunities).where(where))
            ).scalar_one()
            rows = (await connection.execute(page.limit(wanted.limit).offset(wanted.offset))).all()
        return Found(tuple(as_state(row.state, row.status) for row in rows), total)

    async def holding(self, text: str, *, limit: int) -> tuple[OpportunityState, ...]:
        """Those that hold every word, whatever their status, the open ones first; none for an empty text."""
        if not fold(text):
            return ()
        there = and_(opportunities.c.state.is_not(None), *_conditions(Wanted(text=text)))
        order = (opportunities.c.status == "closed", nulls_last(opportunities.c.deadline), opportunities.c.id)
        page = select(opportunities.c.state, opportunities.c.status).where(there).order_by(*order).limit(limit)
        async with self.database.reading() as connection:
            return tuple(as_state(row.state, row.status) for row in await connection.execute(page))

    async def choices(self, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Programmes and themes of what is open, for the filters."""
        programmes = select(opportunities.c.programme).where(is_open(now), opportunities.c.programme.is_not(None))
        joined = opportunity_themes.join(opportunities, opportunities.c.id == opportunity_themes.c.opportunity_id)
        themes = select(opportunity_themes.c.theme).select_from(joined).where(is_open(now))
        async with self.database.reading() as connection:
            found: list[Sequence[str]] = [
                (await connection.execute(query.distinct().limit(500))).scalars().all()
                for query in (programmes, themes)
            ]
        return (tuple(sorted(found[0], key=fold)), tuple(sorted(found[1], key=fold)))


def as_state(state: Mapping[str, Any], status: str) -> OpportunityState:
    """A stored state with the status that a closing may have changed since."""
    return OpportunityState.model_validate({**state, "status": status})


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        opportunities.c.folded.contains(word, autoescape=True) for word in fold(wanted.text).split()[:MAX_SEARCH_WORDS]
    ]
    if wanted.kind:
        conditions.append(opportunities.c.kind == wanted.kind)
    if wanted.programme:
        conditions.append(opportunities.c.programme == wanted.programme)
    if wanted.before:
        conditions.append(opportunities.c.deadline <= wanted.before)
    if wanted.theme:
        bearing = select(opportunity_themes.c.opportunity_id).where(opportunity_themes.c.theme == wanted.theme)
        conditions.append(opportunities.c.id.in_(bearing))
    return conditions
