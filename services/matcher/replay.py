"""Computing a match again from the versions it names: the proof that what was told can be explained."""

import asyncio
from dataclasses import dataclass

from services.matcher.archive import Archive
from services.matcher.domain.decide import JUDGED
from services.matcher.domain.index import Index
from services.matcher.domain.match import Match
from services.matcher.domain.model import Model
from services.matcher.domain.rules import RuleSet
from services.matcher.store import Store
from shared.events import OpportunityState, ProfileState

CLOSED = "status"


class CannotReplay(LookupError):
    """A version the match names is gone: the profile was erased."""


@dataclass(frozen=True)
class Replayer:
    """Recomputes matches; compare `as_bytes` of both."""

    store: Store
    archive: Archive

    async def replay(self, match: Match) -> Match:
        """The match as its versions make it. Raises CannotReplay."""
        states = await self.store.states_of(match)
        rules = await self.archive.read_rules(match.rules_version)
        if states is None or rules is None:
            raise CannotReplay(f"{match.opportunity_id} × {match.profile_id}, version {match.version}")
        model = await self.archive.read_model(match.model_version)
        return await asyncio.to_thread(compute_again, match, *states, model, rules)


def compute_again(
    match: Match, opportunity: OpportunityState, profile: ProfileState, model: Model, rules: RuleSet
) -> Match:
    """One pair decided alone, at the moment it was."""
    if match.refused_by == CLOSED:  # a closing tells no state: it may bear the version of the open one
        opportunity = opportunity.model_copy(update={"status": "closed"})
    index = Index(model, rules, rules_version=match.rules_version)
    if match.refused_by == JUDGED:  # what people answer is told apart from the four versions
        index.judged = {match.key}
    earlier = None
    found = index.match(index.read_opportunity(opportunity), index.read_profile(profile), match.decided_at, earlier)
    return Match(**{**vars(found), "version": match.version})
