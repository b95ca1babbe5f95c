"""Whether a harvest can be believed: sentences about what is wrong with it as a whole."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ENOUGH_ROWS = 10
FEWEST_SHARE = 0.7


@dataclass(frozen=True)
class Baseline:
    """What the last complete harvest of a source was like: rows seen, and the share of rows that filled each field."""

    seen: int
    filled: Mapping[str, float]


def filled_shares(filled: Sequence[frozenset[str]]) -> dict[str, float]:
    """For each field, the share of rows where it had a value."""
    counts = Counter(field for row in filled for field in row)
    return {field: round(count / len(filled), 4) for field, count in sorted(counts.items())} if filled else {}


def missing_fields(filled: Mapping[str, float], expected: Mapping[str, float], *, rows: int) -> list[str]:
    """Fields that were usual and are now gone or halved: the source has probably renamed them."""
    if rows < ENOUGH_ROWS:
        return []
    return sorted(field for field, share in expected.items() if share >= 0.3 and filled.get(field, 0.0) < share / 2)


def too_few(seen: int, baseline: Baseline | None) -> str | None:
    """A sentence when a well-formed answer holds far less than there was."""
    if seen == 0:
        return "The source answered without a single row."
    if baseline is not None and baseline.seen >= ENOUGH_ROWS and seen < baseline.seen * FEWEST_SHARE:
        return f"The source gave {seen} rows where there were {baseline.seen}."
    return None
