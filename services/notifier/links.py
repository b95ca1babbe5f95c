"""What a signed link of a mail is about, and the answer to the quarterly question. Reading a link changes nothing."""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.domain.tokens import answered, checked_in, person_leaving, subscription_of
from services.notifier.tables import check_ins, people
from shared.requests import AnswerCheckIn, LinkMeaning, LinkPurpose, ReadLink, Reply

UNKNOWN = LinkMeaning(refused="unknown")


@dataclass(frozen=True)
class Links:
    """One method a request. A token says whose it is only while its person is known."""

    desk: Desk

    async def read(self, request: ReadLink) -> LinkMeaning:
        secret, token = self.desk.secret, request.token
        async with self.desk.database.reading() as connection:
            if (answer := answered(secret, token)) is not None:
                subscription, opportunity_id = answer
                return await self._of_subscription(connection, "answer", subscription, opportunity_id)
            if (message_id := checked_in(secret, token)) is not None:
                person = select(check_ins.c.person_id).where(check_ins.c.message_id == message_id)
                found = (await connection.execute(person)).scalar()
                return await self._of_person(connection, "check_in", found)
            if (subscription_id := subscription_of(secret, token)) is not None:
                return await self._of_subscription(connection, "unsubscribe", subscription_id)
            return await self._of_person(connection, "unsubscribe", person_leaving(secret, token))

    async def answer_check_in(self, request: AnswerCheckIn) -> Reply:
        """The last answer counts."""
        desk = self.desk
        message_id = checked_in(desk.secret, request.token)
        if message_id is None:
            return Reply(refused="unknown")
        asked = update(check_ins).where(check_ins.c.message_id == message_id)
        values = {"answer": request.answer, "answered_at": desk.clock()}
        async with desk.database.writing() as connection:
            is_known = (await connection.execute(asked.values(**values))).rowcount == 1
        return Reply() if is_known else Reply(refused="unknown")

    async def _of_subscription(
        self, connection: AsyncConnection, purpose: LinkPurpose, wanted: str, opportunity_id: str | None = None
    ) -> LinkMeaning:
        row = await self.desk.people.subscription(connection, wanted)
        if row is None:
            return UNKNOWN
        return LinkMeaning(
            purpose=purpose,
            person_id=row.person_id,
            organisation_id=row.organisation_id,
            organisation_name=row.organisation_name,
            opportunity_id=opportunity_id,
            language=row.language,
        )

    async def _of_person(self, connection: AsyncConnection, purpose: LinkPurpose, wanted: str | None) -> LinkMeaning:
        language = (await connection.execute(select(people.c.language).where(people.c.id == wanted))).scalar()
        if language is None:
            return UNKNOWN
        return LinkMeaning(purpose=purpose, person_id=wanted, language=language)
