"""One recipient's history, for whoever of the office has them on the telephone."""

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.addresses import masked, parse_address
from services.notifier.domain.tokens import address_key
from services.notifier.store.deliveries import deliveries_where
from services.notifier.tables import consents, messages, people, returns, subscriptions, suppressions
from shared.database import Database
from shared.requests import AskRecipient, ConsentEvent, MailReturn, RecipientHistory, Subscription

MOST_LINES = 100


class Recipients:
    """Reads only."""

    def __init__(self, database: Database, secret: bytes) -> None:
        self.database = database
        self.secret = secret

    async def history(self, request: AskRecipient) -> RecipientHistory:
        async with self.database.reading() as connection:
            if request.person_id is not None:
                return await self._of(connection, await _person(connection, people.c.id == request.person_id))
            address = parse_address(request.email or "")
            if address is None:
                return RecipientHistory(refused="unknown")
            key = address_key(self.secret, address)
            person = await _person(connection, people.c.address_key == key)
            if person is None:
                return RecipientHistory(refused="unknown", suppressed=await _suppression(connection, key))
            return await self._of(connection, person)

    async def _of(self, connection: AsyncConnection, person: Row[Any] | None) -> RecipientHistory:
        if person is None:
            return RecipientHistory(refused="unknown")
        return RecipientHistory(
            person_id=person.id,
            masked_email=masked(person.address) if person.address else "",
            suppressed=await _suppression(connection, person.address_key),
            paused_until=person.paused_until,
            subscriptions=await _subscriptions(connection, person.id),
            consents=await _consents(connection, person.id),
            deliveries=await deliveries_where(connection, messages.c.person_id == person.id, limit=MOST_LINES),
            returns=await _returns(connection, person.id),
        )


async def _person(connection: AsyncConnection, wanted: Any) -> Row[Any] | None:
    return (await connection.execute(select(people).where(wanted))).first()


async def _suppression(connection: AsyncConnection, key: str) -> str | None:
    query = select(suppressions.c.reason).where(suppressions.c.address_key == key)
    return (await connection.execute(query)).scalar()


async def _subscriptions(connection: AsyncConnection, person_id: str) -> tuple[Subscription, ...]:
    columns = (
        subscriptions.c.organisation_id, subscriptions.c.cadence, subscriptions.c.language, subscriptions.c.status
    )  # fmt: skip
    query = select(*columns).where(subscriptions.c.person_id == person_id).order_by(subscriptions.c.created_at.desc())
    return tuple(Subscription(**row._mapping) for row in await connection.execute(query))


async def _consents(connection: AsyncConnection, person_id: str) -> tuple[ConsentEvent, ...]:
    columns = (consents.c.organisation_id, consents.c.event, consents.c.text_version, consents.c.happened_at)
    newest = select(*columns).where(consents.c.person_id == person_id).order_by(consents.c.number.desc())
    return tuple(ConsentEvent(**row._mapping) for row in await connection.execute(newest.limit(MOST_LINES)))


async def _returns(connection: AsyncConnection, person_id: str) -> tuple[MailReturn, ...]:
    columns = (returns.c.kind, returns.c.status, returns.c.detail, returns.c.came_at, returns.c.message_id)
    newest = select(*columns).where(returns.c.person_id == person_id).order_by(returns.c.came_at.desc(), returns.c.id)
    return tuple(MailReturn(**row._mapping) for row in await connection.execute(newest.limit(MOST_LINES)))
