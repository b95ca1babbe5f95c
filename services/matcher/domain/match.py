"""A match: a decision on one pair as it was told, with the four versions and the moment it was computed from."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.events import MAX_PAIRS_PER_FACT, Pair, Term

MAX_TERMS_TOLD = 8
MAX_BYTES_OF_PAIRS = 200_000
SCORE_THAT_MOVED = 0.05

Key = tuple[str, str]


@dataclass(frozen=True)
class Match:
    """One version of a pair: matched, or no longer."""

    opportunity_id: str
    opportunity_version: int
    profile_id: str
    profile_version: int
    version: int
    model_version: int
    rules_version: int
    decided_at: datetime
    score: float
    matched: bool
    refused_by: str | None
    terms: tuple[Term, ...] = ()
    passage: str = ""

    @property
    def key(self) -> Key:
        return self.opportunity_id, self.profile_id

    def pair(self) -> Pair:
        """As it is told."""
        return Pair(
            opportunity_id=self.opportunity_id,
            opportunity_version=self.opportunity_version,
            profile_id=self.profile_id,
            profile_version=self.profile_version,
            version=self.version,
            score=self.score,
            matched=self.matched,
            refused_by=self.refused_by,
            terms=self.terms,
            passage=self.passage,
        )

    def as_bytes(self) -> bytes:
        """All of it, always in the same bytes, to compare with a replay."""
        content = self.pair().model_dump(mode="json") | {
            "model_version": self.model_version,
            "rules_version": self.rules_version,
            "decided_at": self.decided_at.isoformat(),
        }
        return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()


def is_news(before: Match | None, now: Match) -> bool:
    """Whether a pair must be told: it begins or ceases to match, or is computed from newer words, or moved much."""
    if not now.matched:
        return before is not None and before.matched
    if before is None or not before.matched:
        return True
    if (before.opportunity_version, before.profile_version) != (now.opportunity_version, now.profile_version):
        return True
    return abs(before.score - now.score) >= SCORE_THAT_MOVED


def in_facts(matches: Sequence[Match]) -> Iterator[tuple[Pair, ...]]:
    """The pairs of some matches, in groups that fit in one fact each: 500 pairs and 200 kB at most."""
    group: list[Pair] = []
    size = 0
    for match in matches:
        pair = match.pair()
        weight = len(pair.model_dump_json().encode()) + 1
        if group and (len(group) == MAX_PAIRS_PER_FACT or size + weight > MAX_BYTES_OF_PAIRS):
            yield tuple(group)
            group, size = [], 0
        group.append(pair)
        size += weight
    if group:
        yield tuple(group)
