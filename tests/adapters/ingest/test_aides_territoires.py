"""aides-territoires over real sockets: its token, its pages, and all the ways it can answer wrongly."""

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.ingest.settings import IngestSettings
from services.ingest.sources.aides_territoires import lacks, source
from services.ingest.sources.contract import Fetched
from tests.adapters.ingest.aides_territoires import OWN_TOKEN, Catalogue, page
from tests.adapters.ingest.asking import asking, fetch_once
from tests.adapters.ingest.conftest import QUICK, Ingest
from tests.adapters.ingest.json_server import Asked, Faults, Said, serving
from tests.adapters.ingest.malformed import MALFORMED
from tests.unit.ingest.aids import AID, aid
from tests.unit.ingest.rows import NOW

AIDS = [aid(1000 + number, name=f"Aide numéro {number}") for number in range(250)]
Strange = Callable[[Asked, int], Said | None]


def settings(url: str, token: str = OWN_TOKEN) -> IngestSettings:
    return IngestSettings(aides_territoires_url=url, aides_territoires_token=token)  # type: ignore[arg-type]


async def read(catalogue: Catalogue, token: str = OWN_TOKEN) -> Fetched:
    with serving(catalogue) as url:
        return await fetch_once(source, settings(url, token))


def numbers(fetched: Fetched) -> list[int]:
    return [record["id"] for record in fetched.records if isinstance(record, dict)]


async def test_all_pages_are_read_with_the_token_that_was_given() -> None:
    catalogue = Catalogue(AIDS)
    fetched = await read(catalogue)
    assert fetched.problem is None
    assert numbers(fetched) == [record["id"] for record in AIDS]
    assert [asked.params.get("page") for asked in catalogue.faults.asked] == [None, "1", "2", "3"]
    assert {asked.params["itemsPerPage"] for asked in catalogue.faults.asked[1:]} == {"100"}
    sent = [asked.headers for asked in catalogue.faults.asked]
    assert [headers.get("x-auth-token") for headers in sent] == [OWN_TOKEN, None, None, None]


async def test_what_concerns_nobody_here_is_left_out() -> None:
    elsewhere = aid(7, perimeter="Drôme")
    fetched = await read(Catalogue([aid(5), elsewhere, aid(8, perimeter="Drôme", european_aid="european"), "noise"]))
    assert fetched.problem is None
    assert numbers(fetched) == [5, 8]
    assert "noise" in fetched.records


@pytest.mark.parametrize("lasts", [1, 2])
async def test_a_token_that_ends_is_replaced_and_nothing_is_lost(lasts: int) -> None:
    catalogue = Catalogue(AIDS, lasts=lasts)
    fetched = await read(catalogue)
    assert (fetched.problem, len(fetched.records)) == (None, 250)
    assert catalogue.given > 1


