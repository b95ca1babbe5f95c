"""RSS and Atom feeds over real sockets: each fails alone, and is sent again only when it changed."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.ingest.settings import IngestSettings
from services.ingest.sources import feeds
from services.ingest.sources.bounded import Validators
from services.ingest.sources.contract import Fetched
from services.ingest.sources.feeds import source
from services.ingest.sources.feeds_rows import parse
from tests.adapters.ingest.asking import fetch_once
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.json_server import Asked, Said, Says, serving
from tests.adapters.ingest.malformed import MALFORMED, PAGE
from tests.unit.ingest.feed_pages import NOW, atom, item, rss

RSS = "application/rss+xml; charset=utf-8"
GOOD = Said(
    rss(item(1), item(2)), kind=RSS, headers={"ETag": '"good-1"', "Last-Modified": "Mon, 26 Oct 2026 10:00:00 GMT"}
)


def at(pages: Mapping[str, Said]) -> Says:
    """Each path its page; a page with an ETag is sent again only when it changed."""

    def says(asked: Asked) -> Said:
        said = pages.get(asked.path, Said(b"", 404))
        known = asked.headers.get("if-none-match")
        return Said(b"", 304, kind=said.kind) if known and known == said.headers.get("ETag") else said

    return says


async def read(pages: Mapping[str, Said], known: Mapping[str, Validators] | None = None) -> Fetched:
    """What the feeds at these paths give; `known` and the answer's validators are by path."""
    with serving(at(pages)) as url:
        settings = IngestSettings(feeds=",".join(url + path for path in pages))
        fetched = await fetch_once(
            source, settings, validators={url + path: one for path, one in (known or {}).items()}
        )
        by_path = {address.removeprefix(url): one for address, one in fetched.validators.items()}
    return Fetched(fetched.records, fetched.problem, fetched.unchanged, by_path)


def titles(fetched: Fetched) -> list[str]:
    return [reading.state.title for reading in parse(fetched.records, NOW).readings]


async def test_all_feeds_listed_are_read() -> None:
    entry = (
        "<entry><id>urn:x:1</id><title>Écoles</title><link href='/1'/><updated>2026-10-26T10:00:00Z</updated></entry>"
    )
    fetched = await read({"/rss": GOOD, "/atom": Said(atom(entry), kind="application/atom+xml")})
    assert (fetched.problem, fetched.unchanged) == (None, False)
    assert titles(fetched) == ["Call 1: warm schools", "Call 2: warm schools", "Écoles"]


async def test_a_feed_without_entries_is_complete() -> None:
    fetched = await read({"/rss": Said(rss(), kind=RSS)})
    assert (fetched.records, fetched.problem) == ((), None)


# --- conditional requests ---

KNOWN = Validators('"good-1"', "Mon, 26 Oct 2026 10:00:00 GMT")


async def test_when_no_feed_changed_nothing_is_sent_again() -> None:
    first = await read({"/rss": GOOD})
    assert first.validators == {"/rss": KNOWN}
    again = await read({"/rss": GOOD}, first.validators)
    assert (again.records, again.unchanged, again.problem, again.validators) == ((), True, None, {"/rss": KNOWN})


async def test_when_some_feeds_changed_only_theirs_are_given() -> None:
    new = Said(rss(item(7)), kind=RSS, headers={"ETag": '"new-2"'})
    fetched = await read({"/rss": GOOD, "/new": new}, {"/rss": KNOWN, "/new": Validators('"new-1"')})
    assert (titles(fetched), fetched.unchanged) == (["Call 7: warm schools"], False)
    assert fetched.validators == {"/rss": KNOWN, "/new": Validators('"new-2"')}


async def test_a_broken_feed_beside_an_unchanged_one_is_told() -> None:
    fetched = await read({"/rss": GOOD, "/gone": Said(b"", 404)}, {"/rss": KNOWN})
    assert (fetched.unchanged, fetched.records) == (False, ())
    assert fetched.problem == "127.0.0.1: The source answered with status 404."


@pytest.mark.parametrize("etag", ['"é"', "x" * 5_000])
async def test_a_version_that_cannot_be_sent_back_is_not_kept(etag: str) -> None:
    fetched = await read({"/rss": Said(rss(item()), kind=RSS, headers={"ETag": etag})})
    assert (fetched.problem, fetched.validators) == (None, {})


# --- wrong answers ---


