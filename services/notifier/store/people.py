"""People, their consent and their tokens: the only place where an address is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.tokens import address_key, subscription_id
from services.notifier.tables import consents, people, subscriptions, suppressions, tokens
from shared.clock import Clock
from shared.database import Database

LIFTED_BY_CONFIRMING = ("erased", "unsubscribed", "complained")


@dataclass(frozen=True)
class Token:
    """A confirmation or sign-in that was asked for. `person_id` is None for an address we do not know."""

    token_hash: str
    purpose: str
    address_key: str
    person_id: str | None
    organisation_id: str | None
    organisation_name: str | None
    cadence: str | None
    language: str
    text_version: str | None
    browser: str
    code_hash: str | None
    tries: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class People:
    """Every method takes the caller's transaction, or a reading connection for questions."""

    def __init__(self, database: Database, clock: Clock, secret: bytes) -> None:
        self.database = database
        self.clock = clock
        self.secret = secret

    async def ensure(
        self, connection: AsyncConnection, address: str, *, language: str, timezone: str, is_staff: bool = False
    ) -> str:
        """The id of the person behind an address, made if need be. Making one is no consent."""
        key = address_key(self.secret, address)
        insert = self.database.insert(people).values(
            id=uuid4().hex,
            address=address,
            address_key=key,
            language=language,
            timezone=timezone,
            is_staff=is_staff,
            created_at=self.clock(),
        )
        await connection.execute(insert.on_conflict_do_nothing(index_elements=["address_key"]))
        if is_staff:
            await connection.execute(update(people).where(people.c.address_key == key).values(is_staff=True))
        return str((await connection.execute(select(people.c.id).where(people.c.address_key == key))).scalar_one())

    async def find(self, connection: AsyncConnection, address: str) -> str | None:
        key = address_key(self.secret, address)
        return (await connection.execute(select(people.c.id).where(people.c.address_key == key))).scalar()

    async def lock(self, connection: AsyncConnection, person_id: str) -> Row[Any] | None:
        """Take the person for this transaction; None when they are forgotten."""
        return (await connection.execute(select(people).where(people.c.id == person_id).with_for_update())).first()

    async def may_sign_in(self, connection: AsyncConnection, person_id: str) -> bool:
        """Whether they are staff or once confirmed a consent."""
        staff = select(people.c.id).where(people.c.id == person_id, people.c.is_staff.is_(True))
        if (await connection.execute(staff)).first() is not None:
            return True
        events = consents.c.event.in_(("confirmed", "sample"))
        confirmed = select(consents.c.number).where(consents.c.person_id == person_id, events).limit(1)
        return (await connection.execute(confirmed)).first() is not None

    async def suppression(self, connection: AsyncConnection, key: str) -> str | None:
        """Why an address is suppressed, None when it is not."""
        query = select(suppressions.c.reason).where(suppressions.c.address_key == key)
        return (await connection.execute(query)).scalar()

    async def suppress(self, connection: AsyncConnection, key: str, reason: str) -> None:
        """Keep an address from being mailed; a refusal by its host outlives any other reason."""
        row = {"address_key": key, "reason": reason, "suppressed_at": self.clock()}
        insert = self.database.insert(suppressions).values(**row)
        keep = suppressions.c.reason != "refused"
        await connection.execute(insert.on_conflict_do_update(index_elements=["address_key"], set_=row, where=keep))

    async def lift_suppression(self, connection: AsyncConnection, key: str) -> None:
        """The owner of the address asked for mail again, and proved it."""
        wanted = (suppressions.c.address_key == key, suppressions.c.reason.in_(LIFTED_BY_CONFIRMING))
        await connection.execute(delete(suppressions).where(*wanted))

    async def note_consent(
        self, connection: AsyncConnection, person_id: str, organisation_id: str, event: str, text_version: str
    ) -> None:
        """Append to the record of consents; nothing in it is ever changed."""
        row = consents.insert().values(
            person_id=person_id,
            organisation_id=organisation_id,
            event=event,
            text_version=text_version,
            happened_at=self.clock(),
        )
        await connection.execute(row)

    # --- subscriptions ---

    async def subscriptions_of(
        self, connection: AsyncConnection, person_id: str, organisation_id: str | None = None
    ) -> Sequence[Row[Any]]:
        query = select(subscriptions).where(subscriptions.c.person_id == person_id).order_by(subscriptions.c.id)
        if organisation_id is not None:
            query = query.where(subscriptions.c.organisation_id == organisation_id)
        return (await connection.execute(query)).all()

    async def subscription(self, connection: AsyncConnection, wanted: str) -> Row[Any] | None:
        return (await connection.execute(select(subscriptions).where(subscriptions.c.id == wanted))).first()

    async def ask_subscription(
        self, connection: AsyncConnection, person_id: str, key: str, asked: "Asked", *, is_sample: bool = False
    ) -> str:
        """Make the subscription pending, unless it exists; what runs goes on until the new one is confirmed."""
        found = subscription_id(self.secret, key, asked.organisation_id)
        insert = self.database.insert(subscriptions).values(
            id=found,
            person_id=person_id,
            organisation_id=asked.organisation_id,
            organisation_name=asked.organisation_name,
            cadence=asked.cadence,
            language=asked.language,
            status="pending",
            created_at=self.clock(),
            is_sample=is_sample,
        )
        await connection.execute(insert.on_conflict_do_nothing())
        return found

    async def activate(self, connection: AsyncConnection, wanted: str, asked: "Asked") -> None:
        now = self.clock()
        values = {
            "status": "active",
            "cadence": asked.cadence,
            "language": asked.language,
            "organisation_name": asked.organisation_name,
        }
        mine = subscriptions.c.id == wanted
        was_off = (mine, subscriptions.c.status != "active")
        fresh = {"confirmed_at": now, "ended_at": None, "planned_until": None, "welcomed_at": None}
        await connection.execute(update(subscriptions).where(*was_off).values(**fresh))
        await connection.execute(update(subscriptions).where(mine).values(**values))

    async def change(self, connection: AsyncConnection, wanted: str, *, cadence: str, language: str) -> None:
        values = {"cadence": cadence, "language": language}
        await connection.execute(update(subscriptions).where(subscriptions.c.id == wanted).values(**values))

    async def set_rhythm(self, connection: AsyncConnection, person_id: str, **values: object) -> None:
        """Set when a person is written to."""
        await connection.execute(update(people).where(people.c.id == person_id).values(**values))

    async def end(self, connection: AsyncConnection, ids: Sequence[str]) -> None:
        values = {"status": "ended", "ended_at": self.clock()}
        await connection.execute(update(subscriptions).where(subscriptions.c.id.in_(ids)).values(**values))

    async def erase(self, connection: AsyncConnection, person_id: str) -> None:
        """Forget everything of a person: all other rows go with this one."""
        await connection.execute(delete(people).where(people.c.id == person_id))

    # --- tokens ---

    async def save_token(self, connection: AsyncConnection, token: Token) -> None:
        await connection.execute(tokens.insert().values(**token.__dict__))

    async def token(self, connection: AsyncConnection, token_hash: str, purpose: str) -> Token | None:
        wanted = (tokens.c.token_hash == token_hash, tokens.c.purpose == purpose)
        return await self._token(connection, *wanted)

    async def latest_sign_in_of(self, connection: AsyncConnection, browser: str) -> Token | None:
        return await self._token(connection, tokens.c.browser == browser, tokens.c.purpose == "sign_in")

    async def _token(self, connection: AsyncConnection, *wanted: ColumnElement[bool]) -> Token | None:
        query = select(tokens).where(*wanted).order_by(tokens.c.created_at.desc(), tokens.c.token_hash).limit(1)
        row = (await connection.execute(query.with_for_update())).first()
        return None if row is None else Token(**row._mapping)

    async def use_token(self, connection: AsyncConnection, token: Token) -> bool:
        """Spend a token; False when another one was faster."""
        unused = (tokens.c.token_hash == token.token_hash, tokens.c.used_at.is_(None))
        return (await connection.execute(update(tokens).where(*unused).values(used_at=self.clock()))).rowcount == 1

    async def count_try(self, connection: AsyncConnection, token: Token) -> None:
        mine = tokens.c.token_hash == token.token_hash
        await connection.execute(update(tokens).where(mine).values(tries=tokens.c.tries + 1))

    async def tokens_today(self, connection: AsyncConnection, key: str, purpose: str) -> int:
        """How many were asked for this address within 24 hours."""
        recent = tokens.c.created_at > self.clock() - timedelta(days=1)
        query = select(func.count()).where(tokens.c.address_key == key, tokens.c.purpose == purpose, recent)
        return (await connection.execute(query)).scalar_one()


@dataclass(frozen=True)
class Asked:
    """What somebody asked to be written to about."""

    organisation_id: str
    organisation_name: str
    cadence: str
    language: str
