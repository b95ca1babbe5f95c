"""The budget of one topic, out of an overview that covers its whole call."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """Euros for one project."""

    smallest_eur: int | None = None
    largest_eur: int | None = None


def budget_of(overview: str | None, identifier: str) -> Budget:
    """What one project of this identifier may receive; nothing when the overview does not say it.

    Only lines of the identifier count, and only their contributions: year amounts are the call's envelope, which
    joint undertakings repeat on each line.
    """
    try:
        tree = json.loads(overview) if overview else None
    except (ValueError, RecursionError):
        return Budget()
    smallest, largest = [], []
    for line in _lines(tree):
        if str(line.get("action", "")).split(" - ")[0].strip() == identifier:
            smallest.append(_euros(line.get("minContribution")))
            largest.append(_euros(line.get("maxContribution")))
    low = [amount for amount in smallest if amount]
    high = [amount for amount in largest if amount]
    return Budget(min(low, default=None), max(high, default=None))


def _lines(tree: object) -> Iterator[Mapping[str, object]]:
    actions = tree.get("budgetTopicActionMap") if isinstance(tree, dict) else None
    for lines in actions.values() if isinstance(actions, dict) else ():
        yield from (line for line in lines if isinstance(line, dict)) if isinstance(lines, list) else ()


def _euros(value: object) -> int | None:
    """An amount, which the source gives as a number or as a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        return None
