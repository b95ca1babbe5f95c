"""The table of answers; on both databases."""

from datetime import timedelta

import pytest

from services.portal.store import Store
from services.portal.store.answers import Answer, Verdict
from services.portal.tables import messages
from shared.database import Database
from shared.events import MatchesChanged, Pair, ProfileState
from shared.outbox import Outbox
from tests.adapters.portal.fakes import opportunity
from tests.conftest import TurnableClock


@pytest.fixture
async def store(database: Database, clock: TurnableClock) -> Store:
    """One opportunity that matches one organisation."""
    made = Store.over(database, Outbox(database, messages, clock))
    pair = Pair(
        opportunity_id="eu-algues",
        opportunity_version=1,
        profile_id="o1",
        profile_version=1,
        version=1,
        score=0.8,
        matched=True,
    )
    changed = MatchesChanged(happened_at=clock(), cause="profile", model_version=1, rules_version=1, pairs=(pair,))
    async with database.writing() as connection:
        await made.opportunities.save(connection, opportunity(clock()), at=clock())
        await made.matches.save_profile(
            connection, ProfileState(id="o1", version=1, kind="business", name="Algues du Large", text="")
        )
        await made.matches.save_pairs(connection, changed)
    return made


async def say(store: Store, clock: TurnableClock, person: str, verdict: Verdict, reason: str | None = None) -> bool:
    clock.turn(minutes=1)
    async with store.database.writing() as connection:
        answer = Answer("o1", "eu-algues", person, verdict, reason)
        return await store.answers.keep(connection, answer, now=clock())


async def test_the_latest_answer_of_an_organisation_hides_or_shows_the_pair(store: Store, clock: TurnableClock) -> None:
    for person, verdict in (("a", "not_for_us"), ("b", "interested"), ("a", "not_for_us"), ("b", "not_for_us")):
        await say(store, clock, person, verdict)  # type: ignore[arg-type]
        shown = await store.matches.of_profiles(["o1"], now=clock())
        expected = (await store.answers.verdicts(["o1"]))["o1", "eu-algues"] == "interested"
        assert bool(shown) is expected
    assert await store.matches.of_profiles(["o1"], now=clock()) == ()


async def test_the_same_again_is_no_answer(store: Store, clock: TurnableClock) -> None:
    assert await say(store, clock, "a", "not_for_us", "size")
    assert not await say(store, clock, "a", "not_for_us", "size")
    assert await say(store, clock, "a", "not_for_us", "time")
    assert await store.answers.refusals() == {"time": 1}


async def test_a_call_is_noted_once_and_a_new_wish_opens_it_again(store: Store, clock: TurnableClock) -> None:
    await say(store, clock, "a", "interested")
    [kept] = await store.answers.wanted_calls(limit=5)
    assert (kept.organisation, kept.language) == ("Algues du Large", "en")
    assert kept.title.startswith("Seaweed")
    assert await store.answers.note_call(kept.number, by="agent", now=clock())
    assert not await store.answers.note_call(kept.number, by="other", now=clock())
    assert await store.answers.counts() == (1, 0)
    await say(store, clock, "a", "not_for_us")
    assert await store.answers.counts() == (0, 0)
    await say(store, clock, "a", "interested")
    assert await store.answers.counts() == (1, 1)


async def test_answers_are_forgotten_with_their_person_and_with_time(store: Store, clock: TurnableClock) -> None:
    await say(store, clock, "a", "interested")
    await say(store, clock, "b", "not_for_us")
    async with store.database.writing() as connection:
        await store.answers.forget(connection, "a")
    assert [kept.answer.person_id for kept in await store.answers.all(limit=5)] == ["b"]
    assert await store.answers.forget_old(clock() - timedelta(days=1)) == 0
    assert await store.answers.forget_old(clock() + timedelta(days=1)) == 1
