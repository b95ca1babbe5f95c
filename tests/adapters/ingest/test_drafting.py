"""Drafts asked for by people: one reading a site, several replicas, readers that die, and codes for what fails."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import pytest

from services.ingest import draft_store
from services.ingest.draft_store import DraftStore
from services.ingest.drafting import Drafting
from services.ingest.websites import Websites
from shared.events import Tick
from shared.requests import AskDraft, StartDraft
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.sites import Page, running_site
from tests.adapters.ingest.test_websites import HOST, PAGES, YOGHURT, html, reader


def drafting(ingest: Ingest, websites: Websites) -> Drafting:
    return Drafting(DraftStore(ingest.database), websites, ingest.clock)


async def test_a_draft_is_begun_watched_and_there(ingest: Ingest) -> None:
    with running_site(PAGES) as site:
        desk = drafting(ingest, reader(site))
        started = await desk.start(StartDraft(url=site.url(HOST)))
        assert started.refused is None
        assert (await desk.draft(AskDraft(id=started.id))).state == "pending"
        assert await desk.read_one()
        draft = await desk.draft(AskDraft(id=started.id))
        assert not await desk.read_one()
    assert (draft.state, draft.site, draft.pages, draft.language) == ("ready", HOST, 4, "fr")
    assert draft.text.startswith(YOGHURT)


async def test_progress_is_seen_while_pages_are_read(ingest: Ingest) -> None:
    seen: list[int] = []
    with running_site(PAGES) as site:
        desk = drafting(ingest, reader(site))
        started = await desk.start(StartDraft(url=site.url(HOST)))
        held = desk.store.read_so_far

        async def spy(draft_id: str, pages: int, now: Any) -> None:
            await held(draft_id, pages, now)
            found = await desk.draft(AskDraft(id=started.id))
            assert found.state == "pending"
            seen.append(found.pages)

        desk.store.read_so_far = spy  # type: ignore[method-assign]
        await desk.read_one()
    assert seen == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "url", ["", "laiterie", "http://127.0.0.1/", "http://169.254.169.254/", "http://a:b@laiterie.fr", "x" * 5000]
)
async def test_what_is_no_address_of_a_website_is_refused_at_once(ingest: Ingest, url: str) -> None:
    desk = drafting(ingest, Websites(ingest.clock))
    assert (await desk.start(StartDraft(url=url))).refused == "address"
    assert not await desk.read_one()


@pytest.mark.parametrize(
    ("page", "robots", "problem"),
    [
        (Page(status=500), Page(status=404), "unreachable"),
        (html(YOGHURT), Page(b"User-agent: *\nDisallow: /", "text/plain"), "unwelcome"),
        (Page.html("<div id=app></div>"), Page(status=404), "empty"),
        (Page.redirect("http://10.0.0.1/"), Page(status=404), "unreachable"),
    ],
)
async def test_a_failure_has_a_code(ingest: Ingest, page: Page, robots: Page, problem: str) -> None:
    with running_site({"/": page, "/robots.txt": robots}) as site:
        desk = drafting(ingest, reader(site))
        started = await desk.start(StartDraft(url=site.url(HOST)))
        await desk.read_one()
    draft = await desk.draft(AskDraft(id=started.id))
    assert (draft.state, draft.problem, draft.text) == ("failed", problem, "")


async def test_a_mistake_of_ours_fails_one_reading_and_the_next_is_done(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with running_site(PAGES) as site:
        desk = drafting(ingest, reader(site, "autre.example"))
        first = await desk.start(StartDraft(url=site.url(HOST)))
        with monkeypatch.context() as patch:
            patch.setattr("services.ingest.websites.links_of", lambda *_: 1 / 0)
            await desk.read_one()
        second = await desk.start(StartDraft(url=site.url("autre.example")))
        await desk.read_one()
    assert (await desk.draft(AskDraft(id=first.id))).state == "failed"
    assert (await desk.draft(AskDraft(id=second.id))).state == "ready"
    assert "the reading of a website failed" in caplog.text


async def test_one_site_asked_for_twice_is_one_reading_and_a_failed_one_is_begun_again(ingest: Ingest) -> None:
    desk = drafting(ingest, Websites(ingest.clock))
    first = await desk.start(StartDraft(url="laiterie.example"))
    again = await desk.start(StartDraft(url="https://www.laiterie.example/accueil"))
    assert again.id == first.id
    await desk.store.failed(first.id, "unreachable", ingest.clock())
    assert (await desk.start(StartDraft(url="laiterie.example"))).id != first.id
    ingest.clock.turn(minutes=11)
    later = await desk.start(StartDraft(url="laiterie.example"))
    assert later.id not in (first.id, again.id)


async def test_too_many_readings_are_refused(ingest: Ingest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft_store, "MOST_WAITING", 3)
    desk = drafting(ingest, Websites(ingest.clock))
    refused = [(await desk.start(StartDraft(url=f"site-{n}.example"))).refused for n in range(4)]
    assert refused == [None, None, None, "busy"]


async def test_two_replicas_never_do_the_same_reading(ingest: Ingest) -> None:
    store, other = DraftStore(ingest.database), DraftStore(ingest.database)
    ids = {await store.start(f"s{n}.example", f"s{n}.example", ingest.clock()) for n in range(6)}
    claims = await asyncio.gather(*(one.claim(ingest.clock()) for one in (store, other) * 4))
    mine = [claim.id for claim in claims if claim]
    assert sorted(mine) == sorted(ids)


async def test_a_reading_whose_reader_died_is_begun_again_once(ingest: Ingest) -> None:
    store = DraftStore(ingest.database)
    draft_id = await store.start("laiterie.example", HOST, ingest.clock())
    assert await store.claim(ingest.clock())
    assert await store.claim(ingest.clock()) is None
    ingest.clock.turn(minutes=3)
    again = await store.claim(ingest.clock())
    assert again is not None
    assert again.id == draft_id
    ingest.clock.turn(minutes=3)
    assert await store.claim(ingest.clock()) is None
    draft = await store.one(draft_id)
    assert draft is not None
    assert draft.state == "failed"


async def test_drafts_are_forgotten_after_a_day(ingest: Ingest) -> None:
    desk = drafting(ingest, Websites(ingest.clock))
    started = await desk.start(StartDraft(url="laiterie.example"))
    tick = Tick(happened_at=ingest.clock(), service="ingest", job="forget-drafts", due_at=ingest.clock())
    await desk.forget(tick)
    assert (await desk.draft(AskDraft(id=started.id))).refused is None
    await desk.forget(tick.model_copy(update={"due_at": ingest.clock() + timedelta(days=1, seconds=1)}))
    assert (await desk.draft(AskDraft(id=started.id))).refused == "unknown"


async def test_readers_beside_take_what_is_asked_for(ingest: Ingest) -> None:
    with running_site(PAGES) as site:
        desk = drafting(ingest, reader(site))
        working = asyncio.create_task(desk.carry_out())
        await asyncio.sleep(0.05)
        started = await desk.start(StartDraft(url=site.url(HOST)))
        async with asyncio.timeout(20):
            while (await desk.draft(AskDraft(id=started.id))).state == "pending":
                await asyncio.sleep(0.02)
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    assert (await desk.draft(AskDraft(id=started.id))).state == "ready"
