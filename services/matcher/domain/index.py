"""The index: who is this opportunity for, and what is there for this profile?

Holds every open opportunity and every profile, read and weighted by one model and one rule set, and the pairs whose
organisation said that it is not for them (`judged`). This is the one interface behind which quality and speed may
change. It decides; it neither stores nor tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from services.matcher.domain.analyser import analyser_of
from services.matcher.domain.decide import Decision, boost, decide
from services.matcher.domain.document import Document, Terms, read_opportunity, read_profile
from services.matcher.domain.explain import best_passage, explain
from services.matcher.domain.lexicon import lexicon_text
from services.matcher.domain.match import MAX_TERMS_TOLD, Key, Match
from services.matcher.domain.model import Model, fit
from services.matcher.domain.rows import (
    Row,
    TermWeights,
    cosines,
    least_cosine,
    matrix,
    weigh_opportunity,
    weigh_profile,
)
from services.matcher.domain.rules import RuleSet
from shared.events import OpportunityState, ProfileState, Term

S = TypeVar("S", OpportunityState, ProfileState)


@dataclass(frozen=True)
class Entry(Generic[S]):
    """A state as the index holds it; below the cosine `needs`, a profile cannot reach the threshold."""

    state: S
    document: Document
    row: Row
    needs: float = 0.0


@dataclass(frozen=True)
class LinedUp(Generic[S]):
    """Entries in order, the matrix of their rows (n, n_terms), and the cosine each needs (n,)."""

    entries: tuple[Entry[S], ...]
    rows: csr_matrix
    needs: NDArray[np.float64]


class Shelf(Generic[S]):
    """Entries of one sort by id, and their matrix, made again when an entry has changed since."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry[S]] = {}
        self._lined_up: LinedUp[S] | None = None

    def put(self, entry: Entry[S]) -> None:
        self.entries[entry.state.id] = entry
        self._lined_up = None

    def drop(self, state_id: str) -> None:
        if self.entries.pop(state_id, None) is not None:
            self._lined_up = None

    def lined_up(self, n_terms: int) -> LinedUp[S]:
        """All of them, ready to be compared with one."""
        if self._lined_up is None:
            entries = tuple(self.entries.values())
            needs = np.array([entry.needs for entry in entries])
            self._lined_up = LinedUp(entries, matrix([entry.row for entry in entries], n_terms), needs)
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
        self.judged: set[Key] = set()
        self._weights = TermWeights(np.zeros(0), np.zeros(0))
        self._latest: Entry[OpportunityState] | None = None  # decided first, put soon after: read once

    def read_opportunity(self, state: OpportunityState) -> Entry[OpportunityState]:
        """An opportunity as the index would hold it."""
        latest = self._latest
        if latest is not None and latest.state == state:
            return latest
        weights = self.rules.field_weights
        document = read_opportunity(state, analyser=self.model.analyser, weights=weights, terms=self.terms)
        self._latest = self._opportunity(state, document)
        return self._latest

    def read_profile(self, state: ProfileState) -> Entry[ProfileState]:
        """A profile as the index would hold it."""
        return self._profile(state, read_profile(state, analyser=self.model.analyser, terms=self.terms))

    def put_opportunity(self, state: OpportunityState) -> None:
        self.opportunities.put(self.read_opportunity(state))

    def put_profile(self, state: ProfileState) -> None:
        self.profiles.put(self.read_profile(state))

    def under(self, model: Model, rules: RuleSet, *, rules_version: int) -> "Index":
        """The same opportunities and profiles under another model or rule set; this index is left as it is.

        Texts are read again only when what they are read with has changed.
        """
        index = Index(model, rules, rules_version=rules_version)
        index.judged = self.judged
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
            index.opportunities.put(index._opportunity(opportunity.state, opportunity.document))
        for profile in profiles:
            index.profiles.put(index._profile(profile.state, profile.document))
        return index

    def fit(self, lexicon: str | None = None) -> Model:
        """A new model of what is here, read with a lexicon: the shipped one when none is given."""
        lexicon = lexicon_text() if lexicon is None else lexicon
        if self.model.lexicon != lexicon:
            reader = fit([], Terms(), analyser=analyser_of(lexicon))
            return self.under(reader, self.rules, rules_version=self.rules_version).fit(lexicon)
        documents = [entry.document for entry in self.opportunities.entries.values()]
        return fit(documents, self.terms, analyser=self.model.analyser)

    def who_is_it_for(
        self, opportunity: Entry[OpportunityState], now: datetime, *, before: Mapping[str, Match]
    ) -> list[Match]:
        """Decisions on one opportunity: every profile it matches, and every one told `before`."""
        profiles = self.profiles.lined_up(len(self.terms))
        close = cosines(opportunity.row, profiles.rows) * boost(opportunity.state, self.rules)
        enough = close >= profiles.needs
        chosen = [profile for n, profile in enumerate(profiles.entries) if enough[n] or profile.state.id in before]
        return [self.match(opportunity, profile, now, before.get(profile.state.id)) for profile in chosen]

    def what_is_there_for(
        self, profile: Entry[ProfileState], now: datetime, *, before: Mapping[str, Match]
    ) -> list[Match]:
        """Decisions on one profile: every opportunity that matches it, and every one told `before`."""
        opportunities = self.opportunities.lined_up(len(self.terms))
        boosts = np.array([boost(opportunity.state, self.rules) for opportunity in opportunities.entries])
        enough = cosines(profile.row, opportunities.rows) * boosts >= profile.needs
        chosen = [
            opportunity
            for n, opportunity in enumerate(opportunities.entries)
            if enough[n] or opportunity.state.id in before
        ]
        return [self.match(opportunity, profile, now, before.get(opportunity.state.id)) for opportunity in chosen]

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
        """The decision on one pair, as what its organisation last said of it has it."""
        return decide(
            opportunity.state,
            profile.state,
            opportunity_row=opportunity.row,
            profile_row=profile.row,
            calibration=self.model.calibration,
            rules=self.rules,
            now=now,
            is_judged=(opportunity.state.id, profile.state.id) in self.judged,
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
        profiles = self.profiles.lined_up(len(self.terms))
        found = {}
        for opportunity in list(self.opportunities.entries.values()):
            close = cosines(opportunity.row, profiles.rows) * boost(opportunity.state, self.rules)
            for n in np.flatnonzero(close >= profiles.needs).tolist():
                profile = profiles.entries[n]
                decision = self.decide(opportunity, profile, now)
                if decision.matched:
                    found[opportunity.state.id, profile.state.id] = decision
        return found

    def _known(self) -> TermWeights:
        if len(self._weights.idf) < len(self.terms):
            self._weights = self.model.weights_of(self.terms)
        return self._weights

    def _opportunity(self, state: OpportunityState, document: Document) -> Entry[OpportunityState]:
        return Entry(state, document, weigh_opportunity(document, self._known()))

    def _profile(self, state: ProfileState, document: Document) -> Entry[ProfileState]:
        row = weigh_profile(document, self._known())
        needed = self.model.calibration.least_closeness(self.rules.threshold, row.spread)
        return Entry(state, document, row, least_cosine(needed, row.words))


def _told_terms(decision: Decision) -> tuple[Term, ...]:
    heaviest = explain(decision.shared)[:MAX_TERMS_TOLD]
    return tuple(term.model_copy(update={"share": round(term.share, 4)}) for term in heaviest)
