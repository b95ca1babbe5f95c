"""Alerts and mails called off before they leave; what is past its point of no return stays."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.store.knowledge import CHUNK
from services.notifier.tables import alerts, messages, pairs, profiles, subscriptions
from shared.clock import Clock
from shared.events import AlertFailed
from shared.outbox import Outbox


class CallingOff:
    """Every method takes the caller's transaction."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self.outbox = outbox
        self.clock = clock

    async def of_opportunity(self, connection: AsyncConnection, opportunity_id: str, reason: str) -> None:
        """Nobody is to be told of an opportunity any more."""
        await self._call_off(connection, alerts.c.opportunity_id == opportunity_id, reason)

    async def of_pairs(self, connection: AsyncConnection, keys: Sequence[tuple[str, str]]) -> None:
        """These (opportunity, profile) no longer match. That an opportunity closed is still told: it is why."""
        of_subscription = (
            select(alerts.c.id)
            .join(subscriptions, subscriptions.c.id == alerts.c.subscription_id)
            .where(alerts.c.kind != "closed")
        )
        key = tuple_(alerts.c.opportunity_id, subscriptions.c.organisation_id)
        for start in range(0, len(keys), CHUNK):
            wanted = alerts.c.id.in_(of_subscription.where(key.in_(keys[start : start + CHUNK])))
            ended = await self._call_off(connection, wanted, "no_longer_matches")
            await self._plan_for_another(connection, ended)

    async def of_subscriptions(self, connection: AsyncConnection, ids: Iterable[str], reason: str) -> None:
        """Cancel all that is queued for subscriptions, except mails whose point of no return is passed."""
        wanted = list(ids)
        await self._cancel_messages(connection, messages.c.subscription_id.in_(wanted), reason)
        ended = await self._call_off(connection, alerts.c.subscription_id.in_(wanted), reason)
        await self._plan_for_another(connection, ended)

    async def of_mute(self, connection: AsyncConnection, person_id: str, opportunity_id: str) -> None:
        """Somebody said that an opportunity is not for them."""
        mine = and_(alerts.c.person_id == person_id, alerts.c.opportunity_id == opportunity_id)
        await self._call_off(connection, mine, "muted")

    async def of_ends(self, connection: AsyncConnection, opportunity_id: str) -> None:
        """An opportunity is open again: nobody is to be told that it closed."""
        ended = and_(alerts.c.opportunity_id == opportunity_id, alerts.c.kind == "closed")
        await self._call_off(connection, ended, "reopened")

    async def hold(self, connection: AsyncConnection, person_id: str) -> None:
        """Take alerts out of the mails that are queued: they wait for the first digest after a pause."""
        mine = (messages.c.person_id == person_id, messages.c.lane == "alert", messages.c.kind != "check_in")
        queued = select(messages.c.id).where(*mine, messages.c.state == "planned", messages.c.frozen.is_(False))
        ids: list[str] = list((await connection.execute(queued.with_for_update())).scalars())
        waiting = (alerts.c.person_id == person_id, alerts.c.message_id.in_(ids), alerts.c.status == "planned")
        await connection.execute(update(alerts).where(*waiting).values(message_id=None))
        await self._cancel_messages(connection, messages.c.id.in_(ids), "paused")

    async def look_again(self, connection: AsyncConnection, person_id: str) -> None:
        """Mails that wait for the end of a pause are looked at now: the pause has another end, or none."""
        waiting = (messages.c.person_id == person_id, messages.c.state == "planned", messages.c.reason == "paused")
        await connection.execute(update(messages).where(*waiting).values(next_attempt_at=self.clock()))

    async def _plan_for_another(self, connection: AsyncConnection, ids: Sequence[str]) -> None:
        """What was to be told for one organisation waits for the next digest, if it matches another of that person."""
        another = select(func.min(subscriptions.c.id)).where(
            subscriptions.c.person_id == alerts.c.person_id,
            subscriptions.c.status == "active",
            pairs.c.profile_id == subscriptions.c.organisation_id,
            pairs.c.opportunity_id == alerts.c.opportunity_id,
            pairs.c.matched,
            subscriptions.c.organisation_id.not_in(select(profiles.c.id).where(profiles.c.is_removed)),
        )
        of_another = another.correlate(alerts).scalar_subquery()
        waiting = {"status": "planned", "reason": None, "ended_at": None, "message_id": None}
        for start in range(0, len(ids), CHUNK):
            again = (alerts.c.id.in_(ids[start : start + CHUNK]), alerts.c.kind != "closed", of_another.is_not(None))
            await connection.execute(update(alerts).where(*again).values(subscription_id=of_another, **waiting))

    async def _call_off(self, connection: AsyncConnection, wanted: ColumnElement[bool], reason: str) -> list[str]:
        """Cancel planned alerts, and the mails that have nothing else to say; the ids of these alerts."""
        planned = (wanted, alerts.c.status == "planned")
        rows = list(
            await connection.execute(select(alerts.c.id, alerts.c.person_id, alerts.c.message_id).where(*planned))
        )
        ended: list[str] = []
        for start in range(0, len(rows), CHUNK):
            ended += await self._call_off_some(connection, rows[start : start + CHUNK], reason)
        return ended

    async def _call_off_some(self, connection: AsyncConnection, rows: Sequence[Row[Any]], reason: str) -> list[str]:
        carriers = sorted({row.message_id for row in rows if row.message_id})
        flying = select(messages.c.id).where(
            messages.c.id.in_(carriers), messages.c.state == "attempting", messages.c.phase == "dot"
        )
        beyond_recall: set[str] = set((await connection.execute(flying.with_for_update())).scalars())
        ended = {"status": "cancelled", "reason": reason, "ended_at": self.clock()}
        ids = [row.id for row in rows if row.message_id not in beyond_recall]
        await connection.execute(update(alerts).where(alerts.c.id.in_(ids)).values(**ended))
        persons = sorted({row.person_id for row in rows})
        carried = (alerts.c.person_id.in_(persons), alerts.c.message_id.in_(carriers))
        speaking = select(alerts.c.message_id).where(*carried, alerts.c.status == "planned")
        empty = and_(messages.c.id.in_(carriers), messages.c.id.not_in(speaking))
        await self._cancel_messages(connection, empty, reason)
        return ids

    async def _cancel_messages(self, connection: AsyncConnection, wanted: ColumnElement[bool], reason: str) -> None:
        recallable = or_(
            messages.c.state == "planned", and_(messages.c.state == "attempting", messages.c.phase == "pre")
        )
        cancel = update(messages).where(wanted, recallable)
        values = {"state": "cancelled", "reason": reason, "ended_at": self.clock(), "bytes": None}
        returning = (messages.c.id, messages.c.person_id, messages.c.kind, messages.c.lane)
        rows = list(await connection.execute(cancel.values(**values).returning(*returning)))
        facts = [
            AlertFailed(
                happened_at=self.clock(), message_id=row.id, person_id=row.person_id, kind=row.kind, reason=reason
            )
            for row in rows
            if row.lane == "alert"
        ]
        await self.outbox.tell(connection, *facts)
