"""What staff decide about what was collected: let through what was set aside, split what was taken for one."""

from dataclasses import dataclass

from services.ingest.domain.changes import decide
from services.ingest.domain.merging import as_own, unlinked
from services.ingest.domain.readings import fingerprint
from services.ingest.harvest_store import HarvestStore
from services.ingest.store import Save, Store
from shared.clock import Clock


@dataclass(frozen=True)
class WatchDesk:
    """Decisions with what they need; each answers None when done, else a code why not."""

    store: Store
    harvests: HarvestStore
    clock: Clock

    async def release(self, source: str, key: str, reason: str) -> str | None:
        """Store what a record set aside says, as if it had been found sound; refused: `unknown`, `unreadable`."""
        found = await self.harvests.set_aside(source, key, reason)
        if found is None:
            return "unknown"
        detail, state = found
        if state is None:
            return "unreadable"
        now = self.clock()
        known = (await self.store.known([state.id])).get(state.id)
        decision = decide(known, state, now)
        async with self.store.database.writing() as connection:
            await self.harvests.release(connection, source, key, reason, detail, now)
            if decision.state is not None:
                upon = known.state.version if known else 0
                merged = known.merged_into if known else None
                save = Save(state.id, source, key, upon, decision, fingerprint(state), merged_into=merged)
                await self.store.save(connection, [save], now)
        return None

    async def split(self, opportunity_id: str) -> str | None:
        """Tell by itself what was taken for another one, for good. refused: `not_merged`."""
        known = (await self.store.known([opportunity_id])).get(opportunity_id)
        if known is None or known.merged_into is None:
            return "not_merged"
        primary_id, now = known.merged_into, self.clock()
        primary = (await self.store.known([primary_id])).get(primary_id)
        key = await self.store.key_of(opportunity_id)
        saves = (
            [Save(opportunity_id, known.state.source, key, known.state.version, as_own(known))] if known.live else []
        )
        if primary is not None:
            without = unlinked(primary, known.state.source, key)
            if without.state is not None:
                saves.append(Save(primary_id, primary.state.source, "", primary.state.version, without))
        async with self.store.database.writing() as connection:
            await self.store.keep_apart(connection, (opportunity_id, primary_id), now)
            await self.store.save(connection, saves, now)
            await self.store.separate(connection, opportunity_id, primary_id)
        return None
