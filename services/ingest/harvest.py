"""One harvest from end to end: fetch, parse, judge, decide, store in batches, account for it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx

from services.ingest import raw_records
from services.ingest.absence import Absent, closings_of, vanished
from services.ingest.deciding import Decider, Outcome
from services.ingest.domain.merging import Authority
from services.ingest.domain.readings import Reading, Refused, checked, fingerprint, richest_of_each
from services.ingest.domain.soundness import filled_shares, lacking, missing_fields
from services.ingest.harvest_store import HarvestStore
from services.ingest.own_pages import OwnPages
from services.ingest.settings import IngestSettings
from services.ingest.sources import authorities, sources_of
from services.ingest.sources.bounded import BoundedClient, Limits, Validators
from services.ingest.sources.contract import Asking, Fetched, Source
from services.ingest.sources.manners import Manners
from services.ingest.store import Head, Save, Store, chunks
from shared.clock import Clock
from shared.requests import HarvestSummary
from shared.service import Context

log = logging.getLogger(__name__)

BATCH = 250
LONGEST_S = 900.0
CATCHING_UP_AFTER = timedelta(days=7)
NEAR = ("all://127.0.0.1", "all://localhost", "all://[::1]")


class AlreadyRunning(Exception):
    """Another harvest of the same source is alive."""


@dataclass(frozen=True)
class Judged:
    """What a harvest may do: sentences about what is wrong, and whether its rows can be trusted at all."""

    problem: str | None
    usable: bool


@dataclass(frozen=True)
class Read:
    """What a source says today, understood: before anything is decided."""

    seen: int
    unchanged: bool
    validators: Mapping[str, Validators]
    readings: tuple[Reading, ...]
    refused: tuple[Refused, ...]
    filled: Mapping[str, float]
    heads: Mapping[str, Head]
    raw_prints: Mapping[str, str]
    same: frozenset[str]  # ids whose raw records are as they were
    judged: Judged
    vanished: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return self.judged.problem is None


async def _never(_url: str) -> bool:
    return False


@dataclass(frozen=True)
class Harvester:
    """Reads one source at a time into the store. `is_gone` says whether a page of the web says of itself it is gone."""

    store: Store
    harvests: HarvestStore
    settings: IngestSettings
    clock: Clock
    limits: Limits = field(default_factory=Limits)
    manners: Manners = field(default_factory=Manners)
    transport: httpx.AsyncBaseTransport | None = None
    authority: Authority = field(default_factory=dict)
    is_gone: Callable[[str], Awaitable[bool]] = _never

    async def harvest(self, source: Source, *, afresh: bool = False) -> HarvestSummary:
        """Harvest a source. `afresh`: even what it says did not change. Raises AlreadyRunning."""
        started_at = self.clock()
        harvest_id = await self.harvests.start(source.name, started_at)
        if harvest_id is None:
            raise AlreadyRunning(source.name)
        believe_vanished, wanted_afresh = await self.harvests.wish_for(source.name)
        try:
            async with self._asking(source, harvest_id, afresh=afresh or wanted_afresh) as asking:
                read = await self._read(source, asking, believe_vanished=believe_vanished)
                return await self._take_in(source, asking, read, harvest_id, started_at)
        except asyncio.CancelledError:
            await self.harvests.interrupt(harvest_id)
            raise

    async def preview(self, source: Source, *, since: datetime | None) -> tuple[Read, list[Save], Outcome]:
        """What a harvest would store and tell, without doing it. With `since`, of what is published from then on."""
        async with self._asking(source, None, since=since, afresh=True) as asking:
            read = await self._read(source, asking, believe_vanished=False)
        outcome, decider = Outcome(), await self._decider(source)
        for refused in read.refused:
            outcome.refuse(refused)
        if not read.judged.usable:
            return read, [], outcome
        found = richest_of_each(read.readings)
        if since is not None:
            found = [one for one in found if one.state.opens_on is None or one.state.opens_on >= since.date()]
        prints = {reading.id: fingerprint(reading.state) for reading in found}
        saves = await decider.decide(found, prints, outcome, complete=read.complete)
        return read, saves, outcome

    async def _take_in(
        self, source: Source, asking: Asking, read: Read, harvest_id: str, started_at: datetime
    ) -> HarvestSummary:
        outcome = Outcome()
        for refused in read.refused:
            outcome.refuse(refused)
        if read.unchanged:
            outcome.counts["unchanged"] += sum(head.live for head in read.heads.values())
        elif read.judged.usable:
            await self._store(source, asking, read, outcome)
        summary = HarvestSummary(
            source=source.name,
            started_at=started_at,
            finished_at=self.clock(),
            complete=read.complete,
            seen=read.seen,
            counts={name: count for name, count in sorted(outcome.counts.items()) if count},
            problem=read.judged.problem,
        )
        validators = read.validators if read.complete else {}
        await self.harvests.finish(harvest_id, summary, outcome.refused, read.filled, validators)
        _log(summary)
        return summary

    @asynccontextmanager
    async def _asking(
        self, source: Source, harvest_id: str | None, *, since: datetime | None = None, afresh: bool = False
    ) -> AsyncIterator[Asking]:
        async def on_page() -> None:
            if harvest_id is not None:
                await self.harvests.still_alive(harvest_id, self.clock())

        timeout = httpx.Timeout(self.limits.request_s)
        # A proxy named in the environment leads outside; what is on this machine needs none.
        near = dict.fromkeys(NEAR, self.transport)
        validators = {} if afresh else await self.harvests.validators(source.name)
        async with httpx.AsyncClient(transport=self.transport, timeout=timeout, mounts=near) as http:
            contact = self.settings.contact
            client = BoundedClient(http, self.clock, self.limits, contact=contact, manners=self.manners)
            yield Asking(client, self.settings, self.clock(), on_page, since, validators)

    async def _read(self, source: Source, asking: Asking, *, believe_vanished: bool) -> Read:
        fetched = await self._fetch(source, asking)
        heads = await self.store.heads(source.name)
        if fetched.unchanged and fetched.problem is None:
            return Read(0, True, fetched.validators, (), (), {}, heads, {}, frozenset(), Judged(None, usable=False))
        seen = len(fetched.records)
        prints, same, records = await asyncio.to_thread(raw_records.new_ones, source, fetched.records, heads)
        is_whole = len(records) == seen
        fetched = replace(fetched, records=())
        parsed = await asyncio.to_thread(raw_records.parse, source, records, asking.now)
        readings, odd = checked(parsed.readings, asking.now, await self.harvests.released(source.name))
        filled = filled_shares(parsed.filled) if is_whole else {}
        there = {one.key for one in parsed.readings} | {one.key for one in parsed.refused}
        there |= {heads[id_].key for id_ in same}
        gone = () if source.shows_latest_only or asking.since else vanished(heads, there, asking.now)
        listed = sum(head.should_be_listed(asking.now) for head in heads.values())
        judged = judge(
            source,
            fetched.problem,
            seen,
            filled,
            await self.harvests.baseline(source.name),
            0 if believe_vanished else len(gone),
            listed,
            may_be_empty=source.shows_latest_only or asking.since is not None,
        )
        by_id = {reading.id: prints[reading.key] for reading in readings if reading.key in prints}
        return Read(
            seen, False, fetched.validators, readings, (*parsed.refused, *odd), filled, heads, by_id, same, judged, gone
        )

    async def _fetch(self, source: Source, asking: Asking) -> Fetched:
        if problem := source.lacks(self.settings):
            return Fetched(problem=problem)
        try:
            async with asyncio.timeout(LONGEST_S):
                return await source.fetch(asking)
        except TimeoutError:
            return Fetched((), f"The source was not read completely within {LONGEST_S / 60:.0f} minutes.")

    async def _store(self, source: Source, asking: Asking, read: Read, outcome: Outcome) -> None:
        """Store what is read; then ask about what a complete reading no longer holds."""
        absent = await self._follow_up(source, asking, read)
        found = (*read.readings, *absent.found)
        readings = richest_of_each(found)
        outcome.counts["duplicates"] += len(found) - len(readings)
        prints = await asyncio.to_thread(lambda: {reading.id: fingerprint(reading.state) for reading in readings})
        fresh = [reading for reading in readings if not _is_known(read.heads.get(reading.id), prints[reading.id])]
        outcome.counts["unchanged"] += len(readings) - len(fresh) + len(read.same)
        decider, catching_up = await self._decider(source), await self._is_catching_up(source, asking.now)
        for batch in chunks(fresh, BATCH):
            if source.enrich is not None:
                batch = await source.enrich(asking, batch)
            saves = await decider.decide(batch, prints, outcome, complete=read.complete)
            settled = {id_: read.raw_prints.get(id_) for id_ in decider.settled}
            kept = [replace(save, raw_print=settled.get(save.id), catching_up=catching_up) for save in saves]
            await self._save(kept, outcome)
        await self._save(await closings_of(self.store, absent.gone, asking.now), outcome)
        known = {reading.id for reading in readings} - {reading.id for reading in fresh}
        await self._mark(read, readings, absent, settled=known | decider.settled)

    async def _is_catching_up(self, source: Source, now: datetime) -> bool:
        """Whether what is new here may be old news: a first harvest, or the first complete one for a week."""
        last = await self.harvests.last_of(source.name, complete=True)
        return last is None or last.finished_at is None or now - last.finished_at > CATCHING_UP_AFTER

    async def _follow_up(self, source: Source, asking: Asking, read: Read) -> Absent:
        if not read.complete or not read.vanished:
            return Absent()
        heads = {head.key: (id_, head) for id_, head in read.heads.items()}
        return await Absent.asked_about(
            source, asking, {key: heads[key] for key in read.vanished}, store=self.store, is_gone=self.is_gone
        )

    async def _save(self, saves: Sequence[Save], outcome: Outcome) -> None:
        """One transaction for all."""
        if not saves:
            return
        now = self.clock()
        async with self.store.database.writing() as connection:
            held = await self.store.save(connection, saves, now)
        for save in held:
            merged = save.merged_into is not None and save.decision.outcome == "new"
            outcome.counts["merged" if merged else save.decision.outcome] += 1
        outcome.counts["overtaken"] += len(saves) - len(held)

    async def _mark(self, read: Read, readings: Sequence[Reading], absent: Absent, *, settled: set[str]) -> None:
        seen = [*(reading.id for reading in readings if reading.id in read.heads), *read.same]
        changed = {
            id_: print_
            for id_, print_ in read.raw_prints.items()
            if id_ in settled and id_ in read.heads and read.heads[id_].raw_print != print_
        }
        async with self.store.database.writing() as connection:
            await self.store.mark_seen(connection, seen, self.clock(), changed)
            await self.store.mark_missed(connection, absent.missed, self.clock())

    async def _decider(self, source: Source) -> Decider:
        released = await self.harvests.released(source.name)
        return Decider(self.store, source.name, self.authority, self.clock, released)


def judge(
    source: Source,
    problem: str | None,
    seen: int,
    filled: Mapping[str, float],
    baseline: Mapping[str, float],
    vanished: int,
    listed: int,
    *,
    may_be_empty: bool = False,
) -> Judged:
    """Whether a harvest is complete, and whether what it read may be stored."""
    missing = missing_fields(filled, baseline or source.usual, rows=seen if filled else 0)
    if missing:
        sentence = f"Fields usually filled are now empty (field baseline): {', '.join(missing)}. Nothing was stored."
        return Judged(sentence, usable=False)
    lack = None if may_be_empty else lacking(seen, vanished, listed)
    return Judged(problem or lack, usable=True)


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
    return Harvester(
        store,
        HarvestStore(context.database),
        settings,
        context.clock,
        authority=authorities(sources_of(settings)),
        is_gone=OwnPages(context.clock, settings.contact).is_gone,
    )
