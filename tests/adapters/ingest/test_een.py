"""The profile service of the network over real sockets: dates, credentials, and whatever it may answer instead."""

import io
import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.ingest.harvest import Harvester
from services.ingest.settings import IngestSettings
from services.ingest.sources.contract import Fetched
from services.ingest.sources.een import lacks, source
from shared.logs import log_as_json
from tests.adapters.ingest.asking import asking, fetch_once
from tests.adapters.ingest.conftest import QUICK, Ingest
from tests.adapters.ingest.een_server import PASSWORD, USER, XML, Network
from tests.adapters.ingest.json_server import Asked, Said, serving
from tests.adapters.ingest.malformed import MALFORMED, PAGE
from tests.unit.ingest.een_profiles import PROFILE, pod, profile
from tests.unit.ingest.rows import NOW

TODAY = NOW.date()


def closing_in(days: int, number: int = 1, **parts: Any) -> dict[str, Any]:
    """A profile whose deadline is so many days ahead."""
    return profile(number, datum={"deadline": f"{TODAY + timedelta(days=days)}T00:00:00"}, **parts)


PROFILES = [closing_in(days, number) for number, days in enumerate((0, 13, 14, 15, 200, 364, 900), start=1)]


def settings(url: str, *, password: str = PASSWORD) -> IngestSettings:
    return IngestSettings(een_url=url, een_user=USER, een_password=password)  # type: ignore[arg-type]


def keys(fetched: Fetched) -> list[str]:
    return sorted(reading.key for reading in source.parse(fetched.records, NOW).readings)


async def read(network: Network) -> Fetched:
    with serving(network) as url:
        return await fetch_once(source, settings(url))


async def test_every_profile_whose_deadline_is_ahead_is_read_once() -> None:
    network = Network([*PROFILES, closing_in(-1, 50)])
    fetched = await read(network)
    assert fetched.problem is None
    assert keys(fetched) == [f"BRDE2026100500{number}" for number in range(1, 8)]
    assert len(fetched.records) == 7
    asked = [(request.params["da"], request.params.get("db")) for request in network.faults.asked]
    assert asked[0] == ("20261102", "20261116")
    assert [before for _, before in asked[:-1]] == [after for after, _ in asked[1:]]
    assert asked[-1][1] is None


async def test_only_what_was_updated_since_is_asked_for() -> None:
    network = Network(PROFILES)
    with serving(network) as url:
        await fetch_once(source, settings(url), since=NOW - timedelta(days=30))
    assert {request.params["ua"] for request in network.faults.asked} == {"20261003"}


async def test_profiles_of_french_companies_are_left_out() -> None:
    ours = closing_in(20, 60, company={"country": {"key": "FR", "label": "France"}})
    assert keys(await read(Network([PROFILES[0], ours]))) == ["BRDE20261005001"]


async def test_known_profiles_are_looked_up_by_reference_also_when_they_are_over() -> None:
    over = closing_in(-3, 77)
    network = Network([*PROFILES, over])
    with serving(network) as url:
        async with httpx.AsyncClient(trust_env=False) as http:
            assert source.look_up is not None
            wanted = ["BRDE20261005077", "BRDE20261005001", "BRDE20261005999", "BRDE20269999001", "../x?y"]
            found = await source.look_up(asking(http, settings(url)), wanted)
    states = {reading.key: reading.state.status for reading in source.parse(found.records, NOW).readings}
    assert found.problem is None
    assert states == {"BRDE20261005077": "closed", "BRDE20261005001": "open"}
    assert [request.params["pt"] for request in network.faults.asked] == ["BR"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "PASSERELLE_EEN_URL, PASSERELLE_EEN_USER, PASSERELLE_EEN_PASSWORD must be set"),
        ({"een_url": "https://een.example"}, "PASSERELLE_EEN_USER, PASSERELLE_EEN_PASSWORD must be set"),
        (
            {"een_url": "https://een.example", "een_user": "u", "een_password": ""},
            "PASSERELLE_EEN_PASSWORD must be set",
        ),
        ({"een_url": "http://een.example", "een_user": "u", "een_password": "p"}, "must begin with https"),
    ],
)
async def test_what_is_not_set_is_said_before_asking(given: dict[str, Any], says: str) -> None:
    assert says in (lacks(IngestSettings(**given)) or "")
    assert says in ((await fetch_once(source, IngestSettings(**given))).problem or "")


async def test_a_refused_password_is_said_at_once_and_never_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="services")
    network = Network(PROFILES)
    with serving(network) as url:
        fetched = await fetch_once(source, settings(url, password="somebody-elses"))
    assert fetched.problem == "The service refuses the user or the password of PASSERELLE_EEN_USER."
    assert len(network.faults.asked) == 1
    assert "somebody-elses" not in caplog.text + str(fetched)


