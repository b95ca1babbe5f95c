"""Spreadsheets offered to ingest: looked at, taken, reported, undone; earlier versions go with their profile."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.ingest.commands import Refused, import_profiles
from services.ingest.desks import Desks
from services.ingest.domain.profile_rows import profile_id
from services.ingest.import_desk import OFFERED
from services.ingest.profile_commands import export_profiles, undo_import
from services.ingest.reference import gazetteer
from services.ingest.tables import metadata
from shared import requests as r
from shared.events import Tick
from shared.requests.spreadsheets import MAX_FILE_BYTES, PART_BYTES
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.test_profiles import declared, hear, withdrawn
from tests.unit.ingest.workbooks import COLUMNS, GOOD, TEXT, csv, xlsx

FROMAGERIE = profile_id("Fromagerie Exemple", "35238", None)
ID = "0123456789abcdef"


@pytest.fixture
def desks(ingest: Ingest) -> Desks:
    return Desks.of(ingest.context, gazetteer("35"))


async def offered(desks: Desks, content: bytes, *, id_: str = ID, about: Any = "profiles") -> str:
    for number, start in enumerate(range(0, len(content), PART_BYTES)):
        part = content[start : start + PART_BYTES]
        request = r.OfferPart.of(part, import_id=id_, about=about, filename="p.csv", number=number, by="staff")
        assert (await desks.imports.offer(request)).refused is None
    return id_


async def taken(desks: Desks, content: bytes, *, id_: str = ID) -> r.ImportReport:
    return await desks.imports.take(r.TakeImport(import_id=await offered(desks, content, id_=id_), by="staff"))


def changed(text: str = f"{TEXT} Nouveau.", naf: str = "10.51C") -> bytes:
    return csv((*COLUMNS, "naf"), (*GOOD[:2], text, GOOD[3], naf))


async def everything_kept(ingest: Ingest) -> str:
    """All that the tables of ingest hold but the outbox, as text."""
    async with ingest.database.reading() as connection:
        tables = [table for table in metadata.sorted_tables if table.name not in ("outbox", "inbox")]
        return str([[tuple(row) for row in await connection.execute(select(table))] for table in tables])


@pytest.mark.parametrize("make", [csv, xlsx], ids=["csv", "xlsx"])
async def test_a_preview_says_what_would_happen_and_stores_nothing(ingest: Ingest, desks: Desks, make: Any) -> None:
    await taken(desks, csv(COLUMNS, GOOD, ("Stable", *GOOD[1:])))
    rows = [(*GOOD[:2], f"{TEXT} Nouveau.", GOOD[3]), ("Neuve", *GOOD[1:]), ("Stable", *GOOD[1:]), ("", *GOOD[1:])]
    before = await ingest.told()
    await offered(desks, make(COLUMNS, *rows), id_="a" * 32)
    seen = await desks.imports.preview(r.PreviewImport(import_id="a" * 32))
    assert seen.summary is not None
    assert seen.summary.counts == {"changed": 1, "new": 1, "unchanged": 1, "refused": 1}
    told = [(line.line, line.outcome, line.name, line.fields, line.code) for line in seen.lines]
    assert told == [
        (5, "refused", "", (), "missing"),
        (2, "changed", "Fromagerie Exemple", ("text",), None),
        (3, "new", "Neuve", (), None),
    ]
    assert await ingest.told() == before


async def test_a_file_is_taken_once_and_reported_later_by_present_names(ingest: Ingest, desks: Desks) -> None:
    report = await taken(desks, csv(COLUMNS, GOOD, ("", *GOOD[1:])))
    assert report.summary is not None
    assert (report.summary.status, report.summary.counts) == ("done", {"new": 1, "refused": 1})
    again = await desks.imports.take(r.TakeImport(import_id=ID, by="staff"))
    assert again.refused == "done"
    assert await ingest.told_by_subject() == {"profile.described": 1}
    later = await desks.imports.one(r.AskImport(import_id=ID))
    assert [(line.outcome, line.name) for line in later.lines] == [("refused", ""), ("new", "Fromagerie Exemple")]
    (listed,) = (await desks.imports.latest(r.AskImports(about="profiles"))).imports
    assert listed.id == ID
    assert (await desks.imports.latest(r.AskImports(about="partnerships"))).imports == ()


async def test_a_file_in_many_parts_is_put_together(ingest: Ingest, desks: Desks) -> None:
    rows = [(f"Fromagerie {n}", GOOD[1], f"{TEXT} {'x' * 2000}", GOOD[3]) for n in range(700)]
    content = csv(COLUMNS, *rows)
    assert len(content) > 2 * PART_BYTES
    report = await taken(desks, content)
    assert report.summary is not None
    assert report.summary.counts == {"new": 700}
    assert len(report.model_dump_json()) < 900_000
    assert len(await ingest.profiles.active()) == 700


async def test_more_than_five_megabytes_are_refused_and_parts_may_come_twice(desks: Desks) -> None:
    part = b"x" * PART_BYTES
    replies = [
        await desks.imports.offer(
            r.OfferPart.of(part, import_id=ID, about="profiles", filename="p", number=number, by="staff")
        )
        for number in (0, 0, *range(1, MAX_FILE_BYTES // PART_BYTES + 1))
    ]
    assert [reply.refused for reply in replies][-1] == "too_large"
    assert replies[1].refused is None


async def test_a_file_that_cannot_be_used_says_why_and_an_unknown_one_too(ingest: Ingest, desks: Desks) -> None:
    await offered(desks, b"%PDF-1.7")
    seen = await desks.imports.preview(r.PreviewImport(import_id=ID))
    assert (seen.refused, seen.lines[0].code) == ("file", "columns")
    assert (await desks.imports.preview(r.PreviewImport(import_id="f" * 32))).refused == "unknown"
    assert (await desks.imports.take(r.TakeImport(import_id="f" * 32, by="s"))).refused == "unknown"
    assert (await desks.imports.undo(r.UndoImport(import_id="f" * 32, by="s"))).refused == "unknown"
    assert await ingest.told() == []


async def test_undoing_brings_back_what_was_there_and_removes_what_was_created(ingest: Ingest, desks: Desks) -> None:
    await taken(desks, csv(COLUMNS, GOOD))
    second = csv((*COLUMNS, "naf"), (*GOOD[:2], f"{TEXT} Autre.", GOOD[3], "10.51C"), ("Neuve", *GOOD[1:], ""))
    await taken(desks, second, id_="b" * 32)
    undone = await desks.imports.undo(r.UndoImport(import_id="b" * 32, by="staff"))
    assert undone.summary is not None
    assert (undone.summary.status, undone.summary.counts) == ("undone", {"restored": 1, "removed": 1})
    (left,) = await ingest.profiles.active()
    assert (left.id, left.version, left.text, left.naf) == (FROMAGERIE, 3, TEXT, None)
    assert [fact["subject"] for fact in (await ingest.told())[-2:]] == ["profile.described", "profile.removed"]
    assert (await desks.imports.undo(r.UndoImport(import_id="b" * 32, by="staff"))).refused == "undone"


async def test_what_has_changed_since_is_left_with_a_sentence(ingest: Ingest, desks: Desks) -> None:
    await taken(desks, csv(COLUMNS, GOOD))
    await taken(desks, changed(), id_="b" * 32)
    undone = await desks.imports.undo(r.UndoImport(import_id=ID, by="staff"))
    assert [(line.outcome, line.code) for line in undone.lines] == [("left", "changed_since")]
    (left,) = await ingest.profiles.active()
    assert left.version == 2


async def test_an_undone_import_may_be_taken_again(ingest: Ingest, desks: Desks) -> None:
    await taken(desks, csv(COLUMNS, GOOD))
    await desks.imports.undo(r.UndoImport(import_id=ID, by="staff"))
    assert await ingest.profiles.active() == []
    again = await taken(desks, csv(COLUMNS, GOOD), id_="b" * 32)
    assert again.summary is not None
    assert again.summary.counts == {"new": 1}
    (back,) = await ingest.profiles.active()
    assert back.version == 3


async def test_a_profile_shows_each_version_with_what_changed_and_from_where(ingest: Ingest, desks: Desks) -> None:
    await taken(desks, csv(COLUMNS, GOOD))
    ingest.clock.turn(days=1)
    await taken(desks, changed(), id_="b" * 32)
    history = await desks.profiles.one(r.AskProfile(profile_id=FROMAGERIE))
    assert [(one.version, one.origin) for one in history.versions] == [(2, "csv"), (1, "csv")]
    assert [change.field for change in history.versions[0].changes] == ["text", "naf"]
    assert history.versions[0].since - history.versions[1].since == ingest.clock() - history.versions[1].since
    assert (await desks.profiles.one(r.AskProfile(profile_id="nobody"))).refused == "unknown"


async def test_versions_of_a_declared_organisation_are_kept_and_gone_when_it_leaves(
    ingest: Ingest, desks: Desks
) -> None:
    await hear(ingest, declared(1, ingest.clock, text=f"{TEXT} canari-un"))
    await hear(ingest, declared(2, ingest.clock, text=f"{TEXT} canari-deux", name="Canari Nom"))
    assert "canari-un" in await everything_kept(ingest)
    await hear(ingest, withdrawn(3, ingest.clock))
    kept = await everything_kept(ingest)
    assert "canari" not in kept.lower()
    assert "o1" in kept


async def test_a_removed_profile_leaves_no_word_in_the_reports_of_its_imports(ingest: Ingest, desks: Desks) -> None:
    await taken(desks, csv(COLUMNS, ("Canari Nom", GOOD[1], f"{TEXT} canari-texte", GOOD[3])))
    await desks.imports.undo(r.UndoImport(import_id=ID, by="staff"))
    assert "canari" not in (await everything_kept(ingest)).lower()


async def test_a_file_nobody_took_and_old_reports_are_forgotten(ingest: Ingest, desks: Desks) -> None:
    await offered(desks, csv(COLUMNS, ("Canari", *GOOD[1:])), id_="c" * 32)
    await taken(desks, csv(COLUMNS, GOOD, ("", *GOOD[1:])))
    tick = Tick.of(service="ingest", job="tidy-imports", due_at=ingest.clock())
    ingest.clock.turn(hours=25)
    await desks.imports.tidy(tick)
    assert (await desks.imports.one(r.AskImport(import_id="c" * 32))).refused == "unknown"
    assert len((await desks.imports.one(r.AskImport(import_id=ID))).lines) == 2
    ingest.clock.turn(days=30)
    await desks.imports.tidy(tick)
    old = await desks.imports.one(r.AskImport(import_id=ID))
    assert (old.lines, old.summary.counts if old.summary else {}) == ((), {"new": 1, "refused": 1})


async def test_profiles_are_searched_by_words_of_name_and_place(ingest: Ingest, desks: Desks) -> None:
    await taken(desks, csv(COLUMNS, GOOD, ("Café de l’Étang", GOOD[1], TEXT, "Saint-Malo")))
    for text, names in (
        ("", {"Fromagerie Exemple", "Café de l’Étang"}),
        ("cafe ETANG", {"Café de l’Étang"}),
        ("malo", {"Café de l’Étang"}),
        (FROMAGERIE, {"Fromagerie Exemple"}),
        ("100 %", set()),
        ("_", set()),
        ("fromagerie malo", set()),
    ):
        page = await desks.profiles.page(r.AskProfiles(text=text))
        assert ({one.name for one in page.profiles}, page.total) == (names, len(names)), text


async def test_rows_to_export_come_in_pages_that_a_reply_carries(ingest: Ingest, desks: Desks) -> None:
    rows = [(f"Fromagerie {n}", GOOD[1], f"{TEXT} {'é' * 15_000}", GOOD[3]) for n in range(60)]
    await taken(desks, csv(COLUMNS, *rows))
    names: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await desks.profiles.rows(r.AskRows(about="profiles", after=after))
        assert len(page.model_dump_json()) < 1_000_000
        names += [row[0] for row in page.rows]
        after = page.after
    assert sorted(names) == sorted(row[0] for row in rows)
    template = await desks.profiles.rows(r.AskRows(about="profiles", limit=0))
    assert (template.columns[:3], template.rows, template.after) == (("name", "kind", "text"), (), None)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
async def test_the_command_exports_and_its_file_changes_nothing(
    ingest: Ingest, desks: Desks, tmp_path: Path, ending: str
) -> None:
    await taken(desks, csv(COLUMNS, GOOD, ("=Danger", *GOOD[1:])))
    await hear(ingest, declared(1, ingest.clock, text=f"{TEXT}\n\n- une liste"))
    told = await ingest.told()
    file = tmp_path / f"profils.{ending}"
    assert await export_profiles(ingest.context, file) == 3
    report = await import_profiles(ingest.context, file)
    assert (report.imported, report.changed, report.unchanged, report.refused) == (0, 0, 3, ())
    assert await ingest.told() == told
    with pytest.raises(Refused, match=r"name it \.csv or \.xlsx"):
        await export_profiles(ingest.context, tmp_path / "profils.ods")


async def test_the_command_previews_and_undoes(ingest: Ingest, tmp_path: Path) -> None:
    file = tmp_path / "profils.csv"
    file.write_bytes(csv(COLUMNS, GOOD))
    seen = await import_profiles(ingest.context, file, preview=True)
    assert (seen.imported, seen.import_id) == (1, None)
    assert await ingest.told() == []
    done = await import_profiles(ingest.context, file)
    assert done.import_id is not None
    undone = await undo_import(ingest.context, done.import_id)
    assert (undone.restored, undone.removed, undone.left) == (0, 1, ())
    for id_, says in ((done.import_id, "is undone"), ("nothing", "there is no import")):
        with pytest.raises(Refused, match=says):
            await undo_import(ingest.context, id_)


async def test_an_import_interrupted_is_taken_up_again(ingest: Ingest, desks: Desks) -> None:
    await offered(desks, csv(COLUMNS, GOOD))
    store = desks.imports.store
    assert await store.claim(ID, ingest.clock())
    assert (await desks.imports.take(r.TakeImport(import_id=ID, by="staff"))).refused == "running"
    ingest.clock.turn(minutes=3)
    report = await desks.imports.take(r.TakeImport(import_id=ID, by="staff"))
    assert report.summary is not None
    assert report.summary.counts == {"new": 1}


async def test_half_an_import_before_a_crash_is_undone_with_the_rest(
    ingest: Ingest, desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.ingest.profiles.BATCH", 1)
    importer = desks.imports.undoing
    broken = dataclasses.replace(importer, clock=_Breaking(ingest.clock, after=1))
    content = csv(COLUMNS, GOOD, ("Neuve", *GOOD[1:]))
    import_id = await importer.imports.open("profiles", "p.csv", by="staff", now=ingest.clock(), status="running")
    with pytest.raises(RuntimeError, match="killed"):
        await broken.take(import_id, content, OFFERED)
    await importer.take(import_id, content, OFFERED)
    assert len(await ingest.profiles.active()) == 2
    await importer.undo(import_id)
    assert await ingest.profiles.active() == []


class _Breaking:
    """A clock that stops the process it belongs to."""

    def __init__(self, clock: Any, *, after: int) -> None:
        self.clock, self.left = clock, after

    def __call__(self) -> Any:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("killed")
        return self.clock()
