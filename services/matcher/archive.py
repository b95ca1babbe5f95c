"""Models and rule sets as they were put in force, one immutable version each, and the pointer to the ones in force."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.domain.model import Model, from_bytes, to_bytes
from services.matcher.domain.rules import RuleSet
from services.matcher.tables import in_force, models, rule_sets
from shared.database import Database
from shared.requests import RuleSetSummary


class Archive:
    """Reads open a connection of their own; writes take the one of a `database.writing()` transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def read_model(self, version: int) -> Model:
        async with self.database.reading() as connection:
            query = select(models.c.blob).where(models.c.version == version)
            blob: bytes = (await connection.execute(query)).scalar_one()
            return from_bytes(bytes(blob))

    async def read_rules(self, version: int) -> RuleSet | None:
        async with self.database.reading() as connection:
            query = select(rule_sets.c.rules).where(rule_sets.c.version == version)
            stored = (await connection.execute(query)).scalar_one_or_none()
            return RuleSet.model_validate(stored) if stored is not None else None

    async def history(self) -> Sequence[RuleSetSummary]:
        """Every rule set published, newest first."""
        columns = (rule_sets.c.version, rule_sets.c.note, rule_sets.c.published_by, rule_sets.c.published_at)
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*columns).order_by(rule_sets.c.version.desc()))
            return [
                RuleSetSummary(version=version, note=note, by=by, published_at=published_at)
                for version, note, by, published_at in rows
            ]

    async def begin(self, connection: AsyncConnection) -> bool:
        """Make the pointer; False when it is there already."""
        first = {"id": 1, "change": 0, "model_version": 0, "rules_version": 0, "opportunities_fitted": 0}
        insert = self.database.insert(in_force).values(first)
        return (await connection.execute(insert.on_conflict_do_nothing(index_elements=["id"]))).rowcount == 1

    async def put_model(self, connection: AsyncConnection, model: Model, *, opportunities: int, at: datetime) -> int:
        """Keep a model as the next version and point to it. Returns the version."""
        version = await self._next(connection, models.c.version)
        blob = to_bytes(model.with_version(version))
        row = {"version": version, "blob": blob, "fitted_on": model.fitted_on, "fitted_at": at}
        await connection.execute(models.insert().values(row))
        await connection.execute(update(in_force).values(model_version=version, opportunities_fitted=opportunities))
        return version

    async def put_rules(self, connection: AsyncConnection, rules: RuleSet, *, note: str, by: str, at: datetime) -> int:
        """Keep a rule set as the next version and point to it. Returns the version."""
        version = await self._next(connection, rule_sets.c.version)
        content = rules.model_dump(mode="json")
        row = {"version": version, "rules": content, "note": note, "published_by": by, "published_at": at}
        await connection.execute(rule_sets.insert().values(row))
        await connection.execute(update(in_force).values(rules_version=version))
        return version

    async def _next(self, connection: AsyncConnection, column: ColumnElement[Any]) -> int:
        latest: int | None = (await connection.execute(select(func.max(column)))).scalar_one()
        return (latest or 0) + 1
