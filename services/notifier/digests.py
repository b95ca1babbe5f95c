"""Digests planned: the one of a local morning, and the welcome of a new recipient."""

import logging
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.domain.cadence import Window, window_due
from services.notifier.domain.digest import Candidate, compose_digest
from services.notifier.domain.kinds import AlertKind
from services.notifier.store.knowledge import KnownPair
from services.notifier.store.records import Recipient

log = logging.getLogger(__name__)


async def plan_welcome(desk: Desk, connection: AsyncConnection, recipient: Recipient) -> bool:
    """One digest of what is open now, at once and once; nothing while nothing is open."""
    if recipient.welcomed_at is not None:
        return False
    pairs = await desk.knowledge.matched_pairs(connection, recipient.organisation_id)
    candidates = await _untold(desk, connection, recipient, pairs, "welcome")
    if not candidates:
        return False
    digest = compose_digest(candidates, cap=await desk.knowledge.digest_cap(connection))
    now = desk.clock()
    window = Window(start=recipient.confirmed_at, end=now, local_day=recipient.confirmed_at.date())
    planned = await desk.planning.plan_digest(connection, recipient, digest, window, "welcome")
    # What is open before now has been told or counted: the next digest looks at what comes after.
    await desk.planning.note_subscription(
        connection, recipient.subscription_id, welcomed_at=now, planned_until=now + timedelta(microseconds=1)
    )
    return planned


async def plan_due_digest(desk: Desk, subscription_id: str) -> bool:
    """Plan one recipient's digest if their local morning has passed; True when a mail is queued."""
    now = desk.clock()
    async with desk.database.writing() as connection:
        recipient = await desk.planning.recipient(connection, subscription_id)
        if recipient is None or (window := due_window(desk, recipient)) is None:
            return False
        candidates = await desk.planning.waiting_alerts(connection, subscription_id, window.end)
        pairs = await desk.knowledge.matched_pairs(
            connection, recipient.organisation_id, since=window.start, until=window.end
        )
        candidates += await _untold(desk, connection, recipient, pairs, "also_open")
        digest = compose_digest(candidates, cap=await desk.knowledge.digest_cap(connection))
        planned = await desk.planning.plan_digest(connection, recipient, digest, window, "digest")
        await desk.planning.note_subscription(connection, subscription_id, planned_until=window.end)
    if planned and digest.chosen:
        log.info(
            "digest planned", extra={"chosen": len(digest.chosen), "rest": len(digest.rest), "at": now.isoformat()}
        )
        return True
    return False


def due_window(desk: Desk, recipient: Recipient) -> Window | None:
    """The window of a digest that is due to this recipient now."""
    return window_due(
        desk.clock(),
        cadence=recipient.cadence,
        timezone=recipient.timezone,
        at=desk.settings.digest_at,
        since=recipient.confirmed_at,
        planned_until=recipient.planned_until,
    )


async def _untold(
    desk: Desk, connection: AsyncConnection, recipient: Recipient, pairs: list[KnownPair], kind: AlertKind
) -> list[Candidate]:
    """The open opportunities among these that this person has not heard of."""
    known = await desk.knowledge.opportunities(connection, {pair.opportunity_id for pair in pairs})
    told = await desk.planning.known_to(connection, [recipient.person_id], known)
    now = desk.clock()
    return [
        Candidate(pair.opportunity_id, known[pair.opportunity_id].version, pair.score, kind)
        for pair in pairs
        if pair.opportunity_id in known
        and known[pair.opportunity_id].is_open_on(now)
        and (recipient.person_id, pair.opportunity_id) not in told
    ]
