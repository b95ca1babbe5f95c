"""What ingest keeps of opportunities, on both databases. Writes take a connection of one short transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.domain.changes import ClosingReason, Decision, Known, due_at
from services.ingest.domain.sentences import sentences
from services.ingest.tables import apart, earlier_versions, opportunities
from shared.database import Database
from shared.events import OpportunityAmended, OpportunityClosed, OpportunityPublished, OpportunityState
from shared.outbox import Outbox

CHUNK = 500
FLIPS_KEPT = 5
T = TypeVar("T")


@dataclass(frozen=True)
class Head:
    """The little of a stored opportunity that tells whether a reading brings anything, or whether one is missing."""

    key: str
    fingerprint: str
    live: bool
    next_deadline: datetime | None
    raw_print: str | None = None
    missed: int = 0
    missed_since: datetime | None = None

    def should_be_listed(self, now: datetime) -> bool:
        """Whether the source should still show it: stored as live, and no deadline of it has passed since."""
        return self.live and (self.next_deadline is None or self.next_deadline > now)


@dataclass(frozen=True)
class Save:
    """One decision to store: the opportunity, where it was read, and the version it was decided upon.

    `fingerprint` is None when no reading led to it: the clock, or staff. `merged_into`: the opportunity that is told in
    its place; then nothing is told of this one.
    """

    id: str
    source: str
    key: str
    decided_upon: int
    decision: Decision
    fingerprint: str | None = None
    raw_print: str | None = None
    merged_into: str | None = None
    catching_up: bool = False


@dataclass(frozen=True)
class _Stored:
    """A stored opportunity, locked."""

    fingerprint: str
    raw_print: str | None
    flips: tuple[datetime, ...]
    state: OpportunityState


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


class Store:
    """Reads on connections of its own, writes on the caller's."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self.database = database
        self.outbox = outbox

    async def heads(self, source: str) -> dict[str, Head]:
        """All opportunities of a source, in little."""
        table = opportunities.c
        columns = (
            table.source_key, table.fingerprint, table.live, table.next_deadline, table.raw_print, table.missed,
            table.missed_since,
        )  # fmt: skip
        async with self.database.reading() as connection:
            rows = await connection.execute(select(table.id, *columns).where(table.source == source))
            return {row[0]: Head(*row[1:]) for row in rows}

    async def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Stored opportunities, whole."""
        found: dict[str, Known] = {}
        async with self.database.reading() as connection:
            for some in chunks(ids):
                found |= await self._known(connection, select(opportunities).where(opportunities.c.id.in_(some)))
        return found

    async def key_of(self, opportunity_id: str) -> str:
        """What its source knows an opportunity by. Raises NoResultFound."""
        query = select(opportunities.c.source_key).where(opportunities.c.id == opportunity_id)
        async with self.database.reading() as connection:
            return str((await connection.execute(query)).scalar_one())

    async def due(self, now: datetime) -> dict[str, Known]:
        """Live opportunities whose next deadline has passed."""
        query = select(opportunities).where(opportunities.c.live.is_(True), opportunities.c.next_deadline <= now)
        async with self.database.reading() as connection:
            return await self._known(connection, query)

    async def undated(self, source: str, *, since_before: datetime) -> dict[str, Known]:
        """Live opportunities of a source that have no deadline and were first read before a moment."""
        table = opportunities.c
        old = (table.source == source, table.next_deadline.is_(None), table.first_seen_at < since_before)
        async with self.database.reading() as connection:
            return await self._known(connection, select(opportunities).where(table.live.is_(True), *old))

    async def told_by_others(self, source: str) -> list[tuple[str, OpportunityState]]:
        """Live opportunities first told from other sources, with their key there; samples left aside."""
        table = opportunities.c
        others = (table.source != source, table.source != "samples", table.merged_into.is_(None))
        async with self.database.reading() as connection:
            rows = await connection.execute(select(table.source_key, table.state).where(table.live.is_(True), *others))
            return [(row.source_key, OpportunityState.model_validate(row.state)) for row in rows]

    async def kept_apart(self) -> frozenset[tuple[str, str]]:
        """Pairs that are not one, in the order of their ids."""
        async with self.database.reading() as connection:
            return frozenset(
                (row.one, row.other) for row in await connection.execute(select(apart.c.one, apart.c.other))
            )

    async def keep_apart(self, connection: AsyncConnection, ids: tuple[str, str], now: datetime) -> None:
        one, other = sorted(ids)
        row = self.database.insert(apart).values(one=one, other=other, said_at=now)
        await connection.execute(row.on_conflict_do_nothing())

    async def separate(self, connection: AsyncConnection, id_: str, primary: str) -> None:
        """Let one be told by itself again; the other one is read afresh at the next harvest."""
        await connection.execute(update(opportunities).where(opportunities.c.id == id_).values(merged_into=None))
        afresh = update(opportunities).where(opportunities.c.id == primary)
        await connection.execute(afresh.values(fingerprint="", raw_print=None))

    async def live_ids(self, *, source: str | None = None) -> list[str]:
        """Live opportunities that are told by themselves."""
        told = (opportunities.c.live.is_(True), opportunities.c.merged_into.is_(None))
        query = select(opportunities.c.id).where(*told).order_by(opportunities.c.id)
        if source is not None:
            query = query.where(opportunities.c.source == source)
        async with self.database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def closed(self) -> list[tuple[str, int, ClosingReason]]:
        """Opportunities that are over: id, version, reason."""
        columns = (opportunities.c.id, opportunities.c.version, opportunities.c.closed_reason)
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*columns).where(opportunities.c.live.is_(False)))
            return [(row.id, row.version, row.closed_reason) for row in rows]

    async def live_count(self, source: str) -> int:
        query = select(func.count()).where(opportunities.c.source == source, opportunities.c.live.is_(True))
        async with self.database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def save(self, connection: AsyncConnection, saves: Sequence[Save], now: datetime) -> list[Save]:
        """Store decisions and tell them; returns those that held.

        A decision made upon a version that is no longer the stored one is left out: the next look decides afresh.
        """
        stored = await self._locked(connection, [save.id for save in saves])
        holding = [save for save in saves if _version(stored.get(save.id)) == save.decided_upon]
        await self._keep_earlier(connection, [stored[save.id].state for save in holding if save.id in stored], now)
        await self._put(connection, [_row(save, stored.get(save.id), now) for save in holding])
        await self.tell(connection, holding, now)
        return holding

    async def tell(self, connection: AsyncConnection, saves: Iterable[Save], now: datetime) -> None:
        """Tell what each decision means to the other services; what is merged into another is told there."""
        await self.outbox.tell(connection, *(_fact(save, now) for save in saves if save.merged_into is None))

    async def mark_seen(
        self, connection: AsyncConnection, ids: Sequence[str], now: datetime, raw_prints: Mapping[str, str]
    ) -> None:
        """Note what a source still lists, and its raw records where these changed without being news."""
        for some in chunks(ids):
            seen = update(opportunities).where(opportunities.c.id.in_(some))
            await connection.execute(seen.values(last_seen_at=now, missed=0, missed_since=None))
        by_id = update(opportunities).where(opportunities.c.id == bindparam("of"))
        rows = [{"of": id_, "print": raw_prints[id_]} for id_ in ids if id_ in raw_prints]
        for some_rows in chunks(rows):
            await connection.execute(by_id.values(raw_print=bindparam("print")), list(some_rows))

    async def mark_missed(self, connection: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
        """Note what a complete harvest did not hold."""
        table = opportunities.c
        for some in chunks(ids):
            missed = update(opportunities).where(table.id.in_(some))
            since = func.coalesce(table.missed_since, now)
            await connection.execute(missed.values(missed=table.missed + 1, missed_since=since))

    async def _locked(self, connection: AsyncConnection, ids: Sequence[str]) -> dict[str, _Stored]:
        table = opportunities.c
        columns = (table.id, table.fingerprint, table.raw_print, table.flips, table.state)
        query = select(*columns).where(opportunities.c.id.in_(ids)).with_for_update()
        return {
            row.id: _Stored(
                row.fingerprint, row.raw_print, _moments(row.flips), OpportunityState.model_validate(row.state)
            )
            for row in await connection.execute(query)
        }

    async def _keep_earlier(
        self, connection: AsyncConnection, states: Sequence[OpportunityState], now: datetime
    ) -> None:
        rows = [
            {
                "opportunity_id": state.id,
                "version": state.version,
                "state": state.model_dump(mode="json"),
                "replaced_at": now,
            }
            for state in states
        ]
        if rows:
            await connection.execute(self.database.insert(earlier_versions).on_conflict_do_nothing(), rows)

    async def _put(self, connection: AsyncConnection, rows: Sequence[Mapping[str, object]]) -> None:
        if not rows:
            return
        insert = self.database.insert(opportunities)
        kept = {"id", "source", "source_key", "first_seen_at"}
        replaced = {column.name: insert.excluded[column.name] for column in opportunities.c if column.name not in kept}
        await connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=replaced), list(rows))

    @staticmethod
    async def _known(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> dict[str, Known]:
        rows = await connection.execute(query)
        return {
            row.id: Known(
                OpportunityState.model_validate(row.state),
                row.live,
                row.closed_reason,
                _moments(row.flips),
                row.merged_into,
            )
            for row in rows
        }


def _moments(written: Sequence[str] | None) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(moment) for moment in written or ())


def _version(stored: _Stored | None) -> int:
    return stored.state.version if stored else 0


def _row(save: Save, stored: _Stored | None, now: datetime) -> Mapping[str, object]:
    state = _state(save)
    live = save.decision.outcome != "closed"
    flips = [*(stored.flips if stored else ()), *([now] if save.decision.flips else [])]
    return {
        "id": save.id,
        "source": save.source,
        "source_key": save.key,
        "version": state.version,
        "live": live,
        "closed_reason": save.decision.reason,
        "next_deadline": due_at(state, now) if live else None,
        "fingerprint": (stored.fingerprint if stored else "") if save.fingerprint is None else save.fingerprint,
        "raw_print": (stored.raw_print if stored else None) if save.raw_print is None else save.raw_print,
        "flips": [moment.isoformat() for moment in flips[-FLIPS_KEPT:]],
        "missed": 0,
        "missed_since": None,
        "merged_into": save.merged_into,
        "state": state.model_dump(mode="json"),
        "first_seen_at": now,
        "last_seen_at": now,
        "changed_at": now,
    }


def _state(save: Save) -> OpportunityState:
    if save.decision.state is None:
        raise ValueError(f"nothing to store for {save.id}: {save.decision.outcome}")
    return save.decision.state


def _fact(save: Save, now: datetime) -> OpportunityPublished | OpportunityAmended | OpportunityClosed:
    state, decision = _state(save), save.decision
    if decision.outcome == "closed":
        reason = decision.reason or "closed_by_source"
        return OpportunityClosed(happened_at=now, opportunity_id=save.id, version=state.version, reason=reason)
    if decision.outcome == "amended":
        french, english = sentences(decision.changes)
        told = {"changes": decision.changes, "sentence_fr": french, "sentence_en": english}
        return OpportunityAmended(happened_at=now, opportunity=state, **told)
    return OpportunityPublished(happened_at=now, opportunity=state, catching_up=save.catching_up)
