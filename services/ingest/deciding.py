"""From readings to what is stored: news, changes, ends, copies of what another source tells, and what is strange."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.ingest.domain.changes import Decision, Known, decide, strangeness
from services.ingest.domain.duplicates import Candidates, traits_of
from services.ingest.domain.merging import Authority, is_outranked, joined, link_to, linked, with_dates_of
from services.ingest.domain.readings import Reading, Refused
from services.ingest.store import Save, Store
from shared.clock import Clock

Released = frozenset[tuple[str, str, str]]


@dataclass
class Outcome:
    """What became of the rows."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)

    def refuse(self, refused: Refused) -> None:
        self.refused.append(refused)
        self.counts["ghosts" if refused.reason == "ghost" else "quarantined"] += 1


@dataclass
class Decider:
    """Decides on the readings of one harvest; nothing is stored here.

    `released`: key, reason and detail of what staff let through. `authority`: whose dates count.
    `settled` gathers the ids whose records need no second look as long as they stay the same.
    """

    store: Store
    source: str
    authority: Authority
    clock: Clock
    released: Released = frozenset()
    settled: set[str] = field(default_factory=set)
    _others: Candidates | None = None
    _linked: set[str] = field(default_factory=set)

    async def decide(
        self, batch: Sequence[Reading], prints: Mapping[str, str], outcome: Outcome, *, complete: bool
    ) -> list[Save]:
        """What to store of some readings, and of the opportunities they are copies of."""
        known = await self.store.known([reading.id for reading in batch])
        saves: list[Save] = []
        copies: list[tuple[str, Reading]] = []
        for reading in batch:
            before = known.get(reading.id)
            if before is not None and (strange := self._refusal(before, reading)):
                outcome.refuse(strange)
                continue
            decision = self._decision(before, reading)
            if decision.state is None or (decision.outcome == "closed" and not complete):
                outcome.counts["past" if decision.outcome == "past" else "unchanged"] += 1
                if decision.outcome == "unchanged" and before is not None and not before.is_flapping(self.clock()):
                    self.settled.add(reading.id)
                continue
            if before is None or not before.is_flapping(self.clock()):
                self.settled.add(reading.id)
            merged_into = before.merged_into if before else await self._told_elsewhere(reading)
            upon = before.state.version if before else 0
            save = Save(
                reading.id, self.source, reading.key, upon, decision, prints[reading.id], merged_into=merged_into
            )
            saves.append(save)
            if merged_into is not None:
                copies.append((merged_into, reading))
        return [*saves, *await self._decide_on_originals(copies)]

    def _refusal(self, before: Known, reading: Reading) -> Refused | None:
        strange = strangeness(before, reading.state)
        if strange is None or (reading.key, *strange) in self.released:
            return None
        return Refused(reading.key, *strange, reading=reading)

    def _decision(self, before: Known | None, reading: Reading) -> Decision:
        read = reading.state
        if before is not None and is_outranked(before.state, self.source, self.authority):
            read = with_dates_of(read, before.state)
        return decide(before, read, self.clock())

    async def _told_elsewhere(self, reading: Reading) -> str | None:
        """The opportunity of another source that this new reading is a copy of."""
        if self._others is None:
            self._others = await self._read_others()
        if not self._others:
            return None
        found = await asyncio.to_thread(self._others.same_as, traits_of(reading.state, reading.key))
        if found is None or found in self._linked:
            return None  # a source tells of an opportunity once: a second copy is something else
        one, other = sorted((found, reading.id))
        if (one, other) in await self.store.kept_apart():
            return None
        self._linked.add(found)
        return found

    async def _read_others(self) -> Candidates:
        keyed = await self.store.told_by_others(self.source)
        self._linked |= {state.id for _, state in keyed if any(link.source == self.source for link in state.links)}
        return await asyncio.to_thread(Candidates.of, keyed)

    async def _decide_on_originals(self, copies: Sequence[tuple[str, Reading]]) -> list[Save]:
        """What the copies mean for the opportunities that are told: a link, and dates where the copy knows better."""
        originals = await self.store.known([id_ for id_, _ in copies])
        saves = []
        for id_, reading in copies:
            if (original := originals.get(id_)) is None:
                continue
            decision = linked(original, link_to(self.source, reading))
            if self.authority.get(self.source, 0) > self.authority.get(original.state.source, 0):
                dated = with_dates_of(original.state, reading.state)
                decision = joined(decision, decide(original, dated, self.clock()))
            if decision.state is not None:
                saves.append(Save(id_, original.state.source, "", original.state.version, decision))
        return saves
