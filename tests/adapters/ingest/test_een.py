"""Enterprise Europe Network over real sockets: its windows of deadlines, and all the ways it can answer wrongly."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from services.ingest.settings import IngestSettings
from services.ingest.sources.contract import Fetched
from services.ingest.sources.een import lacks, source
from shared.logs import QUIET
from tests.adapters.ingest.asking import asking, fetch_once
from tests.adapters.ingest.conftest import QUICK, Ingest
from tests.adapters.ingest.een_server import PASSWORD, USER, XML, Service, in_xml
from tests.adapters.ingest.json_server import Asked, Faults, Said, serving
from tests.adapters.ingest.malformed import MALFORMED
from tests.unit.ingest.een_profiles import in_country, pod, profile
from tests.unit.ingest.rows import NOW

Strange = Callable[[Asked, int], Said | None]
FIRST_DAY = date(2026, 11, 5)
PROFILES = [
    profile(f"BRDE2026090100{number}", deadline=(FIRST_DAY + timedelta(days=30 * number)).isoformat())
    for number in range(1, 9)
]
KEYS = [f"BRDE2026090100{number}" for number in range(1, 9)]


def settings(url: str, password: str = PASSWORD) -> IngestSettings:
    return IngestSettings(een_url=url, een_user=USER, een_password=password)  # type: ignore[arg-type]


async def read(service: Service, password: str = PASSWORD, *, since: datetime | None = None) -> Fetched:
    with serving(service) as url:
        return await fetch_once(source, settings(url, password), since=since)


def keys(fetched: Fetched) -> list[str]:
    return [reading.key for reading in source.parse(fetched.records, NOW).readings]


async def test_profiles_of_every_window_of_deadlines_are_read_once() -> None:
    service = Service([*PROFILES, profile("TODE20260901001", deadline="2029-05-01")])
    fetched = await read(service)
    assert fetched.problem is None
    assert keys(fetched) == [*KEYS, "TODE20260901001"]
    windows = [(asked.params["da"], asked.params["db"]) for asked in service.faults.asked]
    assert windows[0] == ("20261102", "20261116")
    assert [first for first, _ in windows[1:]] == [last for _, last in windows[:-1]]
    assert windows[-1][1] > "20281101"


async def test_a_profile_on_the_edge_of_two_windows_is_told_once() -> None:
    fetched = await read(Service([profile(deadline="2026-11-16")]))
    assert (fetched.problem, len(fetched.records)) == (None, 1)


async def test_profiles_of_france_are_not_read() -> None:
    ours = in_country("FR", "France", "BRFR20260901001")
    fetched = await read(Service([ours, *PROFILES]))
    assert (fetched.problem, keys(fetched)) == (None, KEYS)


async def test_only_what_changed_is_asked_for_when_a_day_is_given() -> None:
    service = Service([*PROFILES, profile("TODE20260901001", update="2026-10-20T00:00:00")])
    fetched = await read(service, since=datetime(2026, 10, 15, tzinfo=UTC))
    assert (fetched.problem, keys(fetched)) == (None, ["TODE20260901001"])
    assert {asked.params["ua"] for asked in service.faults.asked} == {"20261015"}


async def test_credentials_refused_are_said_at_once_and_never_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    service = Service(PROFILES)
    fetched = await read(service, password="somebody-elses-password")
    assert fetched == Fetched(
        problem=(
            "Enterprise Europe Network refuses the credentials: "
            "give valid ones as PASSERELLE_EEN_USER and PASSERELLE_EEN_PASSWORD."
        )
    )
    assert len(service.faults.asked) == 1
    # httpx and httpcore tell addresses, and this service wants its password in them: the logs keep both quiet.
    assert {"httpx", "httpcore"} <= set(QUIET)
    assert not [
        one for one in caplog.records if not one.name.startswith(QUIET) and "somebody-elses" in one.getMessage()
    ]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, "PASSERELLE_EEN_URL, PASSERELLE_EEN_USER, PASSERELLE_EEN_PASSWORD"),
        ({"een_url": "https://een.example"}, "PASSERELLE_EEN_USER, PASSERELLE_EEN_PASSWORD"),
        ({"een_url": "https://een.example", "een_user": USER}, "PASSERELLE_EEN_PASSWORD"),
        ({"een_url": "https://een.example", "een_user": USER, "een_password": ""}, "PASSERELLE_EEN_PASSWORD"),
        ({"een_user": USER, "een_password": PASSWORD}, "PASSERELLE_EEN_URL"),
    ],
)
async def test_a_setting_that_is_missing_is_named_before_asking(given: dict[str, str], missing: str) -> None:
    lacking = IngestSettings(**given)  # type: ignore[arg-type]
    sentence = f"Enterprise Europe Network cannot be asked: {missing} not set."
    assert lacks(lacking) == sentence
    assert (await fetch_once(source, lacking)).problem == sentence
    assert lacks(settings("https://een.example")) is None


async def test_known_profiles_are_looked_up_by_the_day_in_their_reference() -> None:
    over = profile("BODE20250301002", submit="2025-03-03T00:00:00", deadline="2026-03-01")
    service = Service([over, *PROFILES])
    with serving(service) as url:
        async with httpx.AsyncClient(trust_env=False) as http:
            assert source.look_up is not None
            wanted = ["BODE20250301002", KEYS[0], "BODE20251399001", "../x?y#z"]
            found = await source.look_up(asking(http, settings(url)), wanted)
    readings = source.parse(found.records, NOW).readings
    assert found.problem is None
    assert [(one.key, one.state.status) for one in readings] == [("BODE20250301002", "closed"), (KEYS[0], "open")]
    assert [asked.params["sa"] for asked in service.faults.asked] == ["20250228", "20260831"]


# --- wrong answers ---

BOMB = b'<!DOCTYPE pod [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><pod><profile>&b;</profile></pod>'
WHOLE = pod(profile())


def xml(body: bytes) -> Said:
    return Said(body, kind=XML)


DOCUMENTS: dict[str, Said] = {
    **{f"{name}, said to be XML": xml(said.content) for name, said in MALFORMED.items() if name != "XML"},
    "half a profile": xml(WHOLE[:400]),
    "a body cut short": Said(WHOLE, kind=XML, cut_at=300),
    "a bomb": xml(BOMB),
    "a file of the machine": xml(b'<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><pod>&a;</pod>'),
    "a DTD elsewhere": xml(b'<!DOCTYPE pod SYSTEM "http://x.example/pod.dtd"><pod/>'),
    "an HTML page": xml(b"<html><body><p>Maintenance</p></body></html>"),
    "a SOAP fault": xml(b"<s:Envelope xmlns:s='urn:s'><s:Body><s:Fault/></s:Body></s:Envelope>"),
    "a profile alone": xml(profile().encode()),
    "an error among nothing": xml(b"<pod><error>quota</error></pod>"),
    "a text where profiles are": xml(b"<pod>quota exceeded</pod>"),
    "another root": xml(b"<events/>"),
    "an unbound prefix": xml(b"<pod><a:profile/></pod>"),
    "a NUL": xml(b"<pod><profile>\x00</profile></pod>"),
    "a NUL by its number": xml(b"<pod><profile>&#0;</profile></pod>"),
    "an unknown entity": xml(b"<pod><profile>&eacute;</profile></pod>"),
    "latin-1 said to be UTF-8": xml("<pod><profile>é</profile></pod>".encode("latin-1")),
    "an unknown encoding": xml(b'<?xml version="1.0" encoding="klingon"?><pod/>'),
    "two documents": xml(WHOLE + WHOLE),
    "crossed elements": xml(b"<pod><profile></pod></profile>"),
    "deep elements": xml(b"<pod>" * 50_000),
    "deep closed elements": xml(b"<a>" * 50_000 + b"</a>" * 50_000),
    "too many megabytes": xml(b"<pod>" + b" " * 12_000_001 + b"</pod>"),
    "XML said to be JSON": Said(WHOLE),
    "XML said to be a page": Said(WHOLE, kind="text/html"),
    "XML without a type": Said(WHOLE, kind=""),
}
ASKED_WRONG = {**{name: said for name, said in MALFORMED.items() if name != "XML"}, **DOCUMENTS}


@pytest.mark.parametrize("said", ASKED_WRONG.values(), ids=ASKED_WRONG.keys())
async def test_a_wrong_answer_is_a_sentence_and_nothing_else_is_lost(said: Said) -> None:
    with serving(service := Service(PROFILES, Faults(only_first_window(said)))) as url:
        fetched = await fetch_once(source, settings(url))
    assert fetched.problem
    assert fetched.problem.endswith(".")
    assert PASSWORD not in fetched.problem
    if said.status in (401, 403):
        assert (fetched.records, len(service.faults.asked)) == ((), 1)
    else:
        assert fetched.problem.startswith("Deadlines from 2026-11-02 to 2026-11-16: The source")
        assert keys(fetched) == KEYS


def only_first_window(said: Said) -> Strange:
    return lambda asked, _: said if asked.params.get("da") == "20261102" else None


def test_there_are_enough_wrong_answers() -> None:
    assert len(ASKED_WRONG) >= 60


async def test_a_service_that_fails_again_and_again_is_left() -> None:
    service = Service(PROFILES, Faults(lambda _, __: Said(b"", 400)))
    fetched = await read(service)
    assert (fetched.records, len(service.faults.asked)) == ((), 3)


async def test_a_service_that_gives_nothing_at_all_is_told() -> None:
    assert (await read(Service([]))).problem == "Enterprise Europe Network gave no profile at all."


async def test_a_service_that_ignores_dates_is_read_once() -> None:
    fetched = await read(Service([], Faults(lambda _, __: in_xml(*PROFILES, "<error/>"))))
    parsed = source.parse(fetched.records, NOW)
    assert ([one.key for one in parsed.readings], [one.reason for one in parsed.refused]) == (KEYS, ["not_a_row"])


# --- a whole harvest ---


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_harvest_stores_tells_and_closes_what_was_withdrawn(ingest: Ingest) -> None:
    live = [profile(f"BRDE202609010{number}") for number in range(10, 40)]
    service = Service([*live, profile("TODE20260901099", title="")])
    with serving(service) as url:
        harvester = ingest.harvester(limits=QUICK)
        object.__setattr__(harvester, "settings", settings(url))
        first = await harvester.harvest(source)
        service.profiles = [live[0].replace("<internal>", "<status>withdrawn</status><internal>"), *live[1:]]
        second = await harvester.harvest(source)
    assert (first.complete, first.counts) == (True, {"new": 30, "quarantined": 1})
    assert (second.complete, second.counts["closed"]) == (True, 1)
    told = [fact["opportunity_id"] for fact in await ingest.told() if fact["subject"] == "opportunity.closed"]
    assert told == ["een-brde20260901010"]
