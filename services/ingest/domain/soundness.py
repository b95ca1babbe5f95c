"""Whether a harvest can be believed: sentences about what is wrong with it as a whole."""

from collections import Counter
from collections.abc import Mapping, Sequence

ENOUGH_ROWS = 10
FEW, FEW_SHARE = 5, 0.1
MANY_VANISHED = "vanished at once"


def filled_shares(filled: Sequence[frozenset[str]]) -> dict[str, float]:
    """For each field, the share of rows where it had a value."""
    counts = Counter(field for row in filled for field in row)
    return {field: round(count / len(filled), 4) for field, count in sorted(counts.items())} if filled else {}


def missing_fields(filled: Mapping[str, float], expected: Mapping[str, float], *, rows: int) -> list[str]:
    """Fields that were usual and are now gone or halved: the source has probably renamed them."""
    if rows < ENOUGH_ROWS:
        return []
    return sorted(field for field, share in expected.items() if share >= 0.3 and filled.get(field, 0.0) < share / 2)


def too_many_vanished(vanished: int, listed: int) -> bool:
    """Whether so many known ones are missing that the source is more likely wrong than they are over."""
    return vanished > max(FEW, listed * FEW_SHARE)


def lacking(seen: int, vanished: int, listed: int) -> str | None:
    """A sentence when a well-formed answer holds far less than there was.

    `listed` counts the opportunities that should still be there, `vanished` those of them that are not.
    """
    if seen == 0:
        return "The source answered without a single row."
    if too_many_vanished(vanished, listed):
        return f"{vanished} of {listed} opportunities known to be open {MANY_VANISHED}: somebody should look."
    return None
