"""All that mails need to be written, read at the moment they are claimed: a few queries for many mails."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.digest import kind_of_row
from services.notifier.domain.news import News, Told
from services.notifier.domain.tokens import hash_of, token_of_message
from services.notifier.store.knowledge import KnownOpportunity
from services.notifier.store.people import Asked
from services.notifier.store.records import Due
from services.notifier.store.versions import Versions
from services.notifier.tables import alerts, pairs, profiles, subscriptions, tokens
from shared.clock import Clock
from shared.database import Database
from shared.events import Term

ABOUT = (
    subscriptions.c.cadence, subscriptions.c.organisation_name, subscriptions.c.person_id, profiles.c.name,
    profiles.c.kind.label("organisation_kind"), profiles.c.population,
)  # fmt: skip
CARRIED = (
    alerts.c.message_id, alerts.c.opportunity_id, alerts.c.kind, alerts.c.score, alerts.c.deadline,
    alerts.c.subscription_id, pairs.c.terms, pairs.c.passage, *ABOUT,
)  # fmt: skip


class Letters:
    """Reads only."""

    def __init__(self, database: Database, clock: Clock, secret: bytes) -> None:
        self.database = database
        self.clock = clock
        self.secret = secret
        self.versions = Versions()

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

    async def news_of(self, due: Sequence[Due]) -> dict[str, News]:
        """What is still to be told of what these mails carry, by mail; a mail that has nothing to say is left out."""
        telling = [each for each in due if each.kind != "check_in"]
        asking = [each for each in due if each.kind == "check_in"]
        async with self.database.reading() as connection:
            found = await self._told_in(connection, telling) if telling else {}
            return found | (await self._asked_of(connection, asking) if asking else {})

    async def _told_in(self, connection: AsyncConnection, due: Sequence[Due]) -> dict[str, News]:
        pair = and_(
            pairs.c.opportunity_id == alerts.c.opportunity_id, pairs.c.profile_id == subscriptions.c.organisation_id
        )
        joined = (
            alerts.join(subscriptions, subscriptions.c.id == alerts.c.subscription_id)
            .outerjoin(pairs, pair)
            .outerjoin(profiles, profiles.c.id == subscriptions.c.organisation_id)
        )
        carried = (
            alerts.c.person_id.in_(sorted({each.person_id for each in due})),
            alerts.c.message_id.in_([each.id for each in due]),
            alerts.c.status == "planned",
            subscriptions.c.status == "active",
        )
        rows_of: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in await connection.execute(select(*CARRIED).select_from(joined).where(*carried)):
            rows_of[row.message_id].append(row)
        known = await self.versions.known(connection, [row.opportunity_id for rows in rows_of.values() for row in rows])
        news = {message_id: self._news(sorted(rows, key=_rank), known) for message_id, rows in rows_of.items()}
        return {message_id: each for message_id, each in news.items() if each.told}

    def _news(self, rows: Sequence[Row[Any]], known: dict[str, KnownOpportunity]) -> News:
        now = self.clock()
        told = tuple(told for row in rows if (told := _told(row, known.get(row.opportunity_id), now)) is not None)
        return News(tuple({each.organisation_name: None for each in told}), rows[0].cadence, told)

    async def _asked_of(self, connection: AsyncConnection, due: Sequence[Due]) -> dict[str, News]:
        joined = subscriptions.outerjoin(profiles, profiles.c.id == subscriptions.c.organisation_id)
        query = select(*ABOUT).select_from(joined).where(
            subscriptions.c.person_id.in_([each.person_id for each in due]), subscriptions.c.status == "active"
        )  # fmt: skip
        rows_of: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in await connection.execute(query.order_by(subscriptions.c.id)):
            rows_of[row.person_id].append(row)
        return {
            each.id: News(tuple({_name(row): None for row in rows}), rows[0].cadence, ())
            for each in due
            if (rows := rows_of.get(each.person_id))
        }


def _rank(row: Row[Any]) -> tuple[bool, float, str]:
    return (row.kind == "also_open", -row.score, row.opportunity_id)


def _name(row: Row[Any]) -> str:
    return str(row.name or row.organisation_name)


def _told(row: Row[Any], known: KnownOpportunity | None, now: datetime) -> Told | None:
    """What is said of one opportunity; None when it is no longer true."""
    if known is None or known.state is None or known.is_open_on(now) == (row.kind == "closed"):
        return None
    return Told(
        kind=kind_of_row(row.kind),
        opportunity=known.state,
        changes=known.changes,
        score=row.score,
        terms=tuple(_term(**term) for term in row.terms or ()),
        passage=row.passage or "",
        subscription_id=row.subscription_id,
        organisation_name=_name(row),
        organisation_kind=row.organisation_kind or None,
        population=row.population,
        sentences=known.sentences,
        deadline=row.deadline,
        closed_because=known.closed_because,
    )


@lru_cache(maxsize=20_000)
def _term(**values: Any) -> Term:
    return Term(**values)
