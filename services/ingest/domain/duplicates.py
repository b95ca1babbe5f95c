"""Whether two sources tell of the same opportunity: by identifiers, else by title, dates and text together.

A merge hides one of the two from people, so a doubt keeps them apart. Records of one source are never compared: its own
identifiers tell them apart, and sources do repeat a description over several calls.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Self

from rapidfuzz import fuzz

from services.ingest.domain.deadlines import brussels_day
from services.ingest.domain.words import folded
from shared.events import OpportunityState

# A topic or call id: HORIZON-CL6-2027-FARM2FORK-01-3, CERV-2027-CITIZENS-TOWN, LIFE-2027-SAP; a PROSPECT reference.
_CODE = re.compile(
    r"\b[A-Z][A-Z0-9]{2,}(?:-[A-Z0-9+]+)*-20\d\d(?:-[A-Z0-9+]+)+\b|\bEuropeAid/\d{5,6}(?:/[A-Z]+)*", re.IGNORECASE
)
_TENDER = re.compile(r"\b\d{1,8}-20\d\d\b")
SAME_TITLE, NEAR_TITLE, SAME_TEXT = 93, 80, 75
TITLE_WORDS = 3
COMPARED_LETTERS = 1_500


@dataclass(frozen=True)
class Traits:
    """What of an opportunity tells whether another one is the same."""

    id: str
    source: str
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    own_codes: frozenset[str]
    codes: frozenset[str]
    closes_on: frozenset[date]
    opens_on: date | None
    amounts: frozenset[int]


def traits_of(state: OpportunityState, key: str = "") -> Traits:
    """Read the traits of a state; `key` is what its source knows it by."""
    address = state.url or ""
    whole = " ".join((state.title, state.text, state.scope, state.expected_outcome, state.title_fr or "", address))
    own = _codes(f"{key} {state.title} {address}")
    return Traits(
        id=state.id,
        source=state.source,
        titles=tuple(dict.fromkeys(_plain(title) for title in (state.title, state.title_fr) if title)),
        texts=tuple(
            _plain(text[: 2 * COMPARED_LETTERS])[:COMPARED_LETTERS]
            for text in (" ".join((state.expected_outcome, state.scope, state.text)), state.text_fr)
            if text and text.strip()
        ),
        own_codes=own,
        codes=own | _codes(whole),
        closes_on=frozenset(brussels_day(deadline) for deadline in state.deadlines),
        opens_on=state.opens_on,
        amounts=frozenset(amount for amount in (state.budget_min, state.budget_max) if amount),
    )


def are_the_same(one: Traits, other: Traits) -> bool:
    """Whether two opportunities of two sources are one."""
    if one.source == other.source:
        return False
    dates_agree = _dates_agree(one, other)
    if dates_agree is False:
        return False
    if _named_by_the_same_code(one, other):
        return _best(one.titles, other.titles) >= SAME_TITLE or not _other_codes(one, other)
    if one.own_codes and other.own_codes:
        return False  # each says which one it is, and they differ
    title = _best(one.titles, other.titles)
    if title >= SAME_TITLE and dates_agree:
        return min(_length(one), _length(other)) >= TITLE_WORDS and not _texts_contradict(one, other)
    return title >= NEAR_TITLE and bool(dates_agree) and _best(one.texts, other.texts) >= SAME_TEXT


def _dates_agree(one: Traits, other: Traits) -> bool | None:
    """None when one of the two gives no deadline."""
    if not one.closes_on or not other.closes_on:
        return None
    return bool(one.closes_on & other.closes_on)


def _named_by_the_same_code(one: Traits, other: Traits) -> bool:
    """The code one is known by stands anywhere in the other."""
    return bool(one.own_codes & other.codes or other.own_codes & one.codes)


def _other_codes(one: Traits, other: Traits) -> bool:
    """Whether one names several calls: an overview of a programme is none of the calls it lists."""
    shared = (one.own_codes & other.codes) | (other.own_codes & one.codes)
    return any(not _is_part(code, shared) for code in (one.codes ^ other.codes))


def _is_part(code: str, shared: Iterable[str]) -> bool:
    """A call's id is the beginning of its topics' ids."""
    return any(of.startswith(code) for of in shared)


def _texts_contradict(one: Traits, other: Traits) -> bool:
    """Both describe themselves at length in one language, and differently."""
    return min((len(text) for t in (one, other) for text in t.texts), default=0) > 400 and bool(
        one.amounts and other.amounts and not one.amounts & other.amounts
    )


def _best(ones: Sequence[str], others: Sequence[str]) -> float:
    return max((fuzz.token_sort_ratio(one, other) for one in ones for other in others), default=0.0)


def _length(one: Traits) -> int:
    return max((len(title.split()) for title in one.titles), default=0)


def _codes(text: str) -> frozenset[str]:
    found = [*_CODE.findall(text), *_TENDER.findall(text)]
    return frozenset(code.replace("/", "-").upper() for code in found)


def _plain(text: str) -> str:
    return folded(text)


@dataclass
class Candidates:
    """What the other sources have, found by code or by a day and words of the title."""

    _by_code: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _by_day: dict[date, set[str]] = field(default_factory=lambda: defaultdict(set))
    _traits: dict[str, Traits] = field(default_factory=dict)

    @classmethod
    def of(cls, keyed: Iterable[tuple[str, OpportunityState]]) -> Self:
        """Of states with what their source knows them by."""
        found = cls()
        for key, state in keyed:
            found.add(traits_of(state, key))
        return found

    def add(self, traits: Traits) -> None:
        self._traits[traits.id] = traits
        for code in traits.codes:
            self._by_code[code].add(traits.id)
        for day in traits.closes_on:
            self._by_day[day].add(traits.id)

    def __bool__(self) -> bool:
        return bool(self._traits)

    def same_as(self, traits: Traits) -> str | None:
        """The id of the one that is the same; None when there is none, or when several could be."""
        near = {id_ for code in traits.codes for id_ in self._by_code.get(code, ())}
        near |= {id_ for day in traits.closes_on for id_ in self._by_day.get(day, ())}
        same = sorted(id_ for id_ in near if are_the_same(traits, self._traits[id_]))
        if len(same) > 1:
            same = [id_ for id_ in same if _best(traits.titles, self._traits[id_].titles) >= SAME_TITLE]
        return same[0] if len(same) == 1 else None
