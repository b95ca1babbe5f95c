"""What the store hands out: rows with names and types."""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from sqlalchemy import Row, Select, case, select

from services.notifier.domain.kinds import Lane, MailKind
from services.notifier.domain.leaving import Shown
from services.notifier.domain.pace import domain_of
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
    """A mail the sender may take now.

    `frozen` is set when its bytes may already have been accepted once; only then does it bring `bytes`. `shown` is
    what it says, once it is written. `planned_at` is its date; who had paused is `late_since` the end of the pause.
    """

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
    paused_until: datetime | None = None
    shown: tuple[Shown, ...] = ()

    @property
    def is_written(self) -> bool:
        return self.frozen and self.bytes is not None

    @property
    def domain(self) -> str:
        return domain_of(self.address)

    def late_since(self, now: datetime) -> datetime:
        """From when on it is late: a pause that the recipient asked for is no delay."""
        if self.paused_until is None or self.paused_until > now:
            return self.planned_at
        return max(self.planned_at, self.paused_until)


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
        bytes=unpacked(row.bytes) if row.frozen and row.bytes is not None else None,
        notice=row.notice,
        paused_until=row.paused_until,
        shown=shown_in(row.rendered, row.subscription_id) if row.frozen else (),
    )


def shown_in(rendered: Iterable[Sequence[Any]] | None, subscription_id: str | None) -> tuple[Shown, ...]:
    """What a mail says, as it is stored; mails written before they told of several subscriptions name none."""
    return tuple(
        Shown(str(row[0]), int(row[1]), *row[2:4])
        if len(row) >= 4
        else Shown(row[0], row[1], subscription_id or "", "new")
        for row in rendered or ()
    )


def packed(content: bytes) -> bytes:
    """A mail's bytes as they are kept."""
    return zlib.compress(content, 1)


def unpacked(kept: bytes) -> bytes:
    return zlib.decompress(kept)


DUE = (
    messages.c.id, messages.c.lane, messages.c.kind, messages.c.person_id, messages.c.subscription_id,
    messages.c.language, messages.c.attempts, messages.c.lost_replies, messages.c.planned_at, messages.c.expires_at,
    messages.c.rest_count, messages.c.frozen, messages.c.notice, messages.c.rendered,
    case((messages.c.frozen.is_(True), messages.c.bytes)).label("bytes"),
    people.c.address, people.c.timezone, people.c.paused_until,
)  # fmt: skip