async def test_the_password_in_the_address_reaches_no_line_of_the_logs() -> None:
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    try:
        log_as_json(stream, level=logging.DEBUG)
        await read(Network(PROFILES))
        await fetch_once(source, settings("http://127.0.0.1:9"))
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert "a source is asked again" in stream.getvalue()
    assert PASSWORD not in stream.getvalue()


async def test_two_weeks_that_fail_are_told_and_the_others_are_read() -> None:
    def strange(asked: Asked, _count: int) -> Said | None:
        return Said(PAGE.encode(), kind="text/html") if asked.params["da"] == "20261116" else None

    network = Network(PROFILES)
    network.faults.strange = strange
    fetched = await read(network)
    assert "maintenance page" in (fetched.problem or "")
    assert len(fetched.records) == 6  # the one that closes on the fifteenth day is missing


async def test_a_service_that_ignores_the_dates_is_noticed() -> None:
    everything = pod(*(closing_in(number, number) for number in range(1, 40)))
    network = Network([])
    network.faults.strange = lambda *_: Said(everything, kind=XML)
    fetched = await read(network)
    assert fetched.problem == "The service gives the same profiles for other dates: it may ignore them."
    assert len(keys(fetched)) == 39
    assert len(network.faults.asked) == 2


async def test_a_bad_profile_is_refused_and_the_others_are_kept() -> None:
    fetched = await read(Network([PROFILES[0], closing_in(5, 2, content={"title": ""})]))
    parsed = source.parse(fetched.records, NOW)
    assert [reading.key for reading in parsed.readings] == ["BRDE20261005001"]
    assert [(refused.key, refused.reason) for refused in parsed.refused] == [("BRDE20261005002", "no_title")]


BROKEN: dict[str, Said] = {
    "a page said to be XML": Said(PAGE.encode(), kind=XML),
    "an error said with status 200": Said(b"<error>quota exceeded</error>", kind=XML),
    "a SOAP fault": Said(b"<s:Envelope xmlns:s='urn:s'><s:Fault>no</s:Fault></s:Envelope>", kind="text/xml"),
    "half an answer": Said(pod(PROFILE)[:-40], kind=XML),
    "a bomb": Said(b'<!DOCTYPE p [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><pod>&b;</pod>', kind=XML),
    "events": Said(b"<pod><event/></pod>", kind=XML),
    "an answer in latin letters": Said("<pod><profile>é</profile></pod>".encode("latin-1"), kind=XML),
    "too long": Said(b"<pod>" + b" " * 12_100_000 + b"</pod>", kind=XML),
    "cut short": Said(pod(PROFILE), kind=XML, cut_at=90),
    "nothing": Said(b"", kind=XML),
}


@pytest.mark.parametrize("name", [*BROKEN, *MALFORMED])
async def test_a_broken_answer_is_told_and_what_came_before_is_kept(name: str) -> None:
    said = {**MALFORMED, **BROKEN}[name]
    network = Network(PROFILES)
    network.faults.strange = lambda _, count: said if count > 2 else None
    fetched = await read(network)
    assert fetched.problem
    assert set(keys(fetched)) >= {"BRDE20261005001", "BRDE20261005002", "BRDE20261005003", "BRDE20261005004"}
    assert len(network.faults.asked) <= 2 + 3 * 2  # three failures end it, each tried twice at most


async def test_a_harvest_stores_tells_and_closes_on_the_services_word(ingest: Ingest) -> None:
    network = Network([closing_in(300, number) for number in range(1, 9)])
    with serving(network) as url:
        reading = Harvester(ingest.store, ingest.harvests, settings(url), ingest.clock, QUICK)
        first = await reading.harvest(source)
        assert (first.complete, first.problem, first.counts) == (True, None, {"new": 8})
        assert (await reading.harvest(source)).counts == {"unchanged": 8}
        # The partner found somebody: the deadline is brought forward to yesterday.
        network.profiles = [closing_in(-1, 1), *network.profiles[1:]]
        later = await reading.harvest(source)
    assert (later.complete, later.counts) == (True, {"closed": 1, "unchanged": 7})
    told = await ingest.told()
    assert [fact["subject"] for fact in told].count("opportunity.published") == 8
    assert told[-1]["subject"] == "opportunity.closed"
    assert told[0]["opportunity"]["kind"] == "partnership"


async def test_without_credentials_a_harvest_says_so_and_closes_nothing(ingest: Ingest) -> None:
    reading = Harvester(ingest.store, ingest.harvests, IngestSettings(), ingest.clock, QUICK)
    summary = await reading.harvest(source)
    assert not summary.complete
    assert "PASSERELLE_EEN_URL" in (summary.problem or "")
