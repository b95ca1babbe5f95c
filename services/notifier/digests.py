"""What is open now, told to somebody new."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.domain.cadence import Window
from services.notifier.domain.digest import Candidate, compose_digest
from services.notifier.domain.kinds import AlertKind
from services.notifier.store.pairs import KnownPair
from services.notifier.store.records import Recipient


async def plan_welcome(desk: Desk, connection: AsyncConnection, recipient: Recipient) -> bool:
    """One digest of what is open now, at once and once; nothing while nothing is open."""
    if recipient.welcomed_at is not None:
        return False
    pairs = await desk.pairs.matched(connection, recipient.organisation_id)
    candidates = await untold(desk, connection, recipient, pairs, "welcome")
    if not candidates:
        return False
    digest = compose_digest(candidates, cap=await desk.knowledge.digest_cap(connection))
    now = desk.clock()
    window = Window(start=recipient.confirmed_at, end=now, local_day=recipient.confirmed_at.date())
    planned = await desk.planning.plan_welcome(connection, recipient, digest, window)
    await desk.planning.note_subscription(connection, recipient.subscription_id, welcomed_at=now)
    return planned


async def untold(
    desk: Desk, connection: AsyncConnection, recipient: Recipient, pairs: list[KnownPair], kind: AlertKind
) -> list[Candidate]:
    """The open opportunities among these that this person has not heard of."""
    standings = await desk.knowledge.standings(connection, {pair.opportunity_id for pair in pairs})
    told = await desk.planning.known_to(connection, [recipient.person_id], standings)
    now = desk.clock()
    return [
        Candidate(pair.opportunity_id, standings[pair.opportunity_id].version, pair.score, kind)
        for pair in pairs
        if pair.opportunity_id in standings
        and standings[pair.opportunity_id].is_open_on(now)
        and (recipient.person_id, pair.opportunity_id) not in told
    ]
