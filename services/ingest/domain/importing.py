"""What becomes of each row of a spreadsheet: new, changed, unchanged or refused; and of each profile when undone."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Literal

from services.ingest.domain.communes import Gazetteer
from services.ingest.domain.profile_rows import fields_changed, natural_key, profile_id, profile_of
from services.ingest.domain.refused import Refusal, RowRefused
from services.ingest.domain.sheets import Row
from shared.events import ProfileState

Outcome = Literal["new", "changed", "unchanged", "refused", "restored", "removed", "left"]
COLUMN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "commune": ("insee", "place", "population", "intercommunality"),
    "insee": ("insee", "place", "population", "intercommunality"),
}
FOUND_FIELDS = frozenset(("population", "intercommunality"))


@dataclass(frozen=True)
class Reported:
    """One row of a report. `line` is 0 when no line of a file is meant; `code` and `values` are of a refusal."""

    line: int
    outcome: Outcome
    id: str | None = None
    name: str = ""
    fields: tuple[str, ...] = ()
    code: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    sentence: str = ""

    @classmethod
    def refusal(cls, line: int, error: Refusal, outcome: Outcome = "refused", id_: str | None = None) -> "Reported":
        return cls(line, outcome, id_, code=error.code, values=error.values, sentence=str(error))


@dataclass(frozen=True)
class Report:
    """All rows of a file, in its order."""

    lines: tuple[Reported, ...]

    @property
    def counts(self) -> dict[str, int]:
        return dict(Counter[str](line.outcome for line in self.lines))

    @property
    def refused(self) -> tuple[Reported, ...]:
        return tuple(line for line in self.lines if line.code is not None)


@dataclass(frozen=True)
class Candidate:
    """A row understood; `given_id` is the id it names, `columns` those that its file has.

    `is_declared`: it is of one that speaks for itself, and says the same. Its versions are counted by the portal.
    """

    line: int
    profile: ProfileState
    given_id: str
    columns: frozenset[str]
    is_declared: bool = False

    @property
    def ids(self) -> tuple[str, ...]:
        """Under which ids it may be known: as it names itself, by SIREN, by name and commune."""
        by_name = profile_id(self.profile.name, self.profile.insee or "", None)
        return tuple(dict.fromkeys(one for one in (self.given_id, self.profile.id, by_name) if one))


@dataclass(frozen=True)
class Declared:
    """Organisations that speak for themselves in the portal."""

    ids: Set[str] = frozenset()
    sirens: Set[str] = frozenset()
    names: Set[str] = frozenset()

    @classmethod
    def of(cls, states: Sequence[ProfileState]) -> "Declared":
        return cls(
            {state.id for state in states},
            {state.siren for state in states if state.siren},
            {natural_key(state.name, state.insee or "") for state in states},
        )

    def includes(self, profile: ProfileState) -> bool:
        by_name = natural_key(profile.name, profile.insee or "")
        return profile.id in self.ids or profile.siren in self.sirens or by_name in self.names


def candidates_in(rows: Sequence[Row], places: Gazetteer) -> tuple[list[Candidate], list[Reported]]:
    """Rows understood, and those refused whatever is stored."""
    found: list[Candidate] = []
    refused: list[Reported] = []
    for row in rows:
        try:
            profile = profile_of(row, places)
            found.append(Candidate(row.line, profile, row.cells.get("id", "").strip()[:200], frozenset(row.cells)))
        except RowRefused as error:
            refused.append(Reported.refusal(row.line, error))
    return found, refused


def identified(
    candidate: Candidate, stored: Mapping[str, ProfileState], by_siren: Mapping[str, str], declared: Declared
) -> Candidate:
    """The candidate under the id it is known by. Raises RowRefused for one that declared itself in other words."""
    profile = candidate.profile
    by_number = by_siren.get(profile.siren or "")
    known = next((one for one in (candidate.given_id, by_number, *candidate.ids) if one and one in stored), None)
    if known is not None and _is_another(stored[known], profile, by_id=known == candidate.given_id):
        known = None
    profile = profile.model_copy(update={"id": known or profile.id})
    is_declared = declared.includes(profile)
    if is_declared:
        before = stored.get(profile.id)
        differs = before is None or set(fields_changed(before, profile)) - FOUND_FIELDS
        if candidate.given_id != profile.id or differs:
            raise RowRefused("declared", siren=f" (SIREN {profile.siren})" if profile.siren else "")
    return Candidate(candidate.line, profile, candidate.given_id, candidate.columns, is_declared)


def _is_another(known: ProfileState, profile: ProfileState, *, by_id: bool) -> bool:
    """Two organisations of one name in one commune, each with its own SIREN."""
    return not by_id and bool(known.siren and profile.siren) and known.siren != profile.siren


def next_version(
    known: ProfileState | None, version: int, candidate: Candidate
) -> tuple[ProfileState | None, tuple[str, ...]]:
    """The version to store, None when nothing changes, and which fields changed.

    `version` is the last one told, of a profile or of its tombstone. What the file has no column for is kept.
    """
    if candidate.is_declared:
        return None, ()
    if known is None:
        return candidate.profile.model_copy(update={"version": version + 1}), ()
    named = {name for column in candidate.columns for name in COLUMN_FIELDS.get(column, (column,))}
    kept = {name for name in ProfileState.model_fields if name not in named and getattr(known, name) is not None}
    if known.siren is None or "siren" in candidate.columns:
        kept.discard("siren")
    after = candidate.profile.model_copy(update={name: getattr(known, name) for name in kept})
    after = after.model_copy(update={"version": version + 1, "id": known.id})
    changed = fields_changed(known, after)
    return (after, changed) if changed else (None, ())
