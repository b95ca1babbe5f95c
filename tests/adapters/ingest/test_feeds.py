"""Feeds over real sockets: read, conditional, each failing alone, and whatever a server may answer instead."""

import asyncio
import gzip
import time
from dataclasses import replace

import pytest

from services.ingest.harvest import Harvester
from services.ingest.settings import IngestSettings
from services.ingest.sources import feeds
from services.ingest.sources.contract import Fetched
from services.ingest.sources.feeds import lacks, source
from services.ingest.sources.feeds_xml import MAX_ENTRIES
from tests.adapters.ingest.asking import fetch_once
from tests.adapters.ingest.conftest import QUICK, Ingest
from tests.adapters.ingest.feed_server import Feeds
from tests.adapters.ingest.json_server import Said, serving
from tests.adapters.ingest.malformed import MALFORMED, PAGE
from tests.unit.ingest.feed_entries import atom, item, rss
from tests.unit.ingest.rows import NOW

BIRDS, FORESTS = "/birds/rss", "/forests/rss"


def at(url: str, *paths: str) -> IngestSettings:
    return IngestSettings(feeds=",".join(f"{url}{path}" for path in paths))


def titles(fetched: Fetched) -> list[str]:
    parsed = source.parse(fetched.records, NOW)
    return sorted(reading.state.title for reading in parsed.readings)


async def test_all_feeds_are_read_rss_and_atom() -> None:
    stay = (
        "<entry><id>urn:demo:1</id><title type='html'>Volontariat &lt;b&gt;en mer&lt;/b&gt;</title>"
        "<link href='offres/1'/><updated>2026-10-30T08:00:00Z</updated>"
        "<content type='html'>&lt;p&gt;Date limite : 3 avril 2027&lt;/p&gt;</content></entry>"
    )
    server = Feeds({BIRDS: rss(item(1), item(2)), "/atom": atom(stay)})
    with serving(server) as url:
        fetched = await fetch_once(source, at(url, BIRDS, "/atom"))
        assert (fetched.problem, fetched.unchanged) == (None, False)
        readings = {reading.state.title: reading.state for reading in source.parse(fetched.records, NOW).readings}
        assert sorted(readings) == ["Volontariat en mer", "Volunteering number 1", "Volunteering number 2"]
        offer = readings["Volontariat en mer"]
        assert (offer.language, offer.kind) == ("fr", "mobility")
        assert offer.url == f"{url}/offres/1"
        assert [deadline.date().isoformat() for deadline in offer.deadlines] == ["2027-04-03"]
        assert readings["Volunteering number 1"].url == f"{url}/news/1"


async def test_one_broken_feed_is_named_and_the_others_are_read() -> None:
    server = Feeds({BIRDS: rss(item(1)), FORESTS: PAGE.encode()})
    with serving(server) as url:
        fetched = await fetch_once(source, at(url, BIRDS, FORESTS, "/gone"))
    assert titles(fetched) == ["Volunteering number 1"]
    assert fetched.problem == (
        "127.0.0.1: what it gives is not a feed: maybe a maintenance page.\n"
        "127.0.0.1: The source answered with status 404."
    )


async def test_a_feed_that_does_not_answer_leaves_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "FEED_S", 0.3)
    server = Feeds({BIRDS: rss(item(1))})

    def slow(asked: object, _count: int) -> Said | None:
        if FORESTS in str(asked):
            time.sleep(1)
        return None

    server.faults.strange = slow
    with serving(server) as url:
        fetched = await fetch_once(source, at(url, BIRDS, FORESTS))
    assert titles(fetched) == ["Volunteering number 1"]
    assert "no complete answer" in (fetched.problem or "")


async def test_only_feeds_that_changed_are_read_again() -> None:
    server = Feeds({BIRDS: rss(item(1)), FORESTS: rss(item(2))})
    with serving(server) as url:
        settings = at(url, BIRDS, FORESTS)
        first = await fetch_once(source, settings)
        again = await fetch_once(source, settings, validators=first.validators)
        assert (again.unchanged, again.records, again.problem) == (True, (), None)
        assert again.validators == first.validators
        server.documents[FORESTS] = rss(item(2), item(3))
        third = await fetch_once(source, settings, validators=again.validators)
    assert (third.unchanged, third.problem) == (False, None)
    assert titles(third) == ["Volunteering number 2", "Volunteering number 3"]
    assert set(third.validators) == {f"{url}{BIRDS}", f"{url}{FORESTS}"}