async def test_a_token_refused_is_said_and_never_written(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    fetched = await read(Catalogue(AIDS), token="somebody-elses-token")
    assert fetched.problem == (
        "aides-territoires refuses the token: give a valid one as PASSERELLE_AIDES_TERRITOIRES_TOKEN."
    )
    assert fetched.records == ()
    assert "somebody-elses-token" not in caplog.text


async def test_no_token_of_either_kind_is_ever_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await read(Catalogue(AIDS, lasts=1))
    assert OWN_TOKEN not in caplog.text
    assert "jwt-number" not in caplog.text


async def test_a_token_that_is_given_and_refused_at_once_is_said() -> None:
    fetched = await read(Catalogue(AIDS, lasts=0))
    assert "401" in (fetched.problem or "")


@pytest.mark.parametrize(
    ("token", "says"),
    [(None, "TOKEN is not set"), ("", "TOKEN is not set"), ("clé", "no token has"), ("a\nb: c", "no token has")],
)
async def test_a_token_that_cannot_be_sent_is_said_before_asking(token: str | None, says: str) -> None:
    given = IngestSettings(aides_territoires_token=token)  # type: ignore[arg-type]
    assert says in (lacks(given) or "")
    assert says in ((await fetch_once(source, given)).problem or "")


def test_a_territory_without_tables_is_said() -> None:
    given = IngestSettings(departement="974", aides_territoires_token=OWN_TOKEN)  # type: ignore[arg-type]
    assert "make_communes" in (lacks(given) or "")
    assert lacks(settings("https://aids.example")) is None


async def test_known_aids_are_looked_up_by_id_also_when_they_are_over() -> None:
    over = aid(77, is_live=False)
    with serving(Catalogue(AIDS[:2], known=[over])) as url:
        async with httpx.AsyncClient(trust_env=False) as http:
            assert source.look_up is not None
            found = await source.look_up(asking(http, settings(url)), ["77", "1000", "404404", "../x?y#z"])
    readings = source.parse(found.records, NOW).readings
    assert found.problem is None
    assert [(reading.key, reading.state.status) for reading in readings] == [("77", "closed"), ("1000", "open")]


# --- what adds up, and what does not ---


def replacing(number: int, said: Said) -> Strange:
    """This answer in place of a page."""
    return lambda asked, _: said if asked.params.get("page") == str(number) else None


def on_connection(said: Said) -> Strange:
    return lambda asked, _: said if asked.path == "/api/connexion/" else None


def body(**fields: Any) -> Said:
    whole = {"count": 1, "previous": None, "next": None, "results": [AID]}
    return Said({name: value for name, value in {**whole, **fields}.items() if value != "gone"})


ENVELOPES: dict[str, Said] = {
    **{f"{name} gone": body(**{name: "gone"}) for name in ("count", "next", "results")},
    **{f"{name} null": body(**{name: None}) for name in ("count", "results")},
    **{f"count {value!r}": body(count=value) for value in (-1, "1", 1.5, True, [1], 10**9)},
    **{f"results {value!r}": body(results=value) for value in ("x", {}, 7)},
    "next a number": body(next=2),
    "next an object": body(next={"page": 2}),
    "a list of aids": Said([AID]),
    "an aid": Said(AID),
    "one aid of many": body(count=40),
    "of another API": Said({"totalResults": 1, "pageNumber": 1, "results": [AID]}),
}
TOKENS: dict[str, Said] = {
    **{
        f"token {value!r}"[:25]: Said({"token": value})
        for value in (None, "", 7, [], {"a": 1}, "a b", "é", "x" * 10_001)
    },
    "no token": Said({}),
    "a token alone": Said("jwt"),
    "a list": Said(["jwt"]),
    "a token that goes on": Said({"token": "a\r\nX-Evil: 1"}),
}
WRONG: dict[str, Strange] = {
    **{f"first page {name}": replacing(1, said) for name, said in MALFORMED.items()},
    **{f"first page {name}": replacing(1, said) for name, said in ENVELOPES.items()},
    **{f"connection {name}": on_connection(said) for name, said in (MALFORMED | TOKENS).items()},
}


@pytest.mark.parametrize("strange", WRONG.values(), ids=WRONG.keys())
async def test_a_wrong_answer_is_a_sentence_and_no_exception(strange: Strange) -> None:
    fetched = await read(Catalogue(AIDS[:150], Faults(strange)))
    assert fetched.problem
    assert fetched.problem[0].isupper() or fetched.problem.startswith("aides-territoires")
    assert fetched.problem.endswith(".")
    assert OWN_TOKEN not in fetched.problem


def test_there_are_enough_wrong_answers() -> None:
    assert len(WRONG) >= 60


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_was_read_before_a_wrong_page_is_kept(said: Said) -> None:
    fetched = await read(Catalogue(AIDS, Faults(replacing(2, said))))
    assert fetched.problem
    assert numbers(fetched) == [record["id"] for record in AIDS[:100]]


SHIFTING: dict[str, tuple[Strange, str]] = {
    "a total that shrinks": (replacing(2, page(AIDS, 2, 100, count=180)), "changed from 250 to 180"),
    "a total that grows": (replacing(2, page(AIDS, 2, 100, count=400)), "changed from 250 to 400"),
    "an empty page": (replacing(2, body(count=250, next="https://x.example/?page=3", results=[])), "Page 2 is empty"),
    "a page twice": (
        replacing(2, body(count=250, next="https://x.example/?page=3", results=AIDS[:100])),
        "Page 2 repeats",
    ),
    "pages that end too soon": (
        replacing(2, body(count=250, results=AIDS[100:150])),
        "announced 250 aids and gave 150",
    ),
    "rows that move between pages": (
        replacing(3, body(count=250, results=AIDS[150:200])),
        "announced 250 aids and gave 200",
    ),
}


@pytest.mark.parametrize(("strange", "says"), SHIFTING.values(), ids=SHIFTING.keys())
async def test_pages_that_do_not_add_up_are_told(strange: Strange, says: str) -> None:
    assert says in ((await read(Catalogue(AIDS, Faults(strange)))).problem or "")


async def test_pages_without_end_are_left() -> None:
    def endless(asked: Asked, _: int) -> Said | None:
        number = int(asked.params.get("page", 0))
        return body(count=5, next="https://x.example/", results=[aid(number)]) if number else None

    fetched = await read(Catalogue([], Faults(endless)))
    assert "400 pages" in (fetched.problem or "")


async def test_numbers_that_are_none_and_a_byte_order_mark_spoil_nothing() -> None:
    raw = b'\xef\xbb\xbf{"count": 2, "next": null, "results": [{"id": NaN, "name": "x"}, {"id": 4, "name": "Bois"}]}'
    fetched = await read(Catalogue([], Faults(replacing(1, Said(raw)))))
    parsed = source.parse(fetched.records, NOW)
    assert fetched.problem is None
    assert ([one.key for one in parsed.readings], [one.reason for one in parsed.refused]) == (["4"], ["bad_field"])


# --- a whole harvest ---


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_harvest_stores_tells_and_closes_on_the_sources_word(ingest: Ingest) -> None:
    live = [aid(number, name=f"Aide {number}") for number in range(1, 31)]
    bad = aid(31, submission_deadline="bientôt")
    catalogue = Catalogue([*live, bad])
    with serving(catalogue) as url:
        harvester = ingest.harvester(limits=QUICK)
        object.__setattr__(harvester, "settings", settings(url))
        first = await harvester.harvest(source)
        catalogue.aids, catalogue.known = live[1:], [{**live[0], "is_live": False}]
        second = await harvester.harvest(source)
    assert (first.complete, first.counts) == (True, {"new": 30, "quarantined": 1})
    assert (second.complete, second.counts["closed"]) == (True, 1)
    told = [fact["opportunity_id"] for fact in await ingest.told() if fact["subject"] == "opportunity.closed"]
    assert told == ["at-1"]


@pytest.mark.parametrize("name", ["name", "perimeter", "targeted_audiences", "is_live", "description", "categories"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_field_renamed_by_the_source_is_noticed_at_the_first_harvest(ingest: Ingest, name: str) -> None:
    renamed = [{f"new_{key}" if key == name else key: value for key, value in one.items()} for one in AIDS[:40]]
    with serving(Catalogue(renamed)) as url:
        harvester = ingest.harvester(limits=QUICK)
        object.__setattr__(harvester, "settings", settings(url))
        summary = await harvester.harvest(source)
    assert not summary.complete
    assert name in (summary.problem or "")
    assert await ingest.store.live_ids() == []
