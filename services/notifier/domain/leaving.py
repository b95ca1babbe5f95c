"""Whether a mail may still leave, decided at its point of no return from what is true at that moment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DotOutcome = Literal["dot", "cancelled", "stale", "paused", "lost"]


@dataclass(frozen=True)
class Shown:
    """One opportunity a mail shows: in which version, for which subscription, told as what."""

    opportunity_id: str
    version: int
    subscription_id: str
    kind: str

    def as_row(self) -> list[object]:
        return [self.opportunity_id, self.version, self.subscription_id, self.kind]


@dataclass(frozen=True)
class Now:
    """An opportunity as it is now."""

    version: int
    is_open: bool


@dataclass(frozen=True)
class Decision:
    """`reason` goes with a mail that is cancelled, `until` with one that waits for the end of a pause."""

    outcome: DotOutcome
    reason: str | None = None
    until: datetime | None = None


DOT, STALE = Decision("dot"), Decision("stale")


def decide(
    shown: Sequence[Shown],
    *,
    frozen: bool,
    active: Collection[str],
    now: Mapping[str, Now],
    planned: Collection[str],
) -> Decision:
    """`active`: subscriptions that are; `planned`: opportunities the mail is still to tell.

    What has become partly untrue is written again. A frozen mail may have been accepted once, so it changes no more:
    it goes as it is while all its recipients still want it and something in it is still true.
    """
    wanted = [each for each in shown if each.subscription_id in active]
    if shown and (not wanted or (frozen and len(wanted) < len(shown))):
        return Decision("cancelled", "unsubscribed")
    true = [each for each in wanted if _is_true(each, now)]
    if shown and not true and len(wanted) == len(shown):
        return Decision("cancelled", "closed")
    if frozen:
        return DOT
    same = len(true) == len(shown) and all(
        now[each.opportunity_id].version == each.version and each.opportunity_id in planned for each in true
    )
    return DOT if same else STALE


def _is_true(shown: Shown, now: Mapping[str, Now]) -> bool:
    """That one is closed is told only while it is, all else only while it is open."""
    known = now.get(shown.opportunity_id)
    return known is not None and known.is_open == (shown.kind != "closed")