async def test_a_feed_that_moved_is_followed_and_keeps_its_identity() -> None:
    server = Feeds({BIRDS: rss(item(1))}, moved={"/old": BIRDS})
    with serving(server) as url:
        moved = await fetch_once(source, at(url, "/old"))
        there = await fetch_once(source, at(url, BIRDS))
    assert moved.problem is None
    assert [one.id for one in source.parse(moved.records, NOW).readings] == [
        one.id for one in source.parse(there.records, NOW).readings
    ]


async def test_no_feed_at_all_is_said() -> None:
    assert lacks(IngestSettings()) == "PASSERELLE_FEEDS is not set: give the addresses of feeds."
    assert "PASSERELLE_FEEDS" in ((await fetch_once(source, IngestSettings())).problem or "")


async def test_many_broken_feeds_are_told_in_few_words() -> None:
    with serving(Feeds({f"/{number}": PAGE.encode() for number in range(9)}, kind="text/html")) as url:
        fetched = await fetch_once(source, at(url, *(f"/{number}" for number in range(8)), "/none"))
    assert fetched.problem is not None
    assert len(fetched.problem) < 300


XML_BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;">'
    b'<!ENTITY lol3 "&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;&lol2;">]>'
    b"<rss version='2.0'><channel><title>&lol3;</title></channel></rss>"
)
OUTSIDE = (
    b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<rss version="2.0"><channel><title>&x;</title></channel></rss>'
)
QUADRATIC = b'<!DOCTYPE r [<!ENTITY a "' + b"a" * 10_000 + b'">]><rss version="2.0"><channel><title>' + b"&a;" * 10_000
DEEP = b"<rss version='2.0'><channel>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</channel></rss>"
UTF7 = b"<?xml version='1.0' encoding='utf-7'?><rss version='2.0'><channel><title>+ADw-b+AD4-</title></channel></rss>"

