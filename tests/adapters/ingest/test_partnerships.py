"""Partnership requests in ingest: told like other opportunities, and no harvest touches them."""

from datetime import date
from typing import Any

import pytest

from services.ingest.desks import Desks
from services.ingest.domain.changes import at_deadline
from services.ingest.reference import gazetteer
from shared import requests as r
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.test_imports import ID, offered
from tests.unit.ingest.workbooks import csv, xlsx

NEED = "Former trente éleveurs à la transformation du lait en fromage, deux fois trois semaines."
COLUMNS = ("title", "organisation", "country", "need", "deadline")
ROW = ("Formateurs en fromagerie", "Fédération laitière fictive", "Madagascar", NEED, "2027-05-31")


@pytest.fixture
def desks(ingest: Ingest) -> Desks:
    return Desks.of(ingest.context, gazetteer("35"))


def wanted(**fields: Any) -> r.WantedPartnership:
    cells = dict(zip(COLUMNS, ROW, strict=True))
    return r.WantedPartnership.model_validate({**cells, "place": "Région imaginaire", **fields})


async def saved(desks: Desks, id_: str | None = None, **fields: Any) -> r.PartnershipSaved:
    return await desks.partnerships.save(r.SavePartnership(wanted=wanted(**fields), id=id_, by="staff"))


async def test_a_request_is_published_amended_withdrawn_and_published_again(ingest: Ingest, desks: Desks) -> None:
    id_ = (await saved(desks)).id
    assert id_ is not None
    await saved(desks, id_, need=f"{NEED} Encore.")
    await saved(desks, id_, need=f"{NEED} Encore.")
    await desks.partnerships.withdraw(r.WithdrawPartnership(id=id_, by="staff"))
    await desks.partnerships.withdraw(r.WithdrawPartnership(id=id_, by="staff"))
    (held,) = (await desks.partnerships.ask(r.AskPartnerships())).partnerships
    assert (held.id, held.state, held.wanted.country) == (id_, "withdrawn", "MG")
    await saved(desks, id_, deadline=date(2027, 9, 30))
    told = await ingest.told()
    assert [fact["subject"] for fact in told] == [
        "opportunity.published",
        "opportunity.amended",
        "opportunity.closed",
        "opportunity.published",
    ]
    assert told[2]["reason"] == "withdrawn"
    assert [told[0]["opportunity"]["version"], told[2]["version"], told[3]["opportunity"]["version"]] == [1, 3, 4]


async def test_what_is_wrong_is_told_by_field_and_nothing_is_stored(ingest: Ingest, desks: Desks) -> None:
    answer = await saved(desks, need="court", country="Atlantide")
    assert answer.refused == "invalid"
    assert {problem.field: problem.code for problem in answer.problems} == {"country": "country", "need": "too_short"}
    assert (await saved(desks, "partners-unknown")).refused == "unknown"
    assert await ingest.told() == []


async def test_the_same_request_is_not_entered_twice(ingest: Ingest, desks: Desks) -> None:
    first = await saved(desks)
    again = await saved(desks, title="FORMATEURS en fromagerie")
    assert (again.refused, again.id) == ("known", first.id)
    assert len(await ingest.told()) == 1


async def test_its_deadline_closes_it_by_the_clock(ingest: Ingest, desks: Desks) -> None:
    id_ = (await saved(desks)).id
    assert id_ is not None
    known = (await ingest.store.known([id_]))[id_]
    ingest.clock.turn(days=400)
    assert at_deadline(known, ingest.clock()).reason == "deadline_passed"
    assert await ingest.store.heads("eu-portal") == {}


@pytest.mark.parametrize("make", [csv, xlsx], ids=["csv", "xlsx"])
async def test_requests_come_from_a_spreadsheet_and_go_back_unchanged(ingest: Ingest, desks: Desks, make: Any) -> None:
    await offered(desks, make(COLUMNS, ROW, ("", *ROW[1:]), ROW), about="partnerships")
    seen = await desks.imports.preview(r.PreviewImport(import_id=ID))
    assert seen.summary is not None
    assert seen.summary.counts == {"new": 1, "refused": 2}
    assert {line.code for line in seen.lines} == {"missing", "twice", None}
    await desks.imports.take(r.TakeImport(import_id=ID, by="staff"))
    report = await desks.imports.one(r.AskImport(import_id=ID))
    assert report.lines[-1].name == ROW[0]
    page = await desks.profiles.rows(r.AskRows(about="partnerships"))
    await offered(desks, make(page.columns, *page.rows), id_="e" * 32, about="partnerships")
    again = await desks.imports.take(r.TakeImport(import_id="e" * 32, by="staff"))
    assert again.summary is not None
    assert again.summary.counts == {"unchanged": 1}
    assert await ingest.told_by_subject() == {"opportunity.published": 1}
    assert (await desks.imports.undo(r.UndoImport(import_id=ID, by="staff"))).refused == "unknown"


async def test_a_withdrawn_request_does_not_come_back_by_an_old_file(ingest: Ingest, desks: Desks) -> None:
    id_ = (await saved(desks)).id
    assert id_ is not None
    await desks.partnerships.withdraw(r.WithdrawPartnership(id=id_, by="staff"))
    await offered(desks, csv(COLUMNS, ROW), about="partnerships")
    report = await desks.imports.take(r.TakeImport(import_id=ID, by="staff"))
    assert [line.code for line in report.lines] == ["withdrawn"]
    assert await ingest.store.live_ids() == []
