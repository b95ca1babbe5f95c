"""The index: who is this opportunity for, and what is there for this profile?

Holds every open opportunity and every profile, read and weighted by one model and one rule set. This is the one
interface behind which quality and speed may change. It decides; it neither stores nor tells.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from services.matcher.domain.decide import Decision, boost, decide, least_closeness
from services.matcher.domain.document import Document, Terms, read_opportunity, read_profile
from services.matcher.domain.explain import best_passage, explain
from services.matcher.domain.lexicon import lexicon_text
from services.matcher.domain.match import MAX_TERMS_TOLD, Match
from services.matcher.domain.model import Model, fit
from services.matcher.domain.rows import Row, closeness_to_all, matrix, weigh
from services.matcher.domain.rules import RuleSet
from shared.events import OpportunityState, ProfileState, Term

S = TypeVar("S", OpportunityState, ProfileState)


@dataclass(frozen=True)
class Entry(Generic[S]):
    """A state as the index holds it."""

    state: S
    document: Document
    row: Row


class Shelf(Generic[S]):
    """Entries of one sort by id, and their matrix, made again when an entry has changed since."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry[S]] = {}
        self._lined_up: tuple[tuple[Entry[S], ...], csr_matrix] | None = None

    def put(self, entry: Entry[S]) -> None:
        self.entries[entry.state.id] = entry
        self._lined_up = None

    def drop(self, state_id: str) -> None:
        if self.entries.pop(state_id, None) is not None:
            self._lined_up = None

    def lined_up(self, n_terms: int) -> tuple[tuple[Entry[S], ...], csr_matrix]:
        """The entries in order, and the matrix of their rows in that order."""
        if self._lined_up is None:
            entries = tuple(self.entries.values())
            self._lined_up = entries, matrix([entry.row for entry in entries], n_terms)
        return self._lined_up


