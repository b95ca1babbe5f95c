"""New rules and new models: what is told, what is kept, and that every match can be computed again."""

import asyncio
import random
import zlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.matcher.domain.decide import JUDGED
from services.matcher.domain.gates import GATES
from services.matcher.domain.rules import DEFAULT_RULES
from services.matcher.replay import CannotReplay
from services.matcher.tables import messages, models
from shared.events import RulesPublished
from shared.requests import AskRules, ExplainPair, PreviewRules, PublishRules, RollBackRules
from tests.adapters.matcher.conftest import Desk, MakeDesk
from tests.unit.matcher.builders import NOW, opportunity, profile

STRICT = DEFAULT_RULES.model_copy(update={"threshold": 1.0}).model_dump(mode="json")
DEFAULT = DEFAULT_RULES.model_dump(mode="json")


async def _five_of_each(desk: Desk) -> None:
    for number in range(5):
        await desk.published(opportunity(number))
        await desk.described(profile(number))


async def _publish(desk: Desk, rules: dict[str, object]) -> int | None:
    reply = await desk.matcher.answers.publish_rules(PublishRules(rules=rules, note="Essai", by="staff"))
    await desk.matcher.jobs.look()
    return reply.version


async def _rules_told(desk: Desk) -> list[RulesPublished]:
    query = select(messages.outbox.c.payload).where(messages.outbox.c.subject == RulesPublished.subject)
    async with desk.database.reading() as connection:
        return [RulesPublished.model_validate_json(text) for text in (await connection.execute(query)).scalars()]


async def test_the_default_rules_are_told_once_at_the_first_start(make_desk: MakeDesk) -> None:
    await make_desk().matcher.rules_desk.open()
    [fact] = await _rules_told(make_desk())
    assert (fact.version, fact.digest_cap, fact.rules) == (1, DEFAULT_RULES.digest_cap, DEFAULT)


async def test_stricter_rules_take_matches_back_and_a_roll_back_gives_them_again(desk: Desk) -> None:
    await _five_of_each(desk)
    before = set(await desk.matched())
    assert await _publish(desk, STRICT) == 2
    assert await desk.matched() == {}
    reply = await desk.matcher.answers.roll_back_rules(RollBackRules(to_version=1, by="staff"))
    await desk.matcher.jobs.look()
    assert reply.version == 3
    assert set(await desk.matched()) == before
    causes = {cause for cause, pair in await desk.told_pairs() if pair.version > 1}
    assert causes == {"rules"}


async def test_rules_that_change_nothing_tell_no_pair(desk: Desk) -> None:
    await _five_of_each(desk)
    told = len(await desk.told())
    await _publish(desk, DEFAULT_RULES.model_copy(update={"digest_cap": 3}).model_dump(mode="json"))
    assert len(await desk.told()) == told


async def test_invalid_rules_are_refused_in_sentences_and_nothing_changes(desk: Desk) -> None:
    reply = await desk.matcher.answers.publish_rules(PublishRules(rules={"threshold": 7}, note="", by="staff"))
    assert (reply.refused, reply.errors) == ("invalid", ("Seuil : la valeur doit être au plus 1.0",))
    assert (await desk.matcher.answers.ask_rules(AskRules())).version == 1


async def test_a_roll_back_to_a_version_that_never_was_is_refused(desk: Desk) -> None:
    reply = await desk.matcher.answers.roll_back_rules(RollBackRules(to_version=9, by="staff"))
    assert reply.refused == "unknown_version"


async def test_a_preview_counts_what_a_draft_loses_and_gains_and_tells_nothing(desk: Desk) -> None:
    await _five_of_each(desk)
    told = len(await desk.told())
    preview = await desk.matcher.answers.preview_rules(PreviewRules(rules=STRICT))
    count = len(await desk.matched())
    assert (preview.now, preview.then, preview.gained, preview.lost) == (count, 0, 0, count)
    assert {pair.refused_by for pair in preview.lost_examples} == {"threshold"}
    assert len(await desk.told()) == told


async def test_a_pair_is_explained_from_what_is_in_force(desk: Desk) -> None:
    await _five_of_each(desk)
    why = await desk.matcher.answers.explain_pair(ExplainPair(opportunity_id="eu-flood-1", profile_id="org-town-1"))
    assert why.matched
    assert sum(term.share for term in why.terms) == pytest.approx(1)
    assert (why.opportunity_version, why.profile_version, why.model_version, why.rules_version) == (1, 1, 1, 1)
    no = await desk.matcher.answers.explain_pair(ExplainPair(opportunity_id="eu-flood-1", profile_id="org-maker-2"))
    assert (no.matched, no.refused_by) == (False, "threshold")
    assert no.score == no.words_score < no.threshold
    unknown = await desk.matcher.answers.explain_pair(ExplainPair(opportunity_id="no", profile_id="org-maker-2"))
    assert unknown.refused == "unknown"


