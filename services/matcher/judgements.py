"""What people said of the opportunities they were told: the latest judgement of each organisation on each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.matcher.domain.match import Key
from services.matcher.pointer import InForce
from services.matcher.tables import judgements
from shared.database import Database
from shared.events import MatchJudged


@dataclass(frozen=True)
class Judgement:
    """One answer of an organisation on one opportunity."""

    opportunity_id: str
    profile_id: str
    verdict: str
    judged_at: datetime

    @property
    def key(self) -> Key:
        return self.opportunity_id, self.profile_id

    @property
    def is_refusal(self) -> bool:
        return self.verdict == "not_for_us"

    @classmethod
    def of(cls, fact: MatchJudged) -> "Judgement":
        return cls(fact.opportunity_id, fact.profile_id, fact.verdict, fact.happened_at)


class Judgements:
    """The table of judgements. They hold no person: who answered is the portal's."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def since(self, connection: AsyncConnection, change: int) -> list[Judgement]:
        """Those saved after a change number; all of them after -1."""
        columns = (judgements.c.opportunity_id, judgements.c.profile_id, judgements.c.verdict, judgements.c.judged_at)
        query = select(*columns).where(judgements.c.change > change).order_by(judgements.c.change)
        rows = await connection.execute(query)
        return [Judgement(row.opportunity_id, row.profile_id, row.verdict, row.judged_at) for row in rows]

    async def save(self, connection: AsyncConnection, judgement: Judgement, pointer: InForce) -> None:
        """Keep the latest; its number tells other replicas of it."""
        values = {"verdict": judgement.verdict, "judged_at": judgement.judged_at, "change": pointer.change}
        key = {"opportunity_id": judgement.opportunity_id, "profile_id": judgement.profile_id}
        insert = self.database.insert(judgements).values(**key, **values)
        await connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))
