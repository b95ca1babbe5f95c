"""Answering an opportunity from a mail or signed in: acts by a button alone, once, and is told."""

from typing import Any

import pytest
from sqlalchemy import select

from services.portal.store.answers import Answer
from services.portal.tables import answers
from shared import requests as r
from shared.events import MatchesChanged, MatchJudged, Pair
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import ORGANISATION, PERSON, Portal

LINK = {"token": "answer"}
SIGNED_IN = {"organisation": ORGANISATION, "opportunity": "eu-algues"}


async def kept(portal: Portal) -> list[Any]:
    async with portal.database.reading() as connection:
        return list((await connection.execute(select(answers))).all())


async def told(portal: Portal) -> list[MatchJudged]:
    return [
        MatchJudged.model_validate_json(waiting.payload)
        for waiting in await portal.context.outbox.next_batch()
        if waiting.subject == "match.judged"
    ]


@pytest.mark.parametrize("path", ["/answer?token=answer&verdict=not_for_us", "/answer?token=answer"])
async def test_opening_the_link_shows_what_it_is_about_and_changes_nothing(
    furnished: Portal, visitor: Browser, path: str
) -> None:
    page = await visitor.get(path)
    assert page.status_code == 200
    for shown in ("Seaweed farming", "Algues du Large", "Pas pour nous", "que le bureau me rappelle"):
        assert shown in page.text
    await visitor.client.head(path)
    assert await kept(furnished) == []
    assert await furnished.told() == []


@pytest.mark.parametrize(("verdict", "first"), [("not_for_us", "not-for-us"), ("interested", "interested"), ("?", "")])
async def test_the_answer_of_the_link_comes_first(
    furnished: Portal, visitor: Browser, verdict: str, first: str
) -> None:
    page = (await visitor.get(f"/answer?token=answer&verdict={verdict}")).text
    forms = [page.index('aria-labelledby="not-for-us"'), page.index('aria-labelledby="interested"')]
    assert (forms[0] < forms[1]) is (first != "interested")


@pytest.mark.parametrize("link", [LINK, SIGNED_IN])
async def test_not_for_us_is_kept_told_and_leaves_the_list_at_once(
    furnished: Portal, visitor: Browser, link: dict[str, str]
) -> None:
    await visitor.sign_in()
    assert "Seaweed farming" in (await visitor.get("/matches")).text
    page = await visitor.post("/answer", {**link, "verdict": "not_for_us", "reason": "size"})
    assert "ne sera plus proposée à Algues du Large" in page.text
    [row] = await kept(furnished)
    assert (row.organisation_id, row.opportunity_id, row.person_id) == (ORGANISATION, "eu-algues", PERSON)
    assert (row.verdict, row.reason) == ("not_for_us", "size")
    [fact] = await told(furnished)
    assert (fact.profile_id, fact.person_id, fact.verdict, fact.reason) == (ORGANISATION, PERSON, "not_for_us", "size")
    assert "Seaweed farming" not in (await visitor.get("/matches")).text


async def test_the_matchers_late_word_does_not_bring_it_back(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    await visitor.post("/answer", {**SIGNED_IN, "verdict": "not_for_us"})
    pair = Pair(
        opportunity_id="eu-algues",
        opportunity_version=2,
        profile_id=ORGANISATION,
        profile_version=1,
        version=2,
        score=0.9,
        matched=True,
    )
    changed = MatchesChanged(
        happened_at=furnished.clock(), cause="opportunity", model_version=1, rules_version=1, pairs=(pair,)
    )
    await furnished.parts.handlers[MatchesChanged](changed)
    assert "Seaweed farming" not in (await visitor.get("/matches")).text


async def test_interested_keeps_the_words_here_and_tells_the_verdict_alone(furnished: Portal, visitor: Browser) -> None:
    typed = {"verdict": "interested", "note": "Rappelez-nous\r\nvite.\x00", "reach": "le matin  au 02"}
    assert "vous rappelle" in (await visitor.post("/answer", {**LINK, **typed})).text
    [row] = await kept(furnished)
    assert (row.verdict, row.reason, row.note, row.reach) == (
        "interested", None, "Rappelez-nous\nvite.", "le matin au 02",
    )  # fmt: skip
    [waiting] = await furnished.context.outbox.next_batch()
    assert "Rappelez" not in waiting.payload
    await visitor.sign_in()
    assert "demandé que le bureau vous rappelle" in (await visitor.get("/matches")).text


async def test_the_latest_answer_counts_and_the_same_one_twice_is_told_once(
    furnished: Portal, visitor: Browser
) -> None:
    await visitor.sign_in()
    for verdict in ("not_for_us", "not_for_us", "interested", "interested"):
        furnished.clock.turn(minutes=1)
        await visitor.post("/answer", {**LINK, "verdict": verdict})
    assert [row.verdict for row in await kept(furnished)] == ["interested"]
    assert [fact.verdict for fact in await told(furnished)] == ["not_for_us", "interested"]
    assert "Seaweed farming" in (await visitor.get("/matches")).text


async def test_of_two_people_of_an_organisation_the_latest_counts(furnished: Portal) -> None:
    store, now = furnished.store, furnished.clock()
    for person, verdict in (("p2", "not_for_us"), (PERSON, "interested"), ("p3", "not_for_us")):
        furnished.clock.turn(minutes=1)
        answer = Answer(ORGANISATION, "eu-algues", person, verdict)  # type: ignore[arg-type]
        async with store.database.writing() as connection:
            await store.answers.keep(connection, answer, now=furnished.clock())
        hidden = not await store.matches.of_profiles([ORGANISATION], now=now)
        assert hidden is (verdict == "not_for_us")
        assert (await store.answers.verdicts([ORGANISATION]))[ORGANISATION, "eu-algues"] == verdict


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"verdict": "interested", "note": "x" * 501}, "note"),
        ({"verdict": "interested", "reach": "x" * 201}, "reach"),
        ({"verdict": "not_for_us", "reason": "ugly"}, "reason"),
        ({"verdict": "maybe"}, "verdict"),
    ],
)
async def test_what_cannot_be_kept_is_said_beside_its_field_and_kept_in_the_form(
    furnished: Portal, visitor: Browser, typed: dict[str, str], field: str
) -> None:
    page = await visitor.post("/answer", {**LINK, **typed})
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert typed.get("note", "") in page.text
    assert await kept(furnished) == []


