"""What the matcher makes of people's answers; on both databases."""

import pytest

from services.matcher.domain.decide import JUDGED
from shared.requests import ExplainPair
from tests.adapters.matcher.conftest import Desk, MakeDesk
from tests.unit.matcher.builders import opportunity, profile

HEAT, PLUMBER = "eu-heat-0", "org-plumber-0"


@pytest.fixture
async def paired(desk: Desk) -> Desk:
    await desk.described(profile(0))
    await desk.published(opportunity(0))
    return desk


async def test_what_is_not_for_them_no_longer_matches_and_that_is_told_of_the_profile(paired: Desk) -> None:
    await paired.judged(HEAT, PLUMBER, "not_for_us")
    cause, pair = (await paired.told_pairs())[-1]
    assert (cause, pair.profile_id, pair.matched, pair.refused_by, pair.version) == (
        "profile", PLUMBER, False, JUDGED, 2,
    )  # fmt: skip
    assert await paired.matched() == {}


async def test_a_later_interest_lifts_it(paired: Desk) -> None:
    await paired.judged(HEAT, PLUMBER, "not_for_us")
    await paired.judged(HEAT, PLUMBER, "interested", later_s=1)
    told = [(pair.matched, pair.version) for _, pair in await paired.told_pairs()]
    assert told == [(True, 1), (False, 2), (True, 3)]


async def test_an_answer_that_comes_late_does_not_undo_a_newer_one(paired: Desk) -> None:
    await paired.judged(HEAT, PLUMBER, "interested", later_s=1)
    await paired.judged(HEAT, PLUMBER, "not_for_us")
    assert (HEAT, PLUMBER) in await paired.matched()


async def test_no_amendment_brings_back_what_is_not_for_them(paired: Desk) -> None:
    await paired.judged(HEAT, PLUMBER, "not_for_us")
    await paired.amended(opportunity(0, version=2, title="Heat pumps and insulation, extended"))
    await paired.described(profile(0, version=2))
    await paired.matcher.refit.refit()
    assert await paired.matched() == {}
    assert len(await paired.told_pairs()) == 2


async def test_other_organisations_keep_the_opportunity(paired: Desk) -> None:
    await paired.described(profile(5))
    await paired.judged(HEAT, PLUMBER, "not_for_us")
    assert set(await paired.matched()) == {(HEAT, profile(5).id)}


async def test_another_replica_knows_of_the_answer(paired: Desk, make_desk: MakeDesk) -> None:
    other = make_desk()
    await other.judged(HEAT, PLUMBER, "not_for_us")
    await paired.amended(opportunity(0, version=2))
    assert await paired.matched() == {}


async def test_an_answer_on_what_is_not_known_here_is_kept_for_when_it_is(desk: Desk) -> None:
    await desk.judged(HEAT, PLUMBER, "not_for_us")
    await desk.described(profile(0))
    await desk.published(opportunity(0))
    assert await desk.told() == []


async def test_a_refusal_by_answer_is_explained_and_replayed(paired: Desk) -> None:
    await paired.judged(HEAT, PLUMBER, "not_for_us")
    why = await paired.matcher.answers.explain_pair(ExplainPair(opportunity_id=HEAT, profile_id=PLUMBER))
    assert (why.refused_by, [gate.name for gate in why.gates if not gate.passed]) == (JUDGED, [JUDGED])
    for match in await paired.history():
        assert (await paired.matcher.replayer.replay(match)).as_bytes() == match.as_bytes()