async def test_an_explanation_asks_every_gate_in_order_and_tells_what_the_words_alone_would_give(desk: Desk) -> None:
    await _five_of_each(desk)
    pair = ExplainPair(opportunity_id="eu-flood-1", profile_id="org-town-1")
    before = await desk.matcher.answers.explain_pair(pair)
    await _publish(desk, {**DEFAULT, "required_words": ["zeppelin"]})
    why = await desk.matcher.answers.explain_pair(pair)
    assert [gate.name for gate in why.gates] == [*(name for name, _ in GATES), JUDGED]
    assert [gate.name for gate in why.gates if not gate.passed] == ["required_words"]
    assert (why.matched, why.refused_by, why.score) == (False, "required_words", 0)
    assert why.words_score == before.score


async def test_a_refit_is_a_new_version_and_what_it_changes_is_told_as_such(desk: Desk) -> None:
    await _five_of_each(desk)
    assert await desk.matcher.refit.refit() == 2
    assert {fact.model_version for fact in await desk.told() if fact.cause == "refit"} <= {2}
    assert all(cause in ("profile", "opportunity") or pair.version > 1 for cause, pair in await desk.told_pairs())


async def test_only_one_replica_fits_at_a_time(make_desk: MakeDesk) -> None:
    one, other = make_desk(), make_desk()
    assert await one.matcher.store.take_lease(one.matcher.refit.owner, NOW, timedelta(minutes=5))
    assert await other.matcher.refit.refit() is None
    await one.matcher.store.give_lease_back(one.matcher.refit.owner)
    assert await other.matcher.refit.refit() == 2


async def test_another_replica_decides_by_new_rules_at_once(make_desk: MakeDesk) -> None:
    one, other = make_desk(), make_desk()
    await one.described(profile(0))
    await other.published(opportunity(0))
    await one.matcher.rules_desk.publish(STRICT, note="", by="staff")
    await other.published(opportunity(5))
    assert ("eu-heat-5", "org-plumber-0") not in await one.matched()


async def test_an_interrupted_catching_up_goes_on_where_it_was(
    make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk()
    await _five_of_each(desk)
    monkeypatch.setattr("services.matcher.redecide.PORTION", 2)
    await desk.matcher.rules_desk.publish(STRICT, note="", by="staff")
    await desk.matcher.redecision.next_portion()
    assert len(await desk.matched()) > 0
    await make_desk().matcher.redecision.catch_up()
    assert await desk.matched() == {}


async def _replay_everything(desk: Desk) -> int:
    history = await desk.history()
    for match in history:
        assert (await desk.matcher.replayer.replay(match)).as_bytes() == match.as_bytes()
    return len(history)


async def _switch_while_scoring(make_desk: MakeDesk, switches: int) -> None:
    chance = random.Random(4)  # noqa: S311
    desks = [make_desk() for _ in range(2)]

    async def switch() -> None:
        for number in range(switches):
            rules = DEFAULT_RULES.model_copy(update={"threshold": (0.01, 0.03, 0.2, 0.6)[number % 4]})
            await desks[0].matcher.rules_desk.publish(rules.model_dump(mode="json"), note="", by="staff")
            if number % 10 == 5:
                await desks[0].matcher.refit.refit()
            if number % 4 == 1:
                await desks[number % 2].matcher.redecision.next_portion()

    async def score() -> None:
        for number in range(switches):
            desk, at = desks[number % 2], chance.randrange(10)
            await desk.published(opportunity(at, version=number + 1))
            await desk.described(profile(chance.randrange(10), version=number + 1))
            if number % 7 == 0:
                await desk.closed(opportunity(at).id, number + 1)

    await asyncio.gather(switch(), score())
    assert await _replay_everything(desks[0]) >= switches // 2


async def test_every_match_replays_after_rules_were_switched_while_scoring(make_desk: MakeDesk) -> None:
    await _switch_while_scoring(make_desk, 12)


@pytest.mark.long
async def test_every_match_replays_after_two_hundred_switches(make_desk: MakeDesk) -> None:
    await _switch_while_scoring(make_desk, 200)


async def test_what_was_told_of_an_erased_profile_cannot_be_replayed(desk: Desk) -> None:
    await _five_of_each(desk)
    await desk.removed("org-town-1", 2)
    erased = next(match for match in await desk.history() if match.profile_id == "org-town-1")
    with pytest.raises(CannotReplay):
        await desk.matcher.replayer.replay(erased)


async def test_a_model_of_an_earlier_program_gives_way_at_the_next_start(make_desk: MakeDesk) -> None:
    desk = make_desk()
    await _five_of_each(desk)
    async with desk.matcher.archive.database.writing() as connection:
        await connection.execute(models.update().values(blob=zlib.compress(b'{"format": 1}')))
    fresh = make_desk()
    await fresh.matcher.rules_desk.open()
    await fresh.matcher.refit.refit()
    assert len(await fresh.matched()) > 0
    before = await fresh.matcher.store.in_force()
    await make_desk().matcher.rules_desk.open()
    assert await fresh.matcher.store.in_force() == before
