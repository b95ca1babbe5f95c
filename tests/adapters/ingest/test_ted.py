"""TED from end to end on a real socket: what is asked, page after page, and a sentence whenever that is not all."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from services.ingest.harvest import Harvester
from services.ingest.settings import IngestSettings
from services.ingest.sources import ted, ted_xml
from services.ingest.sources.bounded import BoundedClient, Limits
from services.ingest.sources.contract import Asking, Fetched
from services.ingest.sources.manners import Manners
from services.ingest.sources.ted import source
from services.ingest.sources.ted_query import FIELDS, MAX_FIELDS_A_PAGE, PAGE_SIZE, open_notices
from tests.adapters.ingest.conftest import QUICK, Ingest
from tests.adapters.ingest.ted_server import Reply, TedServer, as_json, edited, parsed_query, running_ted
from tests.unit.ingest.rows import NOW
from tests.unit.ingest.ted_notices import eforms, notice, numbered, procedure

ROWS = [numbered(number) for number in range(600)]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ted, "PAUSE_S", 0.0)


@pytest.fixture
def server() -> Iterator[TedServer]:
    with running_ted(TedServer()) as running:
        yield running


async def asked(server: TedServer, *, keys: list[str] | None = None, **settings: Any) -> Fetched:
    """What one reading of the server gives."""
    chosen = IngestSettings(ted_url=server.url, **settings)
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        client = BoundedClient(http, lambda: NOW, QUICK, manners=Manners(per_s=10_000))
        asking = Asking(client, chosen, NOW)
        return await (source.fetch(asking) if keys is None else source.look_up(asking, keys))  # type: ignore[misc]


async def test_all_pages_are_read_and_the_token_after_the_last_is_left(server: TedServer) -> None:
    server.rows = ROWS
    fetched = await asked(server)
    assert (len(fetched.records), fetched.problem) == (600, None)
    assert len(server.asked) == 3
    assert "iterationNextToken" not in server.asked[0]
    assert server.asked[0]["limit"] == 250
    assert (server.asked[0]["paginationMode"], server.asked[0]["scope"]) == ("ITERATION", "ACTIVE")
    assert all(ask["onlyLatestVersions"] for ask in server.asked)


async def test_a_smaller_page_than_asked_for_is_not_the_end(server: TedServer) -> None:
    server.rows, server.most_a_page = ROWS[:25], 10
    assert len((await asked(server)).records) == 25


async def test_the_fields_of_a_page_stay_under_teds_cap() -> None:
    assert len(FIELDS) * PAGE_SIZE <= MAX_FIELDS_A_PAGE
    assert len(FIELDS) == len(set(FIELDS))


CHOSEN = [
    ({}, True),
    ({"place_of_performance": ["IND"], "classification_cpv": ["34000000"]}, True),
    ({"place_of_performance": ["BE100", "BEL"], "classification_cpv": ["72000000"]}, True),
    ({"place_of_performance": ["BEL"], "classification_cpv": ["34000000"]}, False),
    ({"place_of_performance": ["POL"], "classification_cpv": ["72000000"]}, False),
    ({"form_type": "result"}, False),
    ({"deadline_receipt_tender_date_lot": ["2026-11-01Z"]}, False),
    ({"deadline_receipt_tender_date_lot": ["2026-11-02Z"]}, True),
    ({"deadline_receipt_tender_date_lot": None, "deadline_receipt_request_date_lot": ["2026-12-01Z"]}, True),
]


@pytest.mark.parametrize(("fields", "is_chosen"), CHOSEN)
async def test_only_what_was_chosen_and_can_be_answered_is_asked_for(
    server: TedServer, fields: dict[str, Any], is_chosen: bool
) -> None:
    server.rows = [notice(**fields)]
    assert len((await asked(server)).records) == is_chosen


async def test_another_territory_chooses_by_settings_alone(server: TedServer) -> None:
    server.rows = [notice(place_of_performance=["FRH03", "FRA"], classification_cpv=["45210000"])]
    assert (await asked(server)).records == ()
    assert len((await asked(server, ted_cpv="4521", ted_places="FRH0", ted_cooperation="none")).records) == 1


async def test_nothing_chosen_is_said_without_asking(server: TedServer) -> None:
    fetched = await asked(server, ted_cpv="none", ted_cooperation="none")
    assert "No tenders are chosen" in (fetched.problem or "")
    assert server.asked == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ted_cpv", "7"),
        ("ted_cpv", "72) OR (1"),
        ("ted_cpv", "123456789"),
        ("ted_places", "Mali"),
        ("ted_places", "MLI) OR (x IN (y"),
        ("ted_cooperation", "mdg"),
    ],
)
def test_a_choice_that_is_no_code_is_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="is not"):
        IngestSettings(**{name: value})


def test_a_reading_since_a_day_asks_for_later_publications() -> None:
    query = open_notices(IngestSettings(), today=date(2026, 11, 2), since=date(2026, 10, 30))
    assert query.endswith("AND publication-date >= 20261030")
    assert parsed_query(query)(notice(publication_date=["2026-10-30+01:00"]))
    assert not parsed_query(query)(notice(publication_date=["2026-10-29+01:00"]))


async def test_known_purchases_are_asked_for_whatever_their_status(server: TedServer) -> None:
    server.rows = [numbered(number, form_type="result", notice_type="can-standard") for number in range(60)]
    fetched = await asked(server, keys=[procedure(number) for number in range(45)])
    assert (len(fetched.records), fetched.problem) == (45, None)
    assert [ask["scope"] for ask in server.asked] == ["ALL"] * 3
    assert {one.state.status for one in source.parse(fetched.records, NOW).readings} == {"closed"}


async def test_a_strange_key_never_enters_a_question(server: TedServer) -> None:
    fetched = await asked(server, keys=["x) OR (publication-number IN (1", procedure(1)])
    assert len(server.asked) == 1
    assert "OR" not in server.asked[0]["query"]
    assert "not those of procedures" in (fetched.problem or "")


def page(**replaced: Any) -> Reply:
    whole = {"notices": [], "totalNoticeCount": 0, "iterationNextToken": "A", "timedOut": False, **replaced}
    return as_json({name: value for name, value in whole.items() if value is not ...})


def on(number: int, reply: Reply) -> Any:
    """A fault of one question only."""
    return lambda usual, asked_now: reply if asked_now == number else usual


def edited_on(number: int, **replaced: Any) -> Any:
    return lambda usual, asked_now: edited(**replaced)(usual, asked_now) if asked_now == number else usual


BROKEN = {
    "a maintenance page with status 200": (Reply(b"<html>maintenance</html>", 200, "text/html"), "instead of JSON"),
    "an empty body": (Reply(b""), "broken JSON"),
    "no type": (Reply(b"{}", 200, ""), "without a type"),
    "half a page": (Reply(b'{"notices": [{"publica'), "broken JSON"),
    "two pages in one": (Reply(b"{}{}"), "broken JSON"),
    "latin-1": (Reply('{"notices": ["é"]}'.encode("latin-1")), "not UTF-8"),
    "utf-16": (Reply('{"notices": []}'.encode("utf-16")), "not UTF-8"),
    "a list": (as_json([]), "another shape"),
    "a text": (as_json("notices"), "another shape"),
    "null": (as_json(None), "another shape"),
    "an error under status 200": (as_json({"message": "Internal error"}), "another shape"),
    "no notices": (page(notices=...), "another shape"),
    "notices null": (page(notices=None), "another shape"),
    "notices by number": (page(notices={"1": {}}), "another shape"),
    "no total": (page(totalNoticeCount=...), "another shape"),
    "total null": (page(totalNoticeCount=None), "another shape"),
    "total in words": (page(totalNoticeCount="many"), "another shape"),
    "total below zero": (page(totalNoticeCount=-1), "another shape"),
    "total not a number": (Reply(b'{"notices": [], "totalNoticeCount": NaN}'), "another shape"),
    "total true": (page(totalNoticeCount=True), "another shape"),
    "a token that is an object": (page(iterationNextToken={"a": 1}), "another shape"),
    "timed out in words": (page(timedOut="maybe"), "another shape"),
    "deep nesting": (Reply(b'{"notices": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"), "broken JSON"),
    "a number of 5,000 digits": (Reply(b'{"notices": [], "totalNoticeCount": ' + b"9" * 5_000 + b"}"), "broken JSON"),
    "fewer rows than announced": (page(totalNoticeCount=12), "announced 12 rows and gave 0"),
    "timed out": (page(notices=[notice()], totalNoticeCount=1, timedOut=True), "ran out of time"),
    "a question refused": (as_json({"message": "QUERY_SYNTAX_ERROR"}, status=400), "status 400"),
    "not allowed": (Reply(b"", 403, "text/html"), "status 403"),
    "gone": (Reply(b"", 404), "status 404"),
    "sent elsewhere": (Reply(b"", 302, headers={"Location": "http://127.0.0.1:1/"}), "status 302"),
    "too many questions, in HTML": (Reply(b"<html>429</html>", 429, "text/html"), "status 429"),
    "out of order": (Reply(b"", 503), "status 503"),
    "compressed for nobody": (Reply(b"x", headers={"Content-Encoding": "br"}), "compressed"),
    "broken compression": (Reply(b"xxxx", headers={"Content-Encoding": "gzip"}), "broken"),
    "cut off": (Reply(b"{}", headers={"Content-Length": "999"}), "reached"),
    "a flood": (Reply(b" " * 12_100_000), "over 12 MB"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_first_page_that_is_wrong_is_told_in_a_sentence(server: TedServer, name: str) -> None:
    reply, says = BROKEN[name]
    server.fault = lambda _usual, _number: reply
    fetched = await asked(server)
    assert says in (fetched.problem or "")


LATER = {
    "a page that repeats": (edited_on(2, notices=ROWS[:250]), "repeats", 500),
    "a token that repeats": (edited(iterationNextToken="MjUw"), "token", 500),
    "no token any more": (edited_on(2, iterationNextToken=None), "no token", 500),
    "an empty token": (edited_on(2, iterationNextToken=""), "no token", 500),
    "a total that shrinks": (edited_on(2, totalNoticeCount=400), "from 600 to 400", 500),
    "a total that grows": (edited_on(3, totalNoticeCount=700), "from 600 to 700", 600),
    "an empty page too soon": (edited_on(2, notices=[]), "announced 600 rows and gave 250", 250),
    "time runs out": (edited_on(2, timedOut=True), "ran out of time on page 2", 500),
    "a maintenance page": (on(2, Reply(b"<html>", 200, "text/html")), "instead of JSON", 250),
    "an expired token": (on(2, as_json({"error": {"type": "EXPIRED_ITERATION_TOKEN"}}, status=400)), "400", 250),
    "half a page": (on(3, Reply(b'{"notices": [')), "broken JSON", 500),
    "the same rows in other pages": (edited_on(2, notices=ROWS[1:251]), "announced 600 rows and gave 351", 600),
    "rows without number": (edited_on(2, notices=[{}] * 250), "announced 600 rows and gave 351", 600),
}


@pytest.mark.parametrize("name", LATER)
async def test_a_later_page_that_is_wrong_keeps_what_was_read(server: TedServer, name: str) -> None:
    server.rows = ROWS
    server.fault, says, kept = LATER[name]
    fetched = await asked(server)
    assert says in (fetched.problem or "")
    assert len(fetched.records) == kept


async def test_a_server_that_never_ends_is_left(server: TedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ted, "MAX_PAGES", 5)

    def endless(_usual: Reply, number: int) -> Reply:
        rows = [numbered(number * 1_000)]
        return page(notices=rows, totalNoticeCount=100_000, iterationNextToken=f"T{number}")

    server.fault = endless
    fetched = await asked(server)
    assert len(server.asked) == 5
    assert "more than" in (fetched.problem or "")


async def test_one_refusal_for_too_many_questions_is_waited_out(server: TedServer) -> None:
    server.rows = ROWS[:3]
    server.fault = on(1, Reply(b"<html>429</html>", 429, "text/html"))
    fetched = await asked(server)
    assert (len(fetched.records), fetched.problem) == (3, None)


async def test_an_unreachable_server_is_told_in_a_sentence() -> None:
    fetched = await asked(TedServer(url="http://127.0.0.1:9"))
    assert "cannot be reached" in (fetched.problem or "")


def poor(server: TedServer, number: int = 1, **fields: Any) -> dict[str, Any]:
    """A row that describes nothing, with a link to its XML."""
    link = f"{server.url}/en/notice/{710_000 + number}-2026/xml"
    return numbered(number, description_proc=None, description_lot=None, links={"xml": {"MUL": link}}, **fields)


async def test_a_poor_row_is_filled_from_its_xml(server: TedServer) -> None:
    server.rows = [poor(server), numbered(2)]
    server.xml["710001-2026"] = Reply(eforms(folder=procedure(1)), kind="application/xml")
    fetched = await asked(server)
    filled, usual = source.parse(fetched.records, NOW).readings
    assert "Études du réseau d'eau." in (filled.state.text + (filled.state.text_fr or ""))
    assert filled.state.url == "https://ted.europa.eu/fr/notice/-/detail/710001-2026"
    assert usual.state.text.startswith("Études et suivi")
    assert server.fetched == ["/en/notice/710001-2026/xml"]


XML_FAULTS = {
    "still being made": Reply(b"", 202, "application/xml"),
    "a page for people": Reply(b"<html><body>notice</body></html>", kind="text/html"),
    "an empty body": Reply(b"", kind="application/xml"),
    "another document": Reply(b"<rss/>", kind="application/xml"),
    "half a document": Reply(eforms(folder=procedure(1))[:900], kind="application/xml"),
    "entities that grow": Reply(
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>', kind="application/xml"
    ),
    "the notice of another purchase": Reply(eforms(folder=procedure(99)), kind="application/xml"),
    "gone": Reply(b"", 404),
    "out of order": Reply(b"", 503),
}


@pytest.mark.parametrize("name", XML_FAULTS)
async def test_xml_that_fails_leaves_the_row_as_it_is(server: TedServer, name: str) -> None:
    server.rows = [poor(server), numbered(2)]
    server.xml["710001-2026"] = XML_FAULTS[name]
    fetched = await asked(server)
    assert fetched.problem is None
    parsed = source.parse(fetched.records, NOW)
    assert (len(parsed.readings), parsed.refused) == (2, ())
    assert not parsed.readings[0].has_description


async def test_documents_that_take_too_long_are_left(server: TedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ted_xml, "LONGEST_S", 0.3)
    server.rows, server.xml_takes_s = [poor(server), numbered(2)], 1.0
    fetched = await asked(server)
    assert (len(fetched.records), fetched.problem) == (2, None)


async def test_few_documents_are_asked_for_and_failing_ones_end_it(server: TedServer) -> None:
    server.rows = [poor(server, number) for number in range(1, 60)]
    await asked(server)
    assert len(server.fetched) == 3
    server.fetched.clear()
    server.xml = {f"{710_000 + n}-2026": Reply(eforms(folder=procedure(n)), kind="text/xml") for n in range(1, 60)}
    fetched = await asked(server)
    assert len(server.fetched) == 20
    assert len(fetched.records) == 59


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://ted.europa.eu.example.net/x",
        "https://user@ted.europa.eu/x",
        "https://ted.europa.eu:8443/x",
        "file:///etc/hosts",
        "https://[bad",
        "",
    ],
)
async def test_a_link_that_leads_elsewhere_is_not_followed(server: TedServer, link: str) -> None:
    assert ted_xml.xml_address({"links": {"xml": {"MUL": link}}}, server.url) is None
    assert ted_xml.xml_address({"links": {"xml": {"MUL": "https://ted.europa.eu/en/notice/1-2026/xml"}}}, server.url)


def harvester(ingest: Ingest, server: TedServer) -> Harvester:
    limits = Limits(request_s=10, tries=2, first_wait_s=0.01, longest_wait_s=0.05)
    settings = IngestSettings(ted_url=server.url)
    return Harvester(ingest.store, ingest.harvests, settings, ingest.clock, limits, Manners(per_s=10_000))


async def test_a_harvest_tells_each_purchase_once(ingest: Ingest, server: TedServer) -> None:
    server.rows = ROWS[:300]
    first = await harvester(ingest, server).harvest(source)
    second = await harvester(ingest, server).harvest(source)
    assert (first.complete, first.counts) == (True, {"new": 300})
    assert (second.complete, second.counts) == (True, {"unchanged": 300})


async def test_a_correction_amends_and_a_cancellation_closes(ingest: Ingest, server: TedServer) -> None:
    server.rows = ROWS[:30]
    await harvester(ingest, server).harvest(source)
    later = {"publication_number": "790000-2026", "publication_date": ["2026-11-02Z"], "notice_identifier": "x"}
    moved = numbered(0, **{**later, "deadline_receipt_tender_date_lot": ["2027-02-01+01:00", "2027-02-02+01:00"]})
    cancelled = numbered(1, **{**later, "publication_number": "790001-2026", "change_reason_code": "cancel"})
    server.rows = [moved, cancelled, *ROWS[:30]]
    summary = await harvester(ingest, server).harvest(source)
    assert summary.complete
    assert summary.counts == {"amended": 1, "closed": 1, "unchanged": 28}
    told = {fact["subject"]: fact for fact in await ingest.told()}
    assert [one.split("T")[0] for one in told["opportunity.amended"]["opportunity"]["deadlines"]] == [
        "2027-02-01",
        "2027-02-02",
    ]
    closed = told["opportunity.closed"]
    assert (closed["opportunity_id"], closed["reason"]) == (f"ted-{procedure(1)}", "closed_by_source")


async def test_a_purchase_no_longer_listed_is_closed_by_its_result_only(ingest: Ingest, server: TedServer) -> None:
    server.rows = ROWS[:30]
    await harvester(ingest, server).harvest(source)
    gone = numbered(1, deadline_receipt_tender_date_lot=["2026-10-01Z"] * 2)
    awarded = numbered(
        0,
        publication_number="790000-2026",
        form_type="result",
        winner_selection_status=["selec-w"],
        deadline_receipt_tender_date_lot=None,
        deadline_receipt_tender_time_lot=None,
    )
    server.rows = [awarded, gone, *ROWS[2:30]]
    summary = await harvester(ingest, server).harvest(source)
    assert summary.complete
    told = {fact["opportunity_id"]: fact["reason"] for fact in await ingest.told() if "reason" in fact}
    assert told == {f"ted-{procedure(0)}": "closed_by_source", f"ted-{procedure(1)}": "deadline_passed"}


@pytest.mark.parametrize("name", sorted(ted.USUAL))
async def test_a_field_that_is_renamed_stops_the_harvest(ingest: Ingest, server: TedServer, name: str) -> None:
    def renamed(usual: Reply, _number: int) -> Reply:
        return Reply(usual.body.replace(f'"{name}":'.encode(), f'"{name}-new":'.encode()))

    server.rows = ROWS[:30]
    await harvester(ingest, server).harvest(source)
    server.fault = renamed
    summary = await harvester(ingest, server).harvest(source)
    assert not summary.complete
    assert name in (summary.problem or "")
    assert len(await ingest.store.live_ids()) == 30


async def test_a_failing_source_closes_nothing(ingest: Ingest, server: TedServer, clock: Any) -> None:
    server.rows = ROWS[:30]
    await harvester(ingest, server).harvest(source)
    for reply, _ in list(BROKEN.values())[:12]:
        server.fault = lambda _usual, _number, reply=reply: reply
        clock.turn(hours=1)
        assert not (await harvester(ingest, server).harvest(source)).complete
    assert len(await ingest.store.live_ids()) == 30
    assert (await ingest.told_by_subject()) == {"opportunity.published": 30}