class Index:
    """All that can be matched now, under one model and one rule set."""

    def __init__(self, model: Model, rules: RuleSet, *, rules_version: int) -> None:
        self.model = model
        self.rules = rules
        self.rules_version = rules_version
        self.terms = Terms()
        self.opportunities: Shelf[OpportunityState] = Shelf()
        self.profiles: Shelf[ProfileState] = Shelf()
        self._idf: NDArray[np.float64] = np.zeros(0)
        self._latest: Entry[OpportunityState] | None = None  # decided first, put soon after: read once

    def read_opportunity(self, state: OpportunityState) -> Entry[OpportunityState]:
        """An opportunity as the index would hold it."""
        latest = self._latest
        if latest is not None and latest.state == state:
            return latest
        weights = self.rules.field_weights
        document = read_opportunity(state, analyser=self.model.analyser, weights=weights, terms=self.terms)
        self._latest = self._entry(state, document)
        return self._latest

    def read_profile(self, state: ProfileState) -> Entry[ProfileState]:
        """A profile as the index would hold it."""
        return self._entry(state, read_profile(state, analyser=self.model.analyser, terms=self.terms))

    def put_opportunity(self, state: OpportunityState) -> None:
        self.opportunities.put(self.read_opportunity(state))

    def put_profile(self, state: ProfileState) -> None:
        self.profiles.put(self.read_profile(state))

    def under(self, model: Model, rules: RuleSet, *, rules_version: int) -> "Index":
        """The same opportunities and profiles under another model or rule set; this index is left as it is.

        Texts are read again only when what they are read with has changed.
        """
        index = Index(model, rules, rules_version=rules_version)
        reads_the_same = model.lexicon == self.model.lexicon and rules.field_weights == self.rules.field_weights
        opportunities, profiles = list(self.opportunities.entries.values()), list(self.profiles.entries.values())
        if not reads_the_same:
            for opportunity in opportunities:
                index.put_opportunity(opportunity.state)
            for profile in profiles:
                index.put_profile(profile.state)
            return index
        index.terms = self.terms
        for opportunity in opportunities:
            index.opportunities.put(index._entry(opportunity.state, opportunity.document))
        for profile in profiles:
            index.profiles.put(index._entry(profile.state, profile.document))
        return index

    def fit(self) -> Model:
        """A new model of what is here, read with the lexicon of today."""
        if self.model.lexicon != lexicon_text():
            return self.under(fit([], [], Terms()), self.rules, rules_version=self.rules_version).fit()
        opportunities = [entry.document for entry in self.opportunities.entries.values()]
        return fit(opportunities, [entry.document for entry in self.profiles.entries.values()], self.terms)

    def who_is_it_for(
        self, opportunity: Entry[OpportunityState], now: datetime, *, before: Mapping[str, Match]
    ) -> list[Match]:
        """Decisions on one opportunity: every profile it matches, and every one told `before`."""
        profiles, rows = self.profiles.lined_up(len(self.terms))
        close = closeness_to_all(opportunity.row, rows) * boost(opportunity.state, self.rules)
        at = self._worth_deciding(close, (profile.state.id for profile in profiles), before)
        return [self.match(opportunity, profiles[n], now, before.get(profiles[n].state.id)) for n in at]

    def what_is_there_for(
        self, profile: Entry[ProfileState], now: datetime, *, before: Mapping[str, Match]
    ) -> list[Match]:
        """Decisions on one profile: every opportunity that matches it, and every one told `before`."""
        opportunities, rows = self.opportunities.lined_up(len(self.terms))
        close = closeness_to_all(profile.row, rows)
        if self.rules.programme_boosts or self.rules.theme_boosts:
            close = close * np.array([boost(opportunity.state, self.rules) for opportunity in opportunities])
        at = self._worth_deciding(close, (opportunity.state.id for opportunity in opportunities), before)
        return [self.match(opportunities[n], profile, now, before.get(opportunities[n].state.id)) for n in at]

    def match(
        self, opportunity: Entry[OpportunityState], profile: Entry[ProfileState], now: datetime, before: Match | None
    ) -> Match:
        """The decision on one pair as a match of the version after `before`; reasons only when it matches."""
        decision = self.decide(opportunity, profile, now)
        return Match(
            opportunity_id=opportunity.state.id,
            opportunity_version=opportunity.state.version,
            profile_id=profile.state.id,
            profile_version=profile.state.version,
            version=before.version + 1 if before else 1,
            model_version=self.model.version,
            rules_version=self.rules_version,
            decided_at=now,
            score=decision.score,
            matched=decision.matched,
            refused_by=decision.refused_by,
            terms=_told_terms(decision) if decision.matched else (),
            passage=self.passage(opportunity.state, decision) if decision.matched else "",
        )

    def decide(self, opportunity: Entry[OpportunityState], profile: Entry[ProfileState], now: datetime) -> Decision:
        return decide(
            opportunity.state,
            profile.state,
            opportunity_row=opportunity.row,
            profile_row=profile.row,
            rules=self.rules,
            now=now,
        )

    def passage(self, state: OpportunityState, decision: Decision) -> str:
        """The passage of an opportunity that a decision rests on most."""
        return best_passage(
            state,
            decision.shared,
            analyser=self.model.analyser,
            weights=self.rules.field_weights,
            terms=self.terms,
        )

    def matched_pairs(self, now: datetime) -> dict[tuple[str, str], Decision]:
        """Every pair that matches, without its reasons in words: for previews."""
        profiles, rows = self.profiles.lined_up(len(self.terms))
        found = {}
        for opportunity in list(self.opportunities.entries.values()):
            close = closeness_to_all(opportunity.row, rows) * boost(opportunity.state, self.rules)
            for n in self._worth_deciding(close, (profile.state.id for profile in profiles), {}):
                decision = self.decide(opportunity, profiles[n], now)
                if decision.matched:
                    found[opportunity.state.id, profiles[n].state.id] = decision
        return found

    def _worth_deciding(self, close: NDArray[np.float64], ids: Iterable[str], before: Mapping[str, Match]) -> list[int]:
        enough = close >= least_closeness(self.rules.threshold)
        if before:
            enough = enough | np.array([state_id in before for state_id in ids], dtype=bool)
        return [int(n) for n in np.flatnonzero(enough)]

    def _entry(self, state: S, document: Document) -> Entry[S]:
        if len(self._idf) < len(self.terms):
            self._idf = self.model.weights_of(self.terms)
        return Entry(state, document, weigh(document, self._idf))


def _told_terms(decision: Decision) -> tuple[Term, ...]:
    heaviest = explain(decision.shared)[:MAX_TERMS_TOLD]
    return tuple(term.model_copy(update={"share": round(term.share, 4)}) for term in heaviest)
