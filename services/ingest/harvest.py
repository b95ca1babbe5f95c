"""One harvest from end to end: fetch, parse, judge, decide, store in batches, account for it."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from services.ingest.domain.changes import decide, loses_its_deadline
from services.ingest.domain.readings import Reading, Refused, fingerprint, richest_of_each
from services.ingest.domain.soundness import filled_shares, lacking, missing_fields
from services.ingest.harvest_store import HarvestStore
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import BoundedClient, Limits
from services.ingest.sources.contract import Asking, Fetched, Parsed, Source
from services.ingest.sources.manners import Manners
from services.ingest.store import Head, Save, Store, chunks
from shared.clock import Clock
from shared.requests import HarvestSummary
from shared.service import Context

log = logging.getLogger(__name__)

BATCH = 250
LONGEST_S = 900.0
NEAR = ("all://127.0.0.1", "all://localhost", "all://[::1]")


class AlreadyRunning(Exception):
    """Another harvest of the same source is alive."""


@dataclass(frozen=True)
class Judged:
    """What a harvest may do: sentences about what is wrong, and whether its rows can be trusted at all."""

    problem: str | None
    usable: bool


@dataclass
class Outcome:
    """What became of the rows."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)


@dataclass(frozen=True)
class Harvester:
    """Reads one source at a time into the store."""

    store: Store
    harvests: HarvestStore
    settings: IngestSettings
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    manners: Manners = field(default_factory=Manners)
    transport: httpx.AsyncBaseTransport | None = None

    async def harvest(self, source: Source) -> HarvestSummary:
        """Harvest a source. Raises AlreadyRunning."""
        started_at = self.clock()
        harvest_id = await self.harvests.start(source.name, started_at)
        if harvest_id is None:
            raise AlreadyRunning(source.name)
        try:
            return await self._read_and_store(source, harvest_id, started_at)
        except asyncio.CancelledError:
            await self.harvests.interrupt(harvest_id)
            raise

    async def _read_and_store(self, source: Source, harvest_id: str, started_at: datetime) -> HarvestSummary:
        async with self._client() as client:
            fetched = await self._fetch(client, source, harvest_id)
            parsed = await asyncio.to_thread(source.parse, fetched.records, started_at)
            filled = filled_shares(parsed.filled)
            heads = await self.store.heads(source.name)
            vanished = _vanished(heads, parsed, started_at)
            listed = sum(head.should_be_listed(started_at) for head in heads.values())
            judged = judge(source, fetched, filled, await self.harvests.baseline(source.name), len(vanished), listed)
            followed = await self._follow_up(client, source, vanished, started_at) if judged.problem is None else ()
        outcome = Outcome(refused=list(parsed.refused))
        if judged.usable:
            await self._store(source, (*parsed.readings, *followed), heads, outcome, complete=judged.problem is None)
        for refused in parsed.refused:
            outcome.counts["ghosts" if refused.reason == "ghost" else "quarantined"] += 1
        summary = HarvestSummary(
            source=source.name,
            started_at=started_at,
            finished_at=self.clock(),
            complete=judged.problem is None,
            seen=len(fetched.records),
            counts={name: count for name, count in sorted(outcome.counts.items()) if count},
            problem=judged.problem,
        )
        await self.harvests.finish(harvest_id, summary, outcome.refused, filled)
        _log(summary)
        return summary

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[BoundedClient]:
        timeout = httpx.Timeout(self.limits.request_s)
        # A proxy named in the environment leads outside; what is on this machine needs none.
        near = dict.fromkeys(NEAR, self.transport)
        async with httpx.AsyncClient(transport=self.transport, timeout=timeout, mounts=near) as http:
            contact = self.settings.contact
            yield BoundedClient(http, self.clock, self.limits, contact=contact, manners=self.manners)

    async def _fetch(self, client: BoundedClient, source: Source, harvest_id: str) -> Fetched:
        async def on_page() -> None:
            await self.harvests.still_alive(harvest_id, self.clock())

        if problem := source.lacks(self.settings):
            return Fetched(problem=problem)
        try:
            async with asyncio.timeout(LONGEST_S):
                return await source.fetch(Asking(client, self.settings, self.clock(), on_page))
        except TimeoutError:
            return Fetched((), f"The source was not read completely within {LONGEST_S / 60:.0f} minutes.")

    async def _follow_up(
        self, client: BoundedClient, source: Source, vanished: Sequence[str], now: datetime
    ) -> tuple[Reading, ...]:
        """Ask about the few that are no longer listed: only the source's own word closes them."""
        if not vanished or source.look_up is None:
            return ()
        fetched = await source.look_up(Asking(client, self.settings, now), vanished)
        parsed = await asyncio.to_thread(source.parse, fetched.records, now)
        return parsed.readings

    async def _store(
        self, source: Source, found: Sequence[Reading], heads: Mapping[str, Head], outcome: Outcome, *, complete: bool
    ) -> None:
        readings = richest_of_each(found)
        outcome.counts["duplicates"] += len(found) - len(readings)
        prints = await asyncio.to_thread(lambda: {reading.id: fingerprint(reading.state) for reading in readings})
        fresh = [reading for reading in readings if not _is_known(heads.get(reading.id), prints[reading.id])]
        outcome.counts["unchanged"] += len(readings) - len(fresh)
        for batch in chunks(fresh, BATCH):
            await self._store_batch(source, batch, prints, outcome, complete=complete)
        await self._mark_seen([reading.id for reading in readings if reading.id in heads])

    async def _store_batch(
        self, source: Source, batch: Sequence[Reading], prints: Mapping[str, str], outcome: Outcome, *, complete: bool
    ) -> None:
        """Decide on some readings and store what changes: one transaction."""
        saves = await self._decide(source, batch, prints, outcome, complete=complete)
        now = self.clock()
        async with self.store.database.writing() as connection:
            held = await self.store.save(connection, saves, now)
        outcome.counts.update(save.decision.outcome for save in held)
        outcome.counts["overtaken"] += len(saves) - len(held)

    async def _decide(
        self, source: Source, batch: Sequence[Reading], prints: Mapping[str, str], outcome: Outcome, *, complete: bool
    ) -> list[Save]:
        known = await self.store.known([reading.id for reading in batch])
        now, saves = self.clock(), []
        for reading in batch:
            before = known.get(reading.id)
            if before is not None and loses_its_deadline(before, reading.state):
                outcome.counts["quarantined"] += 1
                outcome.refused.append(Refused(reading.key, "deadline_vanished", "the deadline known before is gone"))
                continue
            decision = decide(before, reading.state, now)
            if decision.state is None or (decision.outcome == "closed" and not complete):
                outcome.counts["past" if decision.outcome == "past" else "unchanged"] += 1
                continue
            upon = before.state.version if before else 0
            saves.append(Save(reading.id, source.name, reading.key, upon, decision, prints[reading.id]))
        return saves

    async def _mark_seen(self, ids: Sequence[str]) -> None:
        async with self.store.database.writing() as connection:
            await self.store.mark_seen(connection, ids, self.clock())


