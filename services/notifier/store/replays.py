"""A failed mail taken up again: what of it may still be said, and to whom."""

from typing import Any

from sqlalchemy import Row, and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.tokens import hash_of, token_of_message
from services.notifier.store.knowledge import Knowledge
from services.notifier.tables import alerts, messages, mutes, pairs, subscriptions, tokens
from shared.clock import Clock


class Replays:
    """Every method takes the caller's transaction, in which the person is locked."""

    def __init__(self, clock: Clock, secret: bytes, knowledge: Knowledge) -> None:
        self.clock = clock
        self.secret = secret
        self.knowledge = knowledge

    async def person_of(self, connection: AsyncConnection, message_id: str) -> str | None:
        query = select(messages.c.person_id).where(messages.c.id == message_id)
        return (await connection.execute(query)).scalar()

    async def mail(self, connection: AsyncConnection, message_id: str) -> Row[Any] | None:
        """The mail, held until the transaction ends."""
        query = select(messages).where(messages.c.id == message_id).with_for_update()
        return (await connection.execute(query)).first()

    async def is_subscribed(self, connection: AsyncConnection, mail: Row[Any]) -> bool:
        """Whether its recipient still has a subscription it is about; one about a person is about all of theirs."""
        mine = (subscriptions.c.person_id == mail.person_id, subscriptions.c.status == "active")
        query = select(subscriptions.c.id).where(*mine)
        if mail.subscription_id is not None:
            query = query.where(subscriptions.c.id == mail.subscription_id)
        return (await connection.execute(query.limit(1))).first() is not None

    async def has_live_link(self, connection: AsyncConnection, mail: Row[Any]) -> bool:
        """Whether the link of a confirmation or a sign-in could still be used."""
        mine = tokens.c.token_hash == hash_of(self.secret, token_of_message(self.secret, mail.id))
        live = (mine, tokens.c.used_at.is_(None), tokens.c.expires_at > self.clock())
        return (await connection.execute(select(tokens.c.purpose).where(*live))).first() is not None

    async def sayable(self, connection: AsyncConnection, mail: Row[Any]) -> tuple[list[str], bool]:
        """The alerts of a failed mail that still hold, by id, and whether it had any at all.

        One about the end of an opportunity holds once it is closed; any other while it is open and matches.
        """
        mutes_it = exists().where(
            mutes.c.person_id == alerts.c.person_id, mutes.c.opportunity_id == alerts.c.opportunity_id
        )
        pair = and_(
            pairs.c.opportunity_id == alerts.c.opportunity_id, pairs.c.profile_id == subscriptions.c.organisation_id
        )
        columns = (
            alerts.c.id, alerts.c.opportunity_id, alerts.c.kind, subscriptions.c.status, pairs.c.matched,
            mutes_it.label("is_muted"),
        )  # fmt: skip
        joined = alerts.join(subscriptions, subscriptions.c.id == alerts.c.subscription_id).outerjoin(pairs, pair)
        mine = (alerts.c.person_id == mail.person_id, alerts.c.message_id == mail.id, alerts.c.status == "failed")
        rows = (await connection.execute(select(*columns).select_from(joined).where(*mine))).all()
        standings = await self.knowledge.standings(connection, {row.opportunity_id for row in rows})
        now = self.clock()
        is_open = {each.id for each in standings.values() if each.is_open_on(now)}
        holding = [
            row.id
            for row in rows
            if row.status == "active"
            and not row.is_muted
            and (row.kind == "closed" or (row.matched and row.opportunity_id in is_open))
        ]
        return holding, bool(rows)

    async def plan_again(self, connection: AsyncConnection, mail: Row[Any], alert_ids: list[str]) -> None:
        """Queue it as if it were new. Bytes that may have been accepted once stay as they are."""
        now = self.clock()
        values: dict[str, object] = {
            "state": "planned",
            "phase": None,
            "reason": None,
            "attempts": 0,
            "planned_at": now,
            "next_attempt_at": now,
            "ended_at": None,
            "frozen": mail.frozen and mail.bytes is not None,
        }
        await connection.execute(update(messages).where(messages.c.id == mail.id).values(**values))
        waiting = {"status": "planned", "reason": None, "ended_at": None}
        await connection.execute(update(alerts).where(alerts.c.id.in_(alert_ids)).values(**waiting))
