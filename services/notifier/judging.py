"""What people answer to an alert: "not for us" mutes it for them, "interested" has the office call back."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.tables import mutes, people, profiles, subscriptions
from shared.events import MatchJudged


@dataclass(frozen=True)
class Judging:
    """One transaction a fact."""

    desk: Desk

    async def on_match_judged(self, fact: MatchJudged) -> None:
        desk = self.desk
        async with desk.database.writing() as connection:
            if not await desk.outbox.is_new(connection, fact):
                return
            if await desk.people.lock(connection, fact.person_id) is None:
                return
            if fact.verdict == "not_for_us":
                await self._mute(connection, fact)
            else:
                await self._lift(connection, fact)
                await self._tell_the_office(connection, fact)
        desk.wake()

    async def _mute(self, connection: AsyncConnection, fact: MatchJudged) -> None:
        """Nothing more of this opportunity to this person, and nothing of what is queued."""
        desk = self.desk
        row = {"person_id": fact.person_id, "opportunity_id": fact.opportunity_id, "muted_at": fact.happened_at}
        await connection.execute(desk.database.insert(mutes).values(**row).on_conflict_do_nothing())
        await desk.calling_off.of_mute(connection, fact.person_id, fact.opportunity_id)

    async def _lift(self, connection: AsyncConnection, fact: MatchJudged) -> None:
        muted = (mutes.c.person_id == fact.person_id, mutes.c.opportunity_id == fact.opportunity_id)
        await connection.execute(delete(mutes).where(*muted))

    async def _tell_the_office(self, connection: AsyncConnection, fact: MatchJudged) -> None:
        """One mail to each member of staff; what was typed is read in the portal alone."""
        desk = self.desk
        known = (await desk.knowledge.opportunities(connection, [fact.opportunity_id])).get(fact.opportunity_id)
        notice = {
            "what": "interested",
            "organisation_id": fact.profile_id,
            "organisation": await self._name_of(connection, fact.profile_id),
            "opportunity_id": fact.opportunity_id,
            "title": known.state.title if known is not None and known.state is not None else "",
        }
        staff = select(people.c.id, people.c.language).where(people.c.is_staff.is_(True)).order_by(people.c.id)
        for row in (await connection.execute(staff)).all():
            await desk.planning.plan_message(
                connection, kind="notice", person_id=row.id, language=row.language, notice=notice
            )

    async def _name_of(self, connection: AsyncConnection, profile_id: str) -> str:
        """As the profile has it, else as it was when somebody subscribed."""
        names = (
            select(profiles.c.name).where(profiles.c.id == profile_id, profiles.c.is_removed.is_(False)),
            select(subscriptions.c.organisation_name).where(subscriptions.c.organisation_id == profile_id).limit(1),
        )
        for query in names:
            if name := (await connection.execute(query)).scalar():
                return str(name)
        return ""
