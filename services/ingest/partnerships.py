"""Partnership requests that staff enter, change, withdraw or import: kept, and told as opportunities."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.ingest.domain.importing import Report, Reported
from services.ingest.domain.partnership_rows import COLUMNS, fields_changed, wanted_in
from services.ingest.domain.partnerships import (
    SOURCE,
    as_opportunity,
    partnership_id,
    problems_of,
    saving,
    tidy,
    withdrawal,
)
from services.ingest.domain.refused import RowRefused
from services.ingest.domain.sheets import Row, named_rows
from services.ingest.import_store import ImportStore
from services.ingest.partnership_store import Held, PartnershipStore
from services.ingest.spreadsheets import Limits, read_lines
from services.ingest.store import Save, Store
from shared.clock import Clock
from shared.requests import (
    AskPartnerships,
    FieldProblem,
    HeldPartnership,
    Partnerships,
    PartnershipSaved,
    Reply,
    SavePartnership,
    WantedPartnership,
    WithdrawPartnership,
)

log = logging.getLogger(__name__)
TRIES = 3


@dataclass(frozen=True)
class _Planned:
    """A row and the request it holds; `outcome` says what it would do."""

    line: int
    id: str
    wanted: WantedPartnership
    fields: tuple[str, ...]
    outcome: str


@dataclass(frozen=True)
class PartnershipDesk:
    """Partnership requests with what they need."""

    store: Store
    partnerships: PartnershipStore
    imports: ImportStore
    clock: Clock

    async def save(self, command: SavePartnership) -> PartnershipSaved:
        wanted = tidy(command.wanted)
        if problems := problems_of(wanted, self.clock()):
            told = tuple(
                FieldProblem(field=name, code=one.code, values=dict(one.values), sentence=str(one))
                for name, one in problems.items()
            )
            return PartnershipSaved(refused="invalid", problems=told)
        id_ = command.id or partnership_id(wanted)
        there = await self.partnerships.several([id_])
        if command.id is None and there:
            return PartnershipSaved(refused="known", id=id_)
        if command.id is not None and not there:
            return PartnershipSaved(refused="unknown")
        if not await self._keep(id_, wanted):
            return PartnershipSaved(refused="busy")
        log.info("a partnership request was kept", extra={"opportunity_id": id_})
        return PartnershipSaved(id=id_)

    async def withdraw(self, command: WithdrawPartnership) -> Reply:
        """Withdrawn is withdrawn: done again, it changes nothing."""
        held = (await self.partnerships.several([command.id])).get(command.id)
        if held is None:
            return Reply(refused="unknown")
        for _ in range(TRIES):
            known = (await self.store.known([held.id]))[held.id]
            if not known.live:
                return Reply()
            now = self.clock()
            save = Save(held.id, SOURCE, held.id, known.state.version, withdrawal(known, now))
            async with self.store.database.writing() as connection:
                if await self.store.save(connection, [save], now):
                    await self.partnerships.put(connection, held.id, held.wanted, now)
                    log.info("a partnership request was withdrawn", extra={"opportunity_id": held.id})
                    return Reply()
        return Reply(refused="busy")

    async def ask(self, question: AskPartnerships) -> Partnerships:
        if question.id is not None:
            found = list((await self.partnerships.several([question.id])).values())
            return Partnerships(total=len(found), partnerships=tuple(map(_held, found)))
        total, found = await self.partnerships.latest(offset=question.offset, limit=question.limit)
        return Partnerships(total=total, partnerships=tuple(map(_held, found)))

    async def preview(self, content: bytes, limits: Limits) -> Report:
        """What taking a file would do now. Raises FileRefused."""
        planned, refused = await self._plan(content, limits)
        return _report([*refused, *map(_reported, planned)])

    async def take(self, import_id: str, content: bytes, limits: Limits) -> Report:
        """Keep the rows of a file that are new or changed. Raises FileRefused, and then keeps nothing."""
        planned, lines = await self._plan(content, limits)
        for one in planned:
            if one.outcome != "unchanged":
                await self._keep(one.id, one.wanted)
            lines.append(_reported(one))
        report = _report(lines)
        await self.imports.finish(import_id, report, self.clock())
        log.info("partnership requests were imported", extra={"import_id": import_id, "counts": report.counts})
        return report

    async def names(self, ids: Sequence[str]) -> Mapping[str, str]:
        return {id_: held.wanted.title for id_, held in (await self.partnerships.several(ids)).items()}

    async def _keep(self, id_: str, wanted: WantedPartnership) -> bool:
        """Store and tell it; False when others kept changing it, or its last minute has just passed."""
        for _ in range(TRIES):
            known, now = (await self.store.known([id_])).get(id_), self.clock()
            decision = saving(known, as_opportunity(id_, wanted), now)
            if decision.outcome == "past":
                return False
            save = Save(id_, SOURCE, id_, known.state.version if known else 0, decision)
            async with self.store.database.writing() as connection:
                held = decision.state is None or bool(await self.store.save(connection, [save], now))
                if held:
                    await self.partnerships.put(connection, id_, wanted, now)
                    return True
        return False

    async def _plan(self, content: bytes, limits: Limits) -> tuple[list[_Planned], list[Reported]]:
        rows = await asyncio.to_thread(lambda: named_rows(read_lines(content, limits), COLUMNS, most=limits.rows))
        there = await self.partnerships.several([row.cells["id"].strip() for row in rows if row.cells.get("id")])
        planned: dict[str, _Planned] = {}
        refused: list[Reported] = []
        understood: list[tuple[Row, str, WantedPartnership]] = []
        for row in rows:
            try:
                wanted = wanted_in(row, self.clock())
                given = row.cells.get("id", "").strip()
                understood.append((row, given if given in there else partnership_id(wanted), wanted))
            except RowRefused as error:
                refused.append(Reported.refusal(row.line, error))
        there |= await self.partnerships.several([id_ for _, id_, _ in understood])
        for row, id_, wanted in understood:
            try:
                if id_ in planned:
                    raise RowRefused("twice", what="request", line=planned[id_].line)
                planned[id_] = _planned(row, id_, wanted, there)
            except RowRefused as error:
                refused.append(Reported.refusal(row.line, error))
        return list(planned.values()), refused


def _planned(row: Row, id_: str, wanted: WantedPartnership, there: Mapping[str, Held]) -> _Planned:
    """Raises RowRefused for one that was withdrawn."""
    held = there.get(id_)
    if held is None:
        return _Planned(row.line, id_, wanted, (), "new")
    if held.state == "withdrawn":
        raise RowRefused("withdrawn")
    kept = {name: getattr(held.wanted, name) for name in WantedPartnership.model_fields if name not in row.cells}
    wanted = wanted.model_copy(update=kept)
    fields = fields_changed(held.wanted, wanted)
    return _Planned(row.line, id_, wanted, fields, "changed" if fields or held.state == "past" else "unchanged")


def _reported(one: _Planned) -> Reported:
    return Reported(one.line, one.outcome, one.id, one.wanted.title, one.fields)  # type: ignore[arg-type]


def _report(lines: list[Reported]) -> Report:
    return Report(tuple(sorted(lines, key=lambda line: line.line)))


def _held(one: Held) -> HeldPartnership:
    return HeldPartnership(
        id=one.id, wanted=one.wanted, version=one.version, state=one.state, changed_at=one.changed_at
    )
