"""All that a mail needs to be written, read at the moment it is claimed."""

from datetime import datetime

from sqlalchemy import and_, select

from services.notifier.domain.news import News, Told
from services.notifier.domain.tokens import hash_of, token_of_message
from services.notifier.store.knowledge import Knowledge
from services.notifier.store.people import Asked
from services.notifier.store.records import Due
from services.notifier.tables import alerts, pairs, profiles, subscriptions, tokens
from shared.clock import Clock
from shared.database import Database
from shared.events import Term


class Letters:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock, secret: bytes, knowledge: Knowledge) -> None:
        self.database = database
        self.clock = clock
        self.secret = secret
        self.knowledge = knowledge

    async def asked_in(self, due: Due) -> tuple[Asked, datetime] | None:
        """What a confirmation or sign-in mail is about, and when its link ends; None when it is over."""
        token_hash = hash_of(self.secret, token_of_message(self.secret, due.id))
        query = select(tokens).where(tokens.c.token_hash == token_hash, tokens.c.used_at.is_(None))
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).first()
        if row is None or row.expires_at <= self.clock():
            return None
        asked = Asked(row.organisation_id or "", row.organisation_name or "", row.cadence or "", row.language)
        return asked, row.expires_at

    async def news_of(self, due: Due) -> News | None:
        """What is still open of what this mail is to tell; None when the subscription is gone."""
        pair = and_(
            pairs.c.opportunity_id == alerts.c.opportunity_id, pairs.c.profile_id == subscriptions.c.organisation_id
        )
        columns = (alerts.c.opportunity_id, alerts.c.kind, alerts.c.score, pairs.c.terms, pairs.c.passage)
        joined = alerts.join(subscriptions, subscriptions.c.id == alerts.c.subscription_id).outerjoin(pairs, pair)
        carried = (alerts.c.message_id == due.id, alerts.c.status == "planned")
        query = select(*columns).select_from(joined).where(*carried)
        order = (alerts.c.kind == "also_open", alerts.c.score.desc(), alerts.c.opportunity_id)
        async with self.database.reading() as connection:
            about = (
                await connection.execute(
                    select(subscriptions, profiles.c.name, profiles.c.is_removed)
                    .select_from(subscriptions.outerjoin(profiles, profiles.c.id == subscriptions.c.organisation_id))
                    .where(subscriptions.c.id == due.subscription_id)
                )
            ).first()
            if about is None:
                return None
            rows = (await connection.execute(query.order_by(*order))).all()
            known = await self.knowledge.opportunities(connection, [row.opportunity_id for row in rows])
        now = self.clock()
        told = tuple(
            Told(
                kind=row.kind,
                opportunity=state,
                changes=known[row.opportunity_id].changes,
                score=row.score,
                terms=tuple(Term.model_validate(term) for term in row.terms or ()),
                passage=row.passage or "",
            )
            for row in rows
            if row.opportunity_id in known
            and known[row.opportunity_id].is_open_on(now)
            and (state := known[row.opportunity_id].state) is not None
        )
        return News(about.name or about.organisation_name, about.cadence, told)
