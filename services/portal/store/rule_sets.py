"""The rule sets in force one after the other, as the matcher told them."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.portal.tables import rule_sets
from shared.database import Database
from shared.events import RulesPublished


class RuleSets:
    """The table of rule sets."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def save(self, connection: AsyncConnection, fact: RulesPublished) -> None:
        """Keep a rule set; a version never changes."""
        insert = self.database.insert(rule_sets).values(
            version=fact.version,
            note=fact.note,
            digest_cap=fact.digest_cap,
            rules=fact.rules,
            published_at=fact.happened_at,
        )
        await connection.execute(insert.on_conflict_do_nothing(index_elements=["version"]))

    async def version_in_force(self) -> int | None:
        """The latest version told."""
        async with self.database.reading() as connection:
            latest: int | None = (await connection.execute(select(func.max(rule_sets.c.version)))).scalar_one_or_none()
        return latest

    async def in_force(self) -> Mapping[str, object]:
        """The latest rule set told, in the matcher's schema; empty before the first."""
        latest = select(rule_sets.c.rules).order_by(rule_sets.c.version.desc()).limit(1)
        async with self.database.reading() as connection:
            rules: Mapping[str, object] | None = (await connection.execute(latest)).scalar_one_or_none()
        return rules or {}