BROKEN: dict[str, tuple[Said, str]] = {
    "an entity bomb": (Said(XML_BOMB, kind="text/xml"), "declares entities"),
    "an entity bomb in UTF-16": (Said(XML_BOMB.decode().encode("utf-16"), kind="text/xml"), "declares entities"),
    "an entity that reads a file": (Said(OUTSIDE, kind="text/xml"), "declares entities"),
    "a long entity many times, in half a document": (Said(QUADRATIC, kind="text/xml"), "declares entities"),
    "a deep document": (Said(DEEP, kind="text/xml"), "absurdly deep"),
    "a charset that hides markup": (Said(UTF7, kind="text/xml"), "charset utf-7"),
    "an unknown charset": (Said(rss(item(1)), kind="text/xml; charset=klingon"), "charset klingon"),
    "a charset that is no charset": (Said(rss(item(1)), kind="text/xml; charset=rot13"), "charset rot13"),
    "nothing": (Said(b"", kind="text/xml"), "is empty"),
    "spaces": (Said(b" \n\t ", kind="text/xml"), "is empty"),
    "only NUL bytes": (Said(b"\x00" * 80, kind="text/xml"), "not a feed"),
    "a page of HTML with the type of HTML": (Said(PAGE.encode(), kind="text/html"), "maintenance page"),
    "a page of HTML said to be a feed": (Said(PAGE.encode(), kind="application/rss+xml"), "not a feed"),
    "a page of XHTML": (Said(b"<html xmlns='http://www.w3.org/1999/xhtml'/>", kind="application/xhtml+xml"), "not a"),
    "JSON said to be a feed": (Said({"items": []}, kind="application/rss+xml"), "not a feed"),
    "another XML": (Said(b"<results><result/></results>", kind="text/xml"), "not a feed"),
    "a site map": (
        Said(b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", kind="text/xml"),
        "not a feed",
    ),
    "a SOAP error": (Said(b"<s:Envelope xmlns:s='http://s.example'><s:Body/></s:Envelope>", kind="text/xml"), "not a"),
    "a text": (Said(b"see our new address", kind="text/xml"), "not a feed"),
    "the name of a file": (Said(b"/etc/passwd", kind="text/xml"), "not a feed"),
    "the address of another feed": (Said(b"http://127.0.0.1:9/rss", kind="text/xml"), "not a feed"),
    "an image said to be a feed": (Said(b"\x89PNG\r\n\x1a\n\x00\x00", kind="application/rss+xml"), "not a feed"),
    "a feed without anything": (Said(b"<rss version='2.0'/>", kind="text/xml"), "not even a title"),
    "a channel without anything": (Said(b"<rss version='2.0'><channel/></rss>", kind="text/xml"), "not even a title"),
    "too many entries": (Said(rss(*map(item, range(MAX_ENTRIES + 1))), kind="text/xml"), "the first 1000 were read"),
    "too long": (Said(rss(item(1), "<!--" + "x" * 5_000_000 + "-->"), kind="text/xml"), "over 5 MB"),
    "half a document": (Said(rss(item(1), item(2))[:-60], kind="text/xml"), "broken XML"),
    "a document cut inside a tag": (Said(rss(item(1), item(2))[:-3], kind="text/xml"), "broken XML"),
    "a bare ampersand": (Said(rss(item(1, title="Birds & us")), kind="text/xml"), "broken XML"),
    "an unknown entity": (Said(rss(item(1, title="Birds&nbsp;us")), kind="text/xml"), "broken XML"),
    "a control character": (Said(rss(item(1, title="Birds\x0bus")), kind="text/xml"), "broken XML"),
    "a NUL byte": (Said(rss(item(1, title="Birds\x00us")), kind="text/xml"), "broken XML"),
    "an unclosed tag": (Said(rss(item(1, title="Birds <b> us")), kind="text/xml"), "broken XML"),
    "two documents": (Said(rss(item(1)) + rss(item(2)), kind="text/xml"), "broken XML"),
    "a loop of redirections": (Said(b"", 302, headers={"Location": "/broken"}), "redirects more than"),
    "a redirection to a file": (Said(b"", 302, headers={"Location": "file:///etc/passwd"}), "broken"),
    "the same again though nothing was known": (Said(b"", 304), "status 304"),
    "a body cut short": (Said(rss(item(1)), kind="text/xml", cut_at=60), "cannot be reached"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_answer_is_told_and_the_other_feed_is_stored(name: str) -> None:
    said, sentence = BROKEN[name]
    server = Feeds({BIRDS: rss(item(50))})
    server.faults.strange = lambda asked, _: said if asked.path == "/broken" else None
    with serving(server) as url:
        fetched = await asyncio.wait_for(fetch_once(source, at(url, "/broken", BIRDS)), 20)
    assert fetched.problem is not None
    assert sentence in fetched.problem or name == "a redirection to a file"
    assert "Volunteering number 50" in titles(fetched)
    assert not any(key.endswith("/broken") for key in fetched.validators)


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_no_feed_is_told_whatever_it_is(name: str) -> None:
    server = Feeds({BIRDS: rss(item(50))})
    server.faults.strange = lambda asked, _: MALFORMED[name] if asked.path == "/broken" else None
    with serving(server) as url:
        fetched = await fetch_once(source, at(url, "/broken", BIRDS))
    assert fetched.problem
    assert titles(fetched) == ["Volunteering number 50"]


ODD_BUT_READ: dict[str, Said] = {
    "a mark at the start": Said(b"\xef\xbb\xbf" + rss(item(1))),
    "spaces before the start": Said(b"\n\n" + rss(item(1)).split(b"?>", 1)[1]),
    "UTF-16": Said(rss(item(1)).decode().replace("utf-8", "utf-16").encode("utf-16")),
    "Windows-1252 declared": Said(
        rss(item(1), title="Côte").decode().replace("utf-8", "windows-1252").encode("cp1252"), kind="text/xml"
    ),
    "Latin letters said to be UTF-8": Said(rss(item(1), title="Côte").decode().encode("latin-1"), kind="text/xml"),
    "a doctype": Said(rss(item(1)).replace(b"<rss", b'<!DOCTYPE rss PUBLIC "x" "http://x.example/rss.dtd"><rss')),
    "gzip": Said(b""),
    "the type of Atom": Said(rss(item(1)), kind="application/atom+xml"),
    "the type of XML": Said(rss(item(1)), kind="application/xml"),
    "unknown elements": Said(rss(item(1, more="<x:y xmlns:x='urn:x'>z</x:y><enclosure/>"))),
    "an item twice": Said(rss(item(1), item(1))),
    "a date that is none": Said(rss(item(1)).replace(b"Fri, 30 Oct 2026 08:00:00 GMT", b"last Friday")),
    "RSS 0.91": Said(rss(item(1)).replace(b'version="2.0"', b'version="0.91"')),
    "RSS of an unknown version": Said(rss(item(1)).replace(b'version="2.0"', b'version="9.9"')),
}


@pytest.mark.parametrize("name", ODD_BUT_READ)
async def test_an_odd_feed_is_read_all_the_same(name: str) -> None:
    said = ODD_BUT_READ[name]
    if name == "gzip":
        said = replace(said, body=gzip.compress(rss(item(1))), headers={"Content-Encoding": "gzip"}, kind="text/xml")
    server = Feeds({})
    server.faults.strange = lambda *_: replace(said, kind="text/xml" if said.kind == "application/json" else said.kind)
    with serving(server) as url:
        fetched = await fetch_once(source, at(url, BIRDS))
    assert fetched.problem is None
    assert set(titles(fetched)) == {"Volunteering number 1"}


async def test_an_empty_feed_with_its_title_is_no_problem() -> None:
    with serving(Feeds({BIRDS: rss()})) as url:
        fetched = await fetch_once(source, at(url, BIRDS))
    assert (fetched.problem, fetched.records, fetched.unchanged) == (None, (), False)


def harvester(ingest: Ingest, settings: IngestSettings) -> Harvester:
    return Harvester(ingest.store, ingest.harvests, settings, ingest.clock, QUICK)


async def test_a_harvest_stores_and_tells_what_feeds_hold(ingest: Ingest) -> None:
    server = Feeds({BIRDS: rss(item(1), item(2), item(2)), FORESTS: rss(item(3))})
    with serving(server) as url:
        reading = harvester(ingest, at(url, BIRDS, FORESTS))
        first = await reading.harvest(source)
        assert (first.complete, first.seen, first.counts) == (True, 4, {"new": 3, "duplicates": 1})
        assert (await reading.harvest(source)).counts == {"unchanged": 3}
        server.documents[BIRDS] = rss(item(4))
        later = await reading.harvest(source)
    assert (later.complete, later.counts) == (True, {"new": 1})
    assert await ingest.told_by_subject() == {"opportunity.published": 4}
    assert len(await ingest.store.live_ids(source="feeds")) == 4


async def test_a_broken_feed_makes_the_harvest_incomplete_and_is_tried_afresh(ingest: Ingest) -> None:
    server = Feeds({BIRDS: rss(item(1)), FORESTS: PAGE.encode()})
    with serving(server) as url:
        reading = harvester(ingest, at(url, BIRDS, FORESTS))
        first = await reading.harvest(source)
        assert (first.complete, first.counts) == (False, {"new": 1})
        assert first.problem == "127.0.0.1: what it gives is not a feed: maybe a maintenance page."
        server.documents[FORESTS] = rss(item(2))
        mended = await reading.harvest(source)
    assert (mended.complete, mended.problem) == (True, None)
    assert mended.counts == {"new": 1, "unchanged": 1}


async def test_the_clock_closes_what_a_feed_said_the_end_of(ingest: Ingest) -> None:
    closing = item(1).replace("Puffins of colony 1.", "Deadline: 4 November 2026")
    with serving(Feeds({BIRDS: rss(closing, item(2))})) as url:
        reading = harvester(ingest, at(url, BIRDS))
        assert (await reading.harvest(source)).counts == {"new": 2}
        ingest.clock.turn(days=3)
        assert list(await ingest.store.due(ingest.clock()))