def judge(
    source: Source,
    fetched: Fetched,
    filled: Mapping[str, float],
    baseline: Mapping[str, float],
    vanished: int,
    listed: int,
) -> Judged:
    """Whether a harvest is complete, and whether what it read may be stored."""
    missing = missing_fields(filled, baseline or source.usual, rows=len(fetched.records))
    if missing:
        sentence = f"Fields usually filled are now empty (field baseline): {', '.join(missing)}. Nothing was stored."
        return Judged(sentence, usable=False)
    return Judged(fetched.problem or lacking(len(fetched.records), vanished, listed), usable=True)


def _vanished(heads: Mapping[str, Head], parsed: Parsed, now: datetime) -> list[str]:
    """Keys of what should be listed and is not, not even as a record set aside."""
    there = {reading.key for reading in parsed.readings} | {refused.key for refused in parsed.refused}
    return sorted(head.key for head in heads.values() if head.should_be_listed(now) and head.key not in there)


def _is_known(head: Head | None, print_: str) -> bool:
    return head is not None and head.fingerprint == print_


def _log(summary: HarvestSummary) -> None:
    fields = {"source": summary.source, "complete": summary.complete, "seen": summary.seen, "counts": summary.counts}
    if summary.problem:
        log.warning("a harvest is incomplete", extra={**fields, "problem": summary.problem})
    else:
        log.info("a source was harvested", extra=fields)


def harvester(context: Context) -> Harvester:
    """The harvester of a running service."""
    settings: IngestSettings = context.settings
    store = Store(context.database, context.outbox)
    return Harvester(store, HarvestStore(context.database), settings, context.clock)
