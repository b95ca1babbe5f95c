"""What the store hands out: rows with names and types."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Row, Select, select

from services.notifier.domain.kinds import Lane, MailKind
from services.notifier.tables import messages, people, subscriptions
from shared.events import Language
from shared.requests import Cadence


@dataclass(frozen=True)
class Recipient:
    """A person who confirmed that they want mail about one organisation, and how they want it."""

    subscription_id: str
    person_id: str
    organisation_id: str
    cadence: Cadence
    language: Language
    confirmed_at: datetime
    welcomed_at: datetime | None
    planned_until: datetime | None
    timezone: str
    digest_at: str | None
    reminder_days: tuple[int, ...]
    paused_until: datetime | None

    def is_paused_at(self, now: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > now

    def morning(self, usual: time) -> time:
        """The local time of their digests."""
        return usual if self.digest_at is None else time.fromisoformat(self.digest_at)


RECIPIENT = (
    subscriptions.c.id,
    people.c.id,
    subscriptions.c.organisation_id,
    subscriptions.c.cadence,
    subscriptions.c.language,
    subscriptions.c.confirmed_at,
    subscriptions.c.welcomed_at,
    subscriptions.c.planned_until,
    people.c.timezone,
    people.c.digest_at,
    people.c.reminder_days,
    people.c.paused_until,
)


def select_recipients() -> Select[Any]:
    """Active subscriptions, in the order in which they are locked."""
    joined = subscriptions.join(people, people.c.id == subscriptions.c.person_id)
    active = (subscriptions.c.status == "active", subscriptions.c.confirmed_at.is_not(None))
    return select(*RECIPIENT).select_from(joined).where(*active).order_by(people.c.id, subscriptions.c.id)


def recipient_from(row: Row[Any]) -> Recipient:
    values: tuple[Any, ...] = tuple(row)
    recipient = Recipient(*values)
    return replace(recipient, reminder_days=tuple(recipient.reminder_days))


@dataclass(frozen=True)
class Due:
    """A mail the sender may take now. `frozen` is set when its bytes may already have been accepted once."""

    id: str
    lane: Lane
    kind: MailKind
    person_id: str
    subscription_id: str | None
    language: Language
    address: str | None
    timezone: str
    attempts: int
    lost_replies: int
    planned_at: datetime
    expires_at: datetime | None
    rest_count: int
    frozen: bool
    bytes: bytes | None
    notice: Mapping[str, Any] | None = None


def due_from(row: Row[Any]) -> Due:
    return Due(
        id=row.id,
        lane=row.lane,
        kind=row.kind,
        person_id=row.person_id,
        subscription_id=row.subscription_id,
        language=row.language,
        address=row.address,
        timezone=row.timezone,
        attempts=row.attempts,
        lost_replies=row.lost_replies,
        planned_at=row.planned_at,
        expires_at=row.expires_at,
        rest_count=row.rest_count,
        frozen=row.frozen,
        bytes=row.bytes,
        notice=row.notice,
    )


DUE = (*messages.c, people.c.address, people.c.timezone)
