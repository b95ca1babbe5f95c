"""What ingest answers about profiles and partnership requests as lists: pages, one with its past, rows to export."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.domain import partnership_rows, profile_rows
from services.ingest.domain.profile_rows import fields_changed
from services.ingest.domain.words import cut
from services.ingest.partnership_store import PartnershipStore
from services.ingest.profile_store import KnownProfile, ProfileStore
from shared.events import Change, ProfileState
from shared.requests import (
    AskProfile,
    AskProfiles,
    AskRows,
    ProfileHistory,
    ProfilesPage,
    ProfileSummary,
    ProfileVersion,
    RowsPage,
)

VERSIONS_SHOWN = 20
SHOWN_LENGTH = 300
BEGINNING = 600
PAGE_BYTES = 600_000
Rows = Sequence[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class ProfileDesk:
    """Answers with what they need."""

    profiles: ProfileStore
    partnerships: PartnershipStore

    async def page(self, question: AskProfiles) -> ProfilesPage:
        total, found = await self.profiles.search(question.text, offset=question.offset, limit=question.limit)
        return ProfilesPage(total=total, profiles=tuple(_summary(one, one.state) for one in found if one.state))

    async def one(self, question: AskProfile) -> ProfileHistory:
        known = await self.profiles.one(question.profile_id)
        if known is None or known.state is None:
            return ProfileHistory(refused="unknown")
        earlier = await self.profiles.earlier(known.id, limit=VERSIONS_SHOWN)
        states = [known.state, *(one.state for one in earlier)]
        told = [(known.origin, known.changed_at), *((one.origin, one.since) for one in earlier)]
        versions = tuple(
            ProfileVersion(
                version=state.version,
                origin=origin,
                since=since,
                changes=_changes(states[place + 1], state) if place + 1 < len(states) else (),
            )
            for place, (state, (origin, since)) in enumerate(zip(states, told, strict=True))
        )
        return ProfileHistory(profile=known.state, versions=versions[:VERSIONS_SHOWN])

    async def rows(self, question: AskRows) -> RowsPage:
        """As many rows as one answer carries; an empty template has none."""
        if question.about == "profiles":
            columns = profile_rows.COLUMNS.all
            states = await self.profiles.active_after(question.after, limit=question.limit) if question.limit else []
            found: Rows = [(state.id, profile_rows.cells_of(state)) for state in states]
        else:
            columns = partnership_rows.COLUMNS.all
            held = await self.partnerships.open_after(question.after, limit=question.limit) if question.limit else []
            found = [(one.id, partnership_rows.cells_of(one.id, one.wanted)) for one in held]
        kept = _that_fit(found)
        more = len(kept) < len(found) or (question.limit and len(found) == question.limit)
        return RowsPage(columns=columns, rows=tuple(row for _, row in kept), after=kept[-1][0] if more else None)


def _summary(known: KnownProfile, state: ProfileState) -> ProfileSummary:
    return ProfileSummary(
        id=known.id,
        name=state.name,
        kind=state.kind,
        place=state.place,
        origin=known.origin,
        version=known.version,
        changed_at=known.changed_at,
        text=state.text[:BEGINNING],
    )


def _changes(before: ProfileState, after: ProfileState) -> tuple[Change, ...]:
    return tuple(
        Change(field=name, before=_shown(getattr(before, name)), after=_shown(getattr(after, name)))
        for name in fields_changed(before, after)
    )


def _shown(value: object) -> str | None:
    if value is None or value == ():
        return None
    return cut(", ".join(value) if isinstance(value, tuple) else str(value), SHOWN_LENGTH)


def _that_fit(rows: Rows) -> Rows:
    """The first rows, at least one, that one answer carries."""
    kept: list[tuple[str, tuple[str, ...]]] = []
    size = 0
    for row in rows:
        size += sum(len(cell.encode()) + 8 for cell in row[1])
        if kept and size > PAGE_BYTES:
            break
        kept.append(row)
    return kept
