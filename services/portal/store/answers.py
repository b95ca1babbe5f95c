"""What people answered to the opportunities they were told of: for each of them the latest answer, which counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.tables import answers, opportunities, profiles
from shared.database import Database

Verdict = Literal["not_for_us", "interested"]
SAYS = ("verdict", "reason", "note", "reach")


@dataclass(frozen=True)
class Answer:
    """What one person says of one opportunity for one organisation. `note` and `reach` are as typed."""

    organisation_id: str
    opportunity_id: str
    person_id: str
    verdict: Verdict
    reason: str | None = None
    note: str = ""
    reach: str = ""


@dataclass(frozen=True)
class KeptAnswer:
    """An answer with the names staff read, empty once their owner is gone, and the language of the title."""

    number: int
    answer: Answer
    organisation: str
    title: str
    language: str
    answered_at: datetime
    called_back_at: datetime | None
    called_back_by: str | None


class Answers:
    """The table of answers."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def keep(self, connection: AsyncConnection, answer: Answer, *, now: datetime) -> bool:
        """Keep an answer in the place of the one before; False when it says the same again."""
        key = {name: getattr(answer, name) for name in ("organisation_id", "opportunity_id", "person_id")}
        says = {name: getattr(answer, name) for name in SAYS}
        before = select(*(answers.c[name] for name in SAYS)).where(*(answers.c[n] == v for n, v in key.items()))
        known = (await connection.execute(before.with_for_update())).first()
        if known is not None and dict(known._mapping) == says:
            return False
        fresh = {**says, "answered_at": now, "called_back_at": None, "called_back_by": None}
        insert = self.database.insert(answers).values(**key, **fresh)
        await connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=fresh))
        return True

    async def verdicts(self, organisation_ids: Sequence[str]) -> dict[tuple[str, str], Verdict]:
        """The latest verdict of each of these organisations on each opportunity, by (organisation, opportunity)."""
        columns = (answers.c.organisation_id, answers.c.opportunity_id, answers.c.verdict)
        query = select(*columns).where(answers.c.organisation_id.in_(organisation_ids))
        async with self.database.reading() as connection:
            rows = await connection.execute(query.order_by(answers.c.answered_at, answers.c.number))
            return {(row.organisation_id, row.opportunity_id): row.verdict for row in rows}

    async def wanted_calls(self, *, limit: int, offset: int = 0) -> tuple[KeptAnswer, ...]:
        """Who wants to be called back: those nobody called first, the newest first among them."""
        order = (answers.c.called_back_at.is_not(None), answers.c.answered_at.desc(), answers.c.number.desc())
        query = _named().where(answers.c.verdict == "interested").order_by(*order)
        async with self.database.reading() as connection:
            rows = (await connection.execute(query.limit(limit).offset(offset))).all()
        return tuple(_kept(row) for row in rows)

    async def all(self, *, limit: int) -> tuple[KeptAnswer, ...]:
        """Every answer, the newest first, for the export."""
        query = _named().order_by(answers.c.answered_at.desc(), answers.c.number.desc()).limit(limit)
        async with self.database.reading() as connection:
            return tuple(_kept(row) for row in (await connection.execute(query)).all())

    async def counts(self) -> tuple[int, int]:
        """How many want to be called back, and how many of them nobody called yet."""
        open_ones = func.count().filter(answers.c.called_back_at.is_(None))
        query = select(func.count(), open_ones).where(answers.c.verdict == "interested")
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one()
        return row[0], row[1]

    async def refusals(self) -> dict[str, int]:
        """How many said "not for us", by reason; no reason is the empty one."""
        reason = func.coalesce(answers.c.reason, "")
        query = select(reason, func.count()).where(answers.c.verdict == "not_for_us").group_by(reason)
        async with self.database.reading() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def note_call(self, number: int, *, by: str, now: datetime) -> bool:
        """Note that somebody was called back; False when a colleague was faster, or it is gone."""
        mine = (answers.c.number == number, answers.c.verdict == "interested", answers.c.called_back_at.is_(None))
        called = update(answers).where(*mine).values(called_back_at=now, called_back_by=by)
        async with self.database.writing() as connection:
            return (await connection.execute(called)).rowcount == 1

    async def of_person(self, person_id: str) -> tuple[KeptAnswer, ...]:
        """A person's own answers, for their export."""
        query = _named().where(answers.c.person_id == person_id).order_by(answers.c.number)
        async with self.database.reading() as connection:
            return tuple(_kept(row) for row in (await connection.execute(query)).all())

    async def forget(self, connection: AsyncConnection, person_id: str) -> None:
        await connection.execute(delete(answers).where(answers.c.person_id == person_id))

    async def forget_old(self, before: datetime) -> int:
        """Drop what was answered long ago."""
        async with self.database.writing() as connection:
            return (await connection.execute(delete(answers).where(answers.c.answered_at < before))).rowcount


def is_refused(organisation_id: ColumnElement[str], opportunity_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the latest that was said of a pair is "not for us"."""
    later = answers.alias("later")
    of_pair = and_(answers.c.organisation_id == organisation_id, answers.c.opportunity_id == opportunity_id)
    same_pair = and_(later.c.organisation_id == organisation_id, later.c.opportunity_id == opportunity_id)
    other = and_(same_pair, later.c.verdict != "not_for_us", later.c.answered_at > answers.c.answered_at)
    is_last = ~exists(select(later.c.number).where(other))
    return exists(select(answers.c.number).where(of_pair, answers.c.verdict == "not_for_us", is_last))


def _named() -> Select[Any]:
    joined = answers.outerjoin(profiles, profiles.c.id == answers.c.organisation_id)
    joined = joined.outerjoin(opportunities, opportunities.c.id == answers.c.opportunity_id)
    language = opportunities.c.state["language"].as_string().label("language")
    return select(answers, profiles.c.name.label("organisation"), opportunities.c.title, language).select_from(joined)


def _kept(row: Row[Any]) -> KeptAnswer:
    columns = row._mapping
    fields = Answer.__dataclass_fields__
    return KeptAnswer(
        number=columns["number"],
        answer=Answer(**{name: columns[name] for name in fields}),
        organisation=columns["organisation"] or "",
        title=columns["title"] or "",
        language=columns["language"] or "fr",
        answered_at=columns["answered_at"],
        called_back_at=columns["called_back_at"],
        called_back_by=columns["called_back_by"],
    )
