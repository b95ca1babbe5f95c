"""Staff bring profiles and partnership requests in spreadsheets, and take them out again."""

import io
from base64 import b64decode

import httpx
import pytest
from openpyxl import load_workbook

from services.portal.commands import add_staff
from services.portal.web.envelope import MAX_BODY_BYTES
from shared import requests as r
from shared.requests.spreadsheets import MAX_FILE_BYTES, PART_BYTES
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import IMPORT, PERSON, Portal

CSV = b"name;kind;text;commune\r\n"


async def as_staff(portal: Portal, visitor: Browser) -> None:
    await add_staff(portal.context, PERSON)
    await visitor.sign_in(staff=True)


async def send(visitor: Browser, content: bytes, *, path: str = "/staff/profiles/preview") -> httpx.Response:
    return await visitor.post(path, files={"file": ("profils.csv", content, "text/csv")})


async def test_a_file_is_shown_as_what_it_would_change_before_anything_is_stored(
    furnished: Portal, visitor: Browser
) -> None:
    await as_staff(furnished, visitor)
    page = await send(visitor, CSV)
    assert page.status_code == 200
    assert "Confirmer l’import" in page.text
    assert "<strong>Ligne 3</strong> : Sa commune n’est pas du territoire : Lutèce." in page.text
    assert "description, code NAF" in page.text
    assert not any(isinstance(asked, r.TakeImport) for asked in furnished.bus.asked)


async def test_a_large_file_travels_in_parts_that_the_broker_takes(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    content = bytes(range(256)) * (MAX_FILE_BYTES // 256)
    assert (await send(visitor, content)).status_code == 200
    parts = [asked for asked in furnished.bus.asked if isinstance(asked, r.OfferPart)]
    assert b"".join(b64decode(part.content) for part in parts) == content
    assert [part.number for part in parts] == list(range(-(-len(content) // PART_BYTES)))
    assert max(len(part.model_dump_json()) for part in parts) < 1_000_000
    assert len({part.import_id for part in parts}) == 1


async def test_a_file_over_five_megabytes_is_refused_in_words(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = await send(visitor, b"x" * (MAX_FILE_BYTES + 1))
    assert page.status_code == 422
    assert 'id="file-problem">Ce fichier dépasse 5 Mo' in page.text
    assert (await send(visitor, b"x" * (MAX_FILE_BYTES + MAX_BODY_BYTES + 1))).status_code in (400, 413)


@pytest.mark.parametrize("content", [None, b""], ids=["no file", "an empty file"])
async def test_a_form_without_file_says_so(furnished: Portal, visitor: Browser, content: bytes | None) -> None:
    await as_staff(furnished, visitor)
    page = await (visitor.post("/staff/profiles/preview") if content is None else send(visitor, content))
    assert page.status_code == 422
    assert "Choisissez un fichier" in page.text


async def test_a_file_of_somebody_who_is_not_staff_is_refused_before_it_is_read(
    furnished: Portal, visitor: Browser
) -> None:
    assert (await send(visitor, CSV)).status_code == 403
    await visitor.sign_in()
    assert (await send(visitor, CSV)).status_code == 403
    assert furnished.bus.asked == []


async def test_only_the_two_forms_for_files_take_more_than_a_form(visitor: Browser) -> None:
    answer = await visitor.post("/sign-in", {"email": "a" * (MAX_BODY_BYTES + 1)})
    assert answer.status_code in (400, 413)


async def test_why_a_whole_file_is_refused_stands_beside_its_field(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    values = {"columns": "name, kind", "missing": "text", "unknown": "100 pour cent %s", "twice": "", "problems": "x"}
    line = r.ReportLine(line=0, outcome="refused", code="columns", values=values, sentence="x")
    furnished.bus.answers[r.PreviewImport] = r.ImportReport(refused="file", lines=(line,))
    page = await send(visitor, CSV)
    assert page.status_code == 422
    assert "Manquantes : text. Inconnues : 100 pour cent %s. En double : –." in page.text
    assert 'aria-describedby="file-hint file-problem" aria-invalid="true"' in page.text


async def test_confirming_takes_the_file_and_is_written_in_the_log(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    answer = await visitor.post(f"/staff/profiles/imports/{IMPORT.id}")
    assert answer.headers["location"] == f"/staff/profiles/imports/{IMPORT.id}?done=taken"
    assert furnished.bus.last(r.TakeImport).by == PERSON
    deed = (await furnished.store.staff.latest_deeds())[0]
    assert (deed.action, deed.details) == ("imported a file", "profils.xlsx: 1 new")
    report = await visitor.get(f"/staff/profiles/imports/{IMPORT.id}?done=taken")
    assert "L’import est fait" in report.text
    assert "Annuler cet import" in report.text


async def test_an_import_is_undone_by_its_button(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    answer = await visitor.post(f"/staff/profiles/imports/{IMPORT.id}/undo")
    assert answer.status_code == 303
    assert furnished.bus.last(r.UndoImport).import_id == IMPORT.id
    furnished.bus.answers[r.UndoImport] = r.ImportReport(refused="undone")
    assert "ne peut pas être annulé" in (await visitor.post(f"/staff/profiles/imports/{IMPORT.id}/undo")).text


@pytest.mark.parametrize("away", [r.OfferPart, r.PreviewImport, r.AskProfiles])
async def test_an_absent_owner_is_told_in_words(furnished: Portal, visitor: Browser, away: type[r.Request]) -> None:
    await as_staff(furnished, visitor)
    furnished.bus.away |= {away, r.AskProfiles}
    page = await send(visitor, CSV)
    assert page.status_code == (503 if away is not r.AskProfiles else 200)


async def test_an_export_comes_in_both_formats_with_harmless_cells(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    csv = await visitor.get("/staff/profiles/export/csv")
    assert csv.content == "\ufeffname;text\r\n'=Exemple;Du fromage\r\n".encode()
    assert csv.headers["content-disposition"] == 'attachment; filename="profils.csv"'
    xlsx = await visitor.get("/staff/profiles/export/xlsx")
    rows = list(load_workbook(io.BytesIO(xlsx.content)).active.iter_rows(values_only=True))
    assert rows == [("name", "text"), ("'=Exemple", "Du fromage")]
    assert (await visitor.get("/staff/profiles/export/pdf")).status_code == 404


async def test_an_export_of_many_pages_is_whole(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    pages = {
        after: r.RowsPage(columns=("name",), rows=((f"n{after}",),), after=following)
        for after, following in (("", "a"), ("a", "b"), ("b", None))
    }
    ask = furnished.bus.ask

    async def paged(request: r.Request, **more: str) -> r.Reply:
        return pages[request.after] if isinstance(request, r.AskRows) else await ask(request, **more)

    furnished.bus.ask = paged  # type: ignore[method-assign]
    assert (await visitor.get("/staff/partnerships/export/csv")).text.split() == ["\ufeffname", "n", "na", "nb"]


async def test_a_profile_shows_its_versions_and_what_changed(furnished: Portal, visitor: Browser) -> None:
    await as_staff(furnished, visitor)
    page = (await visitor.get("/staff/profiles/org-1")).text
    assert "Version 2" in page
    assert "Nous faisons du beurre." in page
    assert "tableau importé" in page
    assert "mots parlants" in page
    furnished.bus.answers[r.AskProfile] = r.ProfileHistory(refused="unknown")
    assert (await visitor.get("/staff/profiles/gone")).status_code == 404
