"""A reading: one record of a source once understood, and which of several readings of one opportunity to keep."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.ingest.domain.deadlines import all_passed, is_absurd, next_deadline
from shared.events import OpportunityState

MAX_ID = 200
MAX_AMOUNT_EUR = 20_000_000_000
TEXT_LIMIT = 16_000
TITLE_LIMIT = 500


class RecordRefused(ValueError):
    """A record that cannot become an opportunity: a short reason to count by, and a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Reading:
    """What a record says. `state.version` and `state.deadline` are only set when it becomes a stored version."""

    key: str
    state: OpportunityState

    @property
    def id(self) -> str:
        return self.state.id

    @property
    def richness(self) -> tuple[bool, int, int]:
        """How much a record tells; among copies of one opportunity the richest is kept."""
        state = self.state
        told = len(state.text) + len(state.expected_outcome) + len(state.scope)
        facts = sum(
            map(
                bool, (state.deadlines, state.budget_max, state.instrument, state.keywords, state.call_title, state.url)
            )
        )
        return (told > 0, facts, told)

    @property
    def has_description(self) -> bool:
        return self.richness[0]


@dataclass(frozen=True)
class Refused:
    """A record set aside. With its `reading`, staff may look at it and let it through."""

    key: str
    reason: str
    detail: str
    reading: Reading | None = None


def opportunity_id(prefix: str, key: str) -> str:
    """An id fit for a URL: `eu-` and the source's key in lower case; keys that would clash bear a hash."""
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
    exact = re.sub(r"[^a-z0-9]", "-", key.lower())
    if slug == exact and 0 < len(slug) <= MAX_ID // 2:
        return f"{prefix}-{slug}"
    return f"{prefix}-{slug[: MAX_ID // 2]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def richest_of_each(readings: Iterable[Reading]) -> list[Reading]:
    """One reading for each opportunity, the one that tells most; the first wins between equals."""
    best: dict[str, Reading] = {}
    for reading in readings:
        if reading.id not in best or reading.richness > best[reading.id].richness:
            best[reading.id] = reading
    return list(best.values())


def check(reading: Reading, now: datetime) -> None:
    """Refuse what cannot be true. Raises RecordRefused."""
    state = reading.state
    if any(is_absurd(deadline, now) for deadline in state.deadlines):
        raise RecordRefused(
            "absurd_deadline", f"a deadline more than ten years ahead: {max(state.deadlines).isoformat()}"
        )
    amounts = [amount for amount in (state.budget_min, state.budget_max) if amount is not None]
    if any(amount < 0 or amount > MAX_AMOUNT_EUR for amount in amounts):
        raise RecordRefused("absurd_amount", f"an amount that cannot be: {amounts} euros")
    if is_ghost(reading, now):
        raise RecordRefused("ghost", "flagged forthcoming or open, without description, and every deadline is past")


def checked(
    readings: Iterable[Reading], now: datetime, released: frozenset[tuple[str, str, str]] = frozenset()
) -> tuple[tuple[Reading, ...], tuple[Refused, ...]]:
    """Readings that can be true and those that cannot; `released`: key, reason and detail of what staff let through."""
    sound: list[Reading] = []
    odd: list[Refused] = []
    for reading in readings:
        try:
            check(reading, now)
        except RecordRefused as problem:
            if (reading.key, problem.reason, problem.detail) not in released:
                odd.append(Refused(reading.key, problem.reason, problem.detail, reading))
                continue
        sound.append(reading)
    return tuple(sound), tuple(odd)


def is_ghost(reading: Reading, now: datetime) -> bool:
    """A stale row the source still shows as current. No description is not enough: real calls lack one too."""
    state = reading.state
    if state.status == "closed" or reading.has_description:
        return False
    return all_passed(state.deadlines, now) or (state.status == "forthcoming" and not state.deadlines)


def as_version(state: OpportunityState, *, version: int, now: datetime) -> OpportunityState:
    """The state as it will be stored and told: numbered, with the next deadline still ahead."""
    return state.model_copy(update={"version": version, "deadline": next_deadline(state.deadlines, now)})


def fingerprint(state: OpportunityState) -> str:
    """A hash of all that a reading says. Another hash is not yet news: `decide` leaves jitter aside."""
    content = state.model_dump_json(exclude={"version", "deadline", "links"})
    return hashlib.sha256(content.encode()).hexdigest()
