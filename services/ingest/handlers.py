"""What ingest does with the facts it hears: organisations become profiles."""

import logging
from dataclasses import dataclass

from services.ingest.domain.communes import Gazetteer, facts_of_place
from services.ingest.profile_store import ProfileStore
from shared.clock import Clock
from shared.events import OrganisationDeclared, OrganisationState, OrganisationWithdrawn, ProfileState

log = logging.getLogger(__name__)


def described(organisation: OrganisationState, places: Gazetteer) -> ProfileState:
    """An organisation in its own words, with what the reference tables know of its place.

    The profile has the organisation's version, so that any order of facts ends in the same state.
    """
    commune = places.with_insee(organisation.insee) if organisation.insee else None
    whole = places.intercommunality(organisation.name) if organisation.kind == "commune" else None
    return ProfileState.model_validate({**organisation.model_dump(), **facts_of_place(commune, whole)})


@dataclass(frozen=True)
class Handlers:
    """Handlers with what they need. Versions and tombstones make repeats and reorderings harmless."""

    store: ProfileStore
    places: Gazetteer
    clock: Clock

    async def on_organisation_declared(self, fact: OrganisationDeclared) -> None:
        profile = described(fact.organisation, self.places)
        async with self.store.database.writing() as connection:
            if not await self.store.outbox.is_new(connection, fact):
                return
            known = (await self.store.known(connection, [profile.id])).get(profile.id)
            if known is not None and profile.version <= known.version:
                return
            await self.store.describe(connection, [profile], "portal", self.clock())
        log.info("a profile was described", extra={"profile_id": profile.id, "version": profile.version})

    async def on_organisation_withdrawn(self, fact: OrganisationWithdrawn) -> None:
        """Remove a profile; a withdrawal that arrives before its declaration leaves a tombstone for it."""
        async with self.store.database.writing() as connection:
            if not await self.store.outbox.is_new(connection, fact):
                return
            known = (await self.store.known(connection, [fact.organisation_id])).get(fact.organisation_id)
            if known is not None and (
                fact.version < known.version or (known.state is None and fact.version == known.version)
            ):
                return
            await self.store.remove(connection, [(fact.organisation_id, fact.version)], "portal", self.clock())
        log.info("a profile was removed", extra={"profile_id": fact.organisation_id, "version": fact.version})