@pytest.mark.parametrize("token", ["check", "t", "leave", "never-ours", ""])
async def test_a_link_of_another_sort_or_of_nobody_is_refused_in_words(
    furnished: Portal, visitor: Browser, token: str
) -> None:
    for page in (
        await visitor.get(f"/answer?token={token}"),
        await visitor.post("/answer", {"token": token, "verdict": "not_for_us"}),
    ):
        assert page.status_code == 422
        assert "n’est pas reconnu" in page.text
    assert await kept(furnished) == []


async def test_while_the_notifier_is_away_nothing_typed_is_lost(furnished: Portal, visitor: Browser) -> None:
    furnished.bus.away.add(r.ReadLink)
    opened = await visitor.get("/answer?token=answer")
    assert (opened.status_code, "Il reste valable" in opened.text) == (503, True)
    sent = await visitor.post("/answer", {**LINK, "verdict": "interested", "note": "Rappelez-nous"})
    assert sent.status_code == 503
    assert "pas encore enregistrée" in sent.text
    assert "Rappelez-nous</textarea>" in sent.text
    assert 'value="answer"' in sent.text
    assert await kept(furnished) == []


async def test_signed_in_only_a_member_answers_for_an_organisation(furnished: Portal, visitor: Browser) -> None:
    path = f"/answer?organisation={ORGANISATION}&opportunity=eu-algues&verdict=interested"
    asked = await visitor.get(path)
    assert asked.headers["location"].startswith("/sign-in?next=/answer%3F")
    session = await furnished.store.sessions.open("somebody", now=furnished.clock())
    visitor.client.cookies.set("session", session)
    assert (await visitor.get(path)).status_code == 422
    assert (await visitor.post("/answer", {**SIGNED_IN, "verdict": "not_for_us"})).status_code == 422
    assert await kept(furnished) == []


async def test_members_find_both_answers_in_the_list_and_on_the_page(furnished: Portal, visitor: Browser) -> None:
    answers_to = f"/answer?organisation={ORGANISATION}&amp;opportunity=eu-algues&amp;verdict="
    assert answers_to not in (await visitor.get("/opportunities/eu-algues")).text
    await visitor.sign_in()
    for path in ("/matches", "/opportunities/eu-algues"):
        page = (await visitor.get(path)).text
        assert f"{answers_to}interested" in page
        assert f"{answers_to}not_for_us" in page
    await visitor.post("/answer", {**SIGNED_IN, "verdict": "not_for_us"})
    page = (await visitor.get("/opportunities/eu-algues")).text
    assert "Vous avez répondu : pas pour nous." in page.replace("\N{NO-BREAK SPACE}", " ")
    assert f"{answers_to}interested" in page
    assert f"{answers_to}not_for_us" not in page


async def test_answers_are_exported_and_erased_with_their_person(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    await visitor.post("/answer", {**SIGNED_IN, "verdict": "interested", "note": "Rappelez-nous"})
    assert (await visitor.get("/preferences/export")).json()["answers"][0]["note"] == "Rappelez-nous"
    await visitor.post("/preferences/erase", {"sure": "yes"})
    assert await kept(furnished) == []