def xml(text: str, encoding: str = "utf-8", kind: str = "application/xml") -> Said:
    return Said(text.encode(encoding), kind=kind)


BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
WHOLE = rss(item(1)).decode()
ATTRIBUTES = " ".join(f"a{number}=''" for number in range(300))
BARE = WHOLE.partition("?>")[2]
LATIN = WHOLE.replace("UTF-8", "ISO-8859-1").replace("warm", "chauffées")
BROKEN: dict[str, Said] = {
    **{f"answered as JSON: {name}": said for name, said in MALFORMED.items()},
    **{
        f"answered as a feed: {name}": Said(said.content, said.status, RSS, said.headers, said.cut_at)
        for name, said in MALFORMED.items()
        if name not in ("no content type",)
    },
    "a page said to be a feed": xml(PAGE, kind=RSS),
    "an XHTML page": xml(
        f"<html xmlns='http://www.w3.org/1999/xhtml'>{PAGE[15:]}</html>", kind="application/xhtml+xml"
    ),
    "a feed said to be a page": xml(WHOLE, kind="text/html"),
    "XML of something else": xml("<catalogue><item><title>x</title></item></catalogue>"),
    "a root of another name": xml("<rss2><channel/></rss2>"),
    "RDF that is no feed": xml("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><x/></rdf:RDF>"),
    "a feed of no known namespace": xml("<feed xmlns='urn:example:none'><entry/></feed>"),
    "half a feed": xml(WHOLE[: len(WHOLE) // 2], kind=RSS),
    "all but the end": xml(WHOLE[:-3], kind=RSS),
    "words after the end": xml(WHOLE + "words", kind=RSS),
    "two feeds": xml(WHOLE + WHOLE, kind=RSS),
    "an error before the feed": xml("Warning: mysql_connect()\n" + WHOLE, kind=RSS),
    "a NUL in a title": xml(WHOLE.replace("warm", "wa\x00rm")),
    "a control character": xml(WHOLE.replace("warm", "wa\x08rm")),
    "a bare ampersand": xml(WHOLE.replace("warm", "R & D")),
    "an entity nobody defines": xml(WHOLE.replace("warm", "&nbsp;")),
    "a bomb of entities": xml(
        f'<!DOCTYPE rss [<!ENTITY e0 "ha">{BOMB}]>' + rss(item(1)).decode()[38:].replace("warm", "&e9;")
    ),
    "a file as entity": xml('<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + BARE.replace("warm", "&f;")),
    "a parameter entity": xml('<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]>' + BARE),
    "deep elements": xml("<rss>" + "<a>" * 50_000 + "</a>" * 50_000 + "</rss>"),
    "categories without end": xml(rss(f"<item>{'<category>x</category>' * 3_000}</item>").decode(), kind=RSS),
    "elements without end": xml(rss(*[f"<item>{'<x/>' * 60}</item>"] * 900).decode(), kind=RSS),
    "attributes without end": xml(
        rss("<item {}/>".format(" ".join(f"a{n}=''" for n in range(300)))).decode(), kind=RSS
    ),
    "latin letters said to be UTF-8": xml(WHOLE.replace("warm", "chauffées"), "latin-1"),
    "a charset that is none": xml(WHOLE.replace("UTF-8", "x-none").replace("warm", "chauffées"), "latin-1"),
    "a charset that is a codec": Said(b"<?xml version='1.0' encoding='base64'?>\xff", kind=RSS),
    "half an UTF-16": Said(WHOLE.encode("utf-16")[:-1], kind=RSS),
    "too many entries": xml(rss(*map(item, range(1001))).decode(), kind=RSS),
    "over the size": xml(rss(item(description="x" * 5_100_000)).decode(), kind=RSS),
    "titles renamed": xml(WHOLE.replace("title>", "titre>"), kind=RSS),
    "addresses renamed": xml(WHOLE.replace("guid>", "id_>").replace("link>", "lien>"), kind=RSS),
    "entries without content": xml(rss("<item/>", "<item/>").decode(), kind=RSS),
}


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_feed_is_told_by_its_host_and_costs_the_others_nothing(said: Said) -> None:
    fetched = await read({"/broken": said, "/rss": GOOD})
    assert fetched.problem
    assert fetched.problem.startswith("127.0.0.1: ")
    assert fetched.problem.endswith(".")
    assert len(fetched.problem) < 300
    assert "/broken" not in fetched.validators
    assert titles(fetched)[-2:] == ["Call 1: warm schools", "Call 2: warm schools"]


def test_there_are_enough_wrong_answers() -> None:
    assert len(BROKEN) >= 60


TOLERATED: dict[str, tuple[Said, str]] = {
    "a BOM": (xml("\ufeff" + WHOLE, kind=RSS), "Call 1: warm schools"),
    "UTF-16": (Said(WHOLE.replace("UTF-8", "UTF-16").encode("utf-16"), kind=RSS), "Call 1: warm schools"),
    "latin letters, as declared": (xml(LATIN, "latin-1", "text/xml"), "Call 1: chauffées schools"),
    "declared against the server": (
        xml(WHOLE.replace("warm", "chauffées"), kind="text/xml; charset=iso-8859-1"),
        "Call 1: chauffées schools",
    ),
    "only the server tells": (
        xml(BARE.replace("warm", "chauffées"), "latin-1", "text/xml; charset=iso-8859-1"),
        "Call 1: chauffées schools",
    ),
    "spaces before": (xml("\n\n " + WHOLE, kind=RSS), "Call 1: warm schools"),
    "a doctype without entities": (
        xml('<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/rss-0.91.dtd">' + BARE),
        "Call 1: warm schools",
    ),
}


@pytest.mark.parametrize(("said", "title"), TOLERATED.values(), ids=TOLERATED.keys())
async def test_odd_but_sound_feeds_are_read(said: Said, title: str) -> None:
    fetched = await read({"/rss": said})
    assert (fetched.problem, titles(fetched)) == (None, [title])


async def test_a_host_that_is_not_there_costs_the_others_nothing() -> None:
    with serving(at({"/rss": GOOD})) as url:
        settings = IngestSettings(feeds=f"http://127.0.0.1:1/rss,{url}/rss")
        fetched = await fetch_once(source, settings)
    assert len(fetched.records) == 2
    assert "cannot be reached" in (fetched.problem or "")


async def test_a_feed_that_stumbles_the_library_costs_the_others_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from services.ingest.sources import feeds_entries

    whole = feeds_entries.feedparser.parse

    def stumbles(body: Any, **options: Any) -> Any:
        if b"stumble" in body.getvalue():
            raise AssertionError("unexpected")
        return whole(body, **options)

    monkeypatch.setattr(feeds_entries.feedparser, "parse", stumbles)
    fetched = await read({"/odd": Said(rss(item(title="stumble")), kind=RSS), "/rss": GOOD})
    assert (len(fetched.records), fetched.problem) == (2, "127.0.0.1: The feed cannot be read.")


async def test_when_many_feeds_fail_the_first_are_named() -> None:
    fetched = await read({**{f"/{number}": Said(b"", 404) for number in range(14)}, "/rss": GOOD})
    assert len(fetched.records) == 2
    assert (fetched.problem or "").count("status 404") == 10
    assert (fetched.problem or "").endswith("4 other feeds fail too.")


async def test_a_slow_feed_is_left_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LONGEST_FEED_S", 0.0)
    assert "not read within" in ((await read({"/rss": GOOD})).problem or "")


# --- harvested ---


async def test_feeds_are_harvested_and_told(ingest: Ingest) -> None:
    pages = {"/rss": GOOD, "/mobility": Said(rss(item(3, guid="x"), item(4, title=None), item(5)), kind=RSS)}
    with serving(at(pages)) as url:
        harvester = ingest.harvester()
        object.__setattr__(harvester, "settings", IngestSettings(feeds=f"{url}/rss,mobility={url}/mobility"))
        first = await harvester.harvest(source)
        again = await harvester.harvest(source)
        pages["/mobility"] = Said(b"", 404)
        broken = await harvester.harvest(source)
    assert (first.complete, first.counts) == (True, {"new": 4, "quarantined": 1})
    assert (again.complete, again.counts) == (True, {"unchanged": 2, "quarantined": 1})
    assert (broken.complete, broken.problem) == (False, "127.0.0.1: The source answered with status 404.")
    told = await ingest.told()
    kinds = sorted(fact["opportunity"]["kind"] for fact in told)
    assert kinds == ["call", "call", "mobility", "mobility"]


async def test_without_any_feed_listed_the_harvest_says_so(ingest: Ingest) -> None:
    summary = await ingest.harvester().harvest(source)
    assert (summary.complete, summary.problem) == (False, "PASSERELLE_FEEDS lists no feed.")
