"""All that a mail needs to be written, read at the moment it is claimed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, select

from services.notifier.domain.digest import kind_of_row
from services.notifier.domain.news import News, Told
from services.notifier.domain.tokens import hash_of, token_of_message
from services.notifier.store.knowledge import Knowledge, KnownOpportunity
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
        """What is still to be told of what this mail carries; None when its subscriptions are gone."""
        pair = and_(
            pairs.c.opportunity_id == alerts.c.opportunity_id, pairs.c.profile_id == subscriptions.c.organisation_id
        )
        columns = (
            alerts.c.opportunity_id, alerts.c.kind, alerts.c.score, alerts.c.deadline, alerts.c.subscription_id,
            pairs.c.terms, pairs.c.passage, subscriptions.c.cadence, subscriptions.c.organisation_name,
            profiles.c.name, profiles.c.kind.label("organisation_kind"), profiles.c.population,
        )  # fmt: skip
        joined = (
            alerts.join(subscriptions, subscriptions.c.id == alerts.c.subscription_id)
            .outerjoin(pairs, pair)
            .outerjoin(profiles, profiles.c.id == subscriptions.c.organisation_id)
        )
        carried = (alerts.c.person_id == due.person_id, alerts.c.message_id == due.id, alerts.c.status == "planned")
        order = (alerts.c.kind == "also_open", alerts.c.score.desc(), alerts.c.opportunity_id)
        query = select(*columns).select_from(joined).where(*carried, subscriptions.c.status == "active")
        async with self.database.reading() as connection:
            rows = (await connection.execute(query.order_by(*order))).all()
            known = await self.knowledge.opportunities(connection, [row.opportunity_id for row in rows])
        if not rows:
            return None
        told = tuple(told for row in rows if (told := self._told(row, known.get(row.opportunity_id))) is not None)
        names = {row.name or row.organisation_name: None for row in rows}
        return News(tuple(names), rows[0].cadence, told)

    def _told(self, row: Row[Any], known: KnownOpportunity | None) -> Told | None:
        """What is said of one opportunity; None when it is no longer true."""
        if known is None or known.state is None or known.is_open_on(self.clock()) == (row.kind == "closed"):
            return None
        return Told(
            kind=kind_of_row(row.kind),
            opportunity=known.state.model_copy(update={"version": known.version}),
            changes=known.changes,
            score=row.score,
            terms=tuple(Term.model_validate(term) for term in row.terms or ()),
            passage=row.passage or "",
            subscription_id=row.subscription_id,
            organisation_name=row.name or row.organisation_name,
            organisation_kind=row.organisation_kind or None,
            population=row.population,
            sentences=known.sentences,
            deadline=row.deadline,
            closed_because=known.closed_because,
        )
