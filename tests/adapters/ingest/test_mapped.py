"""Sources described by files, over real sockets: pages, links, secrets, and all the ways they can answer wrongly."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.ingest.app import build
from services.ingest.commands import Refused, harvest_once
from services.ingest.jobs import Jobs
from services.ingest.settings import IngestSettings
from services.ingest.sources.bounded import Validators
from services.ingest.sources.contract import Fetched
from services.ingest.sources.mapped import source_of
from services.ingest.sources.mapped_file import SourceFile
from shared.requests import AskHarvests, HarvestNow
from shared.settings import CommonSettings, SettingsError
from tests.adapters.ingest.asking import fetch_once
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.guide import Guide, page
from tests.adapters.ingest.json_server import Asked, Faults, Said, Says, serving
from tests.adapters.ingest.malformed import MALFORMED
from tests.unit.ingest.mapped import FEEDS, PROVIDERS, described, file, record
from tests.unit.ingest.rows import NOW

AIDS = [record(f"aide-{number}", titre=f"Aide {number}") for number in range(120)]
SECRETS = IngestSettings(source_secrets=SecretStr('{"guide-region": "hush-hush"}'))
Strange = Callable[[Asked, int], Said | None]


async def read(says: Says, settings: IngestSettings = SECRETS, *, known: Any = None, **changed: Any) -> Fetched:
    """What the documented example gives when it is served so, with some members of its file replaced."""
    with serving(says) as url:
        source = source_of(file(**{"url": f"{url}/api/aides?sort=date", **changed}))
        validators = {f"{url}/api/aides?sort=date": known} if known else {}
        return await fetch_once(source, settings, validators=validators)


async def test_all_pages_are_read_with_the_secret_of_the_settings(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    guide = Guide(AIDS)
    fetched = await read(guide)
    assert (fetched.problem, list(fetched.records)) == (None, AIDS)
    assert [dict(asked.params) for asked in guide.faults.asked] == [
        {"sort": "date", "limit": "50", "page": str(number)} for number in (1, 2, 3)
    ]
    assert {asked.headers["accept-language"] for asked in guide.faults.asked} == {"fr"}
    assert "hush-hush" not in caplog.text


async def test_a_secret_that_is_not_set_is_said_before_asking() -> None:
    guide = Guide(AIDS)
    fetched = await read(guide, IngestSettings())
    assert fetched.problem == "Guide des aides de la région: PASSERELLE_SOURCE_SECRETS has no guide-region."
    assert guide.faults.asked == []


async def test_a_secret_refused_is_a_sentence_without_it() -> None:
    fetched = await read(Guide(AIDS, key="another"))
    assert "401" in (fetched.problem or "")
    assert "hush" not in (fetched.problem or "")


async def test_pages_end_where_there_is_no_total() -> None:
    by_number = {"by": "number", "parameter": "page", "size_parameter": "limit", "size": 50}
    short = Guide(AIDS)
    assert (await read(short, total=None, paging=by_number)).problem is None
    assert len(short.faults.asked) == 3
    full = Guide(AIDS[:100])
    fetched = await read(full, total=None, paging=by_number)
    assert (fetched.problem, len(fetched.records), len(full.faults.asked)) == (None, 100, 3)


async def test_a_page_that_is_not_found_is_beyond_the_last() -> None:
    def not_found(asked: Asked, _: int) -> Said | None:
        return Said({"detail": "Invalid page."}, 404) if asked.params["page"] == "3" else None

    fetched = await read(Guide(AIDS[:100], Faults(not_found)), total=None)
    assert (fetched.problem, len(fetched.records)) == (None, 100)


async def test_a_server_with_smaller_pages_than_asked_for_is_noticed() -> None:
    fetched = await read(Guide(AIDS, longest_page=20))
    assert fetched.problem == "The source announced 120 records and gave 20."


# --- links to the next page ---


def linked(*pages: Any) -> Says:
    """Pages of one aid each, with the link that each is given."""

    def says(asked: Asked) -> Said:
        number = int(asked.params.get("page", 1))
        return Said({"results": [AIDS[number]], "next": pages[number - 1]})

    return says


LINKS: dict[str, Any] = {"paging": {"by": "link"}, "records": "results", "total": None, "headers": {}}


async def test_links_are_followed_absolute_or_not() -> None:
    fetched = await read(linked("?page=2", "/api/aides?page=3", None), **LINKS)
    assert (fetched.problem, len(fetched.records)) == (None, 3)
    assert (await read(linked("?page=2", ""), **LINKS)).problem is None


BAD_LINKS: dict[str, tuple[Says, str]] = {
    "another server": (linked("https://elsewhere.example/api?page=2"), "on another server (elsewhere.example)"),
    "another scheme": (linked("file:///etc/passwd"), "on another server"),
    "a script": (linked("javascript:alert(1)"), "on another server"),
    "a number": (linked(2), "is no address"),
    "an object": (linked({"href": "?page=2"}), "is no address"),
    "an address that is none": (linked("http://[::1"), "is no address"),
    "an endless address": (linked("?page=" + "2" * 70_000), "is no address"),
    "the same page": (linked("?sort=date"), "in a circle"),
    "an earlier page": (linked("?page=2", "?page=3", "?page=2"), "in a circle"),
    "the same records": (lambda asked: Said({"results": AIDS, "next": asked.path + "?n=" + "1" * 5}), "repeats"),
}


@pytest.mark.parametrize(("says", "told"), BAD_LINKS.values(), ids=BAD_LINKS.keys())
async def test_links_that_lead_astray_are_told_and_not_followed(says: Says, told: str) -> None:
    fetched = await read(says, **LINKS)
    assert told in (fetched.problem or "")
    assert fetched.records


# --- one document, asked for only when it changed ---


TIMELESS = {"fields": {"key": "id", "title": "titre", "text": "description"}}
ONE: dict[str, Any] = {"paging": None, "records": "", "total": None, "headers": {}, **TIMELESS}


async def test_a_document_that_did_not_change_is_not_sent_again() -> None:
    def says(asked: Asked) -> Said:
        same = asked.headers.get("if-none-match") == '"v7"'
        return Said(b"", 304) if same else Said(AIDS, headers={"ETag": '"v7"', "Last-Modified": "yesterday"})

    first = await read(says, **ONE)
    (validators,) = first.validators.values()
    assert (len(first.records), first.unchanged, validators) == (120, False, Validators('"v7"', "yesterday"))
    again = await read(says, **ONE, known=validators)
    assert (again.records, again.unchanged, again.problem) == ((), True, None)
    opening = {"key": "id", "title": "titre", "opens_on": "ouverture"}
    assert len((await read(says, **{**ONE, "fields": opening}, known=validators)).records) == 120


async def test_a_document_that_could_not_be_used_is_asked_for_whole_the_next_time() -> None:
    def says(_: Asked) -> Said:
        return Said({"error": "later"}, headers={"ETag": '"v8"'})

    assert (await read(says, **ONE)).validators == {}


async def test_json_under_another_name_is_read_only_when_the_file_says_so() -> None:
    def says(_: Asked) -> Said:
        return Said(AIDS, kind="text/plain")

    assert "text/plain" in ((await read(says, **ONE)).problem or "")
    assert len((await read(says, **ONE, any_content_type=True)).records) == 120


# --- wrong answers ---


def replacing(number: int, said: Said) -> Strange:
    return lambda asked, _: said if asked.params.get("page") == str(number) else None


ENVELOPES: dict[str, Said] = {
    "no data": Said({}),
    "data null": Said({"data": None}),
    "data a list": Said({"data": [AIDS]}),
    "data a text": Said({"data": "x"}),
    "aids gone": Said({"data": {"total": 1}}),
    "aids null": Said({"data": {"total": 1, "aides": None}}),
    "aids an object": Said({"data": {"total": 1, "aides": {"1": AIDS[0]}}}),
    "aids a text": Said({"data": {"total": 1, "aides": "x"}}),
    "total gone": Said({"data": {"aides": AIDS[:1]}}),
    **{f"total {value!r}": page(AIDS[:1], total=value) for value in (None, -1, "1", 1.5, True, [], {"n": 1})},
    "total beyond the rows": page(AIDS[:1], total=10**9),
    "renamed": Said({"donnees": {"total": 1, "aides": AIDS[:1]}}),
    "a list of aids": Said(AIDS[:1]),
    "an aid": Said(AIDS[0]),
}
WRONG: dict[str, Strange] = {f"first page {name}": replacing(1, said) for name, said in (MALFORMED | ENVELOPES).items()}
LATER: dict[str, Strange] = {
    **{f"second page {name}": replacing(2, said) for name, said in MALFORMED.items()},
    "a total that shrinks": replacing(2, page(AIDS[50:100], total=100)),
    "a total that grows": replacing(2, page(AIDS[50:100], total=500)),
    "an empty page": replacing(2, page([], total=120)),
    "a page twice": replacing(2, page(AIDS[:50], total=120)),
}


@pytest.mark.parametrize("strange", WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_answer_is_a_sentence_and_no_exception(strange: Strange) -> None:
    fetched = await read(Guide(AIDS, Faults(strange)))
    assert fetched.problem
    assert fetched.problem[0].isupper()
    assert fetched.problem.endswith(".")
    assert "hush" not in fetched.problem


@pytest.mark.parametrize("strange", LATER.values(), ids=LATER.keys())
async def test_what_was_read_before_a_wrong_page_is_kept(strange: Strange) -> None:
    fetched = await read(Guide(AIDS, Faults(strange)))
    assert fetched.problem
    assert list(fetched.records[:50]) == AIDS[:50]


def test_there_are_enough_wrong_answers() -> None:
    assert len(WRONG) + len(LATER) + len(BAD_LINKS) >= 60


async def test_pages_without_end_are_left() -> None:
    def endless(asked: Asked, _: int) -> Said | None:
        return Said({"data": {"aides": [record(asked.params["page"])]}})

    unlimited = {"by": "number"}
    assert "400 pages" in ((await read(Guide([], Faults(endless)), total=None, paging=unlimited)).problem or "")


# --- in the service ---


def folder_with(tmp_path: Path, url: str, **changed: Any) -> Path:
    (tmp_path / "guide.json").write_text(json.dumps(described(url=url, **changed)), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_file_in_the_folder_is_a_source_like_the_others(ingest: Ingest, tmp_path: Path) -> None:
    with serving(Guide([*AIDS[:20], record("bad", cloture="bientôt")])) as url:
        settings = SECRETS.model_copy(update={"source_files": folder_with(tmp_path, url), "sources": "eu-portal"})
        context = ingest.context
        context.settings, context.common = settings, CommonSettings()
        parts = build(context)
        summary = await harvest_once(context, "guide-region")
        again = await harvest_once(context, "guide-region")
    assert (summary.complete, summary.counts) == (True, {"new": 20, "quarantined": 1})
    assert again.counts == {"unchanged": 20, "quarantined": 1}
    assert "harvest-guide-region" in [job.name for job in parts.jobs]
    seen = await parts.requests[AskHarvests](AskHarvests())
    shown = {source.name: source for source in seen.sources}
    assert (shown["guide-region"].enabled, shown["guide-region"].opportunities) == (True, 20)
    assert (await parts.requests[HarvestNow](HarvestNow(source="guide-region"))).refused is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_worker_reads_a_mapped_source(ingest: Ingest, tmp_path: Path) -> None:
    with serving(Guide(AIDS[:5])) as url:
        source = source_of(file(url=url))
        harvester = ingest.harvester()
        object.__setattr__(harvester, "settings", SECRETS)
        jobs = Jobs(harvester, ("guide-region",), sources=(source,))
        await jobs.opened()
        await jobs.carry_out_once()
    assert await ingest.store.live_count("guide-region") == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_wrong_file_stops_the_start_with_its_sentence(ingest: Ingest, tmp_path: Path) -> None:
    context = ingest.context
    context.settings = IngestSettings(source_files=folder_with(tmp_path, "https://a.example", language="de"))
    with pytest.raises(SettingsError, match=r"guide\.json: language: Input should be"):
        build(context)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_unknown_source_is_answered_with_the_known_ones(ingest: Ingest, tmp_path: Path) -> None:
    context = ingest.context
    context.settings = IngestSettings(source_files=folder_with(tmp_path, "https://a.example"))
    with pytest.raises(Refused, match=r"eu-portal, .*guide-region"):
        await harvest_once(context, "nowhere")


# --- providers' shapes ---


@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_feed_in_a_providers_shape_is_read_whole(name: str) -> None:
    with serving(lambda _: Said(FEEDS[name])) as url:
        fetched = await fetch_once(source_of(_at(PROVIDERS[name], url)), IngestSettings())
    parsed = source_of(PROVIDERS[name]).parse(fetched.records, NOW)
    assert fetched.problem is None
    assert parsed.readings
    assert all(refused.reason == "not_for_organisations" for refused in parsed.refused)


CUT_WHEN_RECORDED = {"drome": 3, "manche": 10}
RECORDED = {
    "ademe": "ademe_agir_data",
    "drome": "departement_drome_data",
    "manche": "departement_manche_data",
    "ile-de-france": "ile_de_france_data",
    "welcomeurope": "welcom_europe_data",
}


@pytest.mark.recordings
@pytest.mark.parametrize("name", PROVIDERS)
async def test_each_recorded_record_is_read_or_refused_with_a_reason(name: str, recordings: Path) -> None:
    body = (recordings / "aides_territoires" / f"{RECORDED[name]}.json").read_bytes()
    with serving(lambda _: Said(body)) as url:
        fetched = await fetch_once(source_of(_at(PROVIDERS[name], url)), IngestSettings())
    parsed = source_of(PROVIDERS[name]).parse(fetched.records, NOW)
    assert len(parsed.readings) + len(parsed.refused) == len(fetched.records) > 1
    assert all(refused.reason in ("not_for_organisations", "ghost") for refused in parsed.refused)
    assert all(reading.state.title and "<" not in reading.state.text for reading in parsed.readings)
    assert len(parsed.readings) >= len(fetched.records) * 0.7
    if name in CUT_WHEN_RECORDED:
        assert f"and gave {CUT_WHEN_RECORDED[name]}." in (fetched.problem or "")
    else:
        assert fetched.problem is None


def _at(described_file: SourceFile, url: str) -> SourceFile:
    return described_file.model_copy(update={"url": str(httpx.URL(url).join("/feed"))})
