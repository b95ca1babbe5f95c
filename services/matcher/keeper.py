"""The index in memory, kept equal to the database however many replicas write to it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.matcher.archive import Archive
from services.matcher.domain.index import Index
from services.matcher.domain.match import Key
from services.matcher.domain.model import Model
from services.matcher.domain.rules import RuleSet
from services.matcher.judgements import Judgement, Judgements
from services.matcher.store import InForce, OpportunityHead, ProfileHead, Stale, Store

log = logging.getLogger(__name__)

MAX_PREPARATIONS = 20


@dataclass
class Snapshot:
    """What the index was made of: the pointer, and the version of every state ever heard, closed ones included."""

    index: Index
    pointer: InForce
    opportunities: dict[str, OpportunityHead] = field(default_factory=dict)
    profiles: dict[str, ProfileHead] = field(default_factory=dict)
    judgements: dict[Key, Judgement] = field(default_factory=dict)


class Keeper:
    """Hands the snapshot to one user at a time, after a look at what others wrote since."""

    def __init__(self, store: Store, archive: Archive) -> None:
        self.store = store
        self.archive = archive
        self.judgements = Judgements(store.database)
        self._lock = asyncio.Lock()
        self._snapshot: Snapshot | None = None

    @asynccontextmanager
    async def fresh(self) -> AsyncIterator[Snapshot]:
        """The snapshot as the database is now; nobody else in this process changes it meanwhile."""
        async with self._lock:
            yield await self._refreshed()

    async def attempts(self) -> AsyncIterator["Attempt"]:
        """Prepare and write, again as long as another replica wrote in between.

        Use: `async for attempt in keeper.attempts(): async with attempt as snapshot: …`
        """
        for _ in range(MAX_PREPARATIONS):
            attempt = Attempt(self)
            yield attempt
            if attempt.is_done:
                return
        raise Stale("other replicas wrote before each of our attempts")

    async def _refreshed(self) -> Snapshot:
        async with self.store.database.reading() as connection:
            pointer = await self.store.read_in_force(connection)
            if pointer is None or not pointer.model_version or not pointer.rules_version:
                raise Stale("no model and rules are in force yet")
            known = self._snapshot
            if known is not None and known.pointer == pointer:
                return known
            since = known.pointer.change if known else -1
            opportunities, profiles = await self.store.heads_since(connection, since)
            judged = await self.judgements.since(connection, since)
        model, rules = await self._in_force(pointer)
        self._snapshot = await asyncio.to_thread(_updated, known, pointer, model, rules, opportunities, profiles)
        for judgement in judged:
            _place_judgement(self._snapshot, judgement)
        return self._snapshot

    async def _in_force(self, pointer: InForce) -> tuple[Model, RuleSet]:
        """The model and rules pointed to, from memory where they are the same."""
        index = self._snapshot.index if self._snapshot else None
        model = index.model if index and index.model.version == pointer.model_version else None
        rules = index.rules if index and index.rules_version == pointer.rules_version else None
        model = model or await self.archive.read_model(pointer.model_version)
        rules = rules or await self.archive.read_rules(pointer.rules_version)
        if rules is None:
            raise LookupError(f"rule set {pointer.rules_version} is in force but not there")
        return model, rules


class Attempt:
    """One try at preparing on a fresh snapshot and writing; `Stale` within means that it is to be tried again."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._held = keeper.fresh()
        self.is_done = False

    async def __aenter__(self) -> Snapshot:
        return await self._held.__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        await self._held.__aexit__(None, None, None)
        self.is_done = kind is None
        if kind is not None and issubclass(kind, Stale):
            log.info("another replica wrote first, deciding again")
            return True
        return False


def _updated(
    known: Snapshot | None,
    pointer: InForce,
    model: Model,
    rules: RuleSet,
    opportunities: list[OpportunityHead],
    profiles: list[ProfileHead],
) -> Snapshot:
    """The snapshot after some changes; the old one keeps no promise once this is called."""
    if known is None:
        snapshot = Snapshot(Index(model, rules, rules_version=pointer.rules_version), pointer)
    else:
        index, before = known.index, known.pointer
        same = (before.model_version, before.rules_version) == (pointer.model_version, pointer.rules_version)
        index = index if same else index.under(model, rules, rules_version=pointer.rules_version)
        snapshot = Snapshot(index, pointer, known.opportunities, known.profiles, known.judgements)
    for call in opportunities:
        _place_opportunity(snapshot, call)
    for profile in profiles:
        _place_profile(snapshot, profile)
    return snapshot


def _place_opportunity(snapshot: Snapshot, head: OpportunityHead) -> None:
    snapshot.opportunities[head.id] = head
    shelf = snapshot.index.opportunities
    if head.is_closed or head.state is None:
        shelf.drop(head.id)
    elif head.id not in shelf.entries or shelf.entries[head.id].state != head.state:
        snapshot.index.put_opportunity(head.state)


def _place_profile(snapshot: Snapshot, head: ProfileHead) -> None:
    snapshot.profiles[head.id] = head
    shelf = snapshot.index.profiles
    if head.is_removed or head.state is None:
        shelf.drop(head.id)
    elif head.id not in shelf.entries or shelf.entries[head.id].state != head.state:
        snapshot.index.put_profile(head.state)


def _place_judgement(snapshot: Snapshot, judgement: Judgement) -> None:
    snapshot.judgements[judgement.key] = judgement
    judged = snapshot.index.judged
    (judged.add if judgement.is_refusal else judged.discard)(judgement.key)
