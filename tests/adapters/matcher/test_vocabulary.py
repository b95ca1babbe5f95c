"""Words added to the lexicon: kept, searched, and in force from the next fit on."""

import pytest

from services.matcher.domain.learning import Translation
from shared.requests import AddTranslation, AskVocabulary, RemoveTranslation
from tests.adapters.matcher.conftest import MakeDesk
from tests.unit.matcher.builders import opportunity, profile

LEARNED = [Translation("bourrelier", "saddler", 0.8), Translation("selle", "saddle", 0.6)]


def add(french: str, english: str) -> AddTranslation:
    return AddTranslation(french=french, english=english, by="staff")


async def test_learning_again_replaces_what_was_learned_and_keeps_what_staff_gave(make_desk: MakeDesk) -> None:
    vocabulary = make_desk().matcher.vocabulary
    await vocabulary.learn(LEARNED, source="labels.csv")
    await vocabulary.add("bourrelier", "harness maker", by="staff")
    await vocabulary.learn([Translation("cidre", "cider", 0.9)], source="other.csv")
    total, words = await vocabulary.page("", offset=0, limit=10)
    assert total == 2
    assert [(one.french, one.english, one.origin) for one in words] == [
        ("bourrelier", "harness maker", "staff"),
        ("cidre", "cider", "learned"),
    ]


async def test_staff_win_over_what_was_learned(make_desk: MakeDesk) -> None:
    vocabulary = make_desk().matcher.vocabulary
    await vocabulary.learn(LEARNED, source="labels.csv")
    await vocabulary.add("selle", "seat", by="staff")
    text = await vocabulary.lexicon()
    assert text.index("selle -> saddle 0.6") < text.index("[staff]") < text.index("selle -> seat 1")


async def test_a_pair_is_known_once_and_can_be_taken_back(make_desk: MakeDesk) -> None:
    words = make_desk().matcher.words
    assert (await words.add_translation(add(" selle  de cheval ", "saddle"))).refused is None
    assert (await words.add_translation(add("selle de cheval", "saddle"))).refused == "known"
    found = await words.ask_vocabulary(AskVocabulary(text="cheval"))
    assert [(one.french, one.english) for one in found.words] == [("selle de cheval", "saddle")]
    back = RemoveTranslation(french="selle de cheval", english="saddle", by="staff")
    assert (await words.remove_translation(back)).refused is None
    assert (await words.remove_translation(back)).refused == "unknown"


@pytest.mark.parametrize(("french", "english"), [("", "x"), ("a", ""), ("a -> b", "c"), ("1", "2"), ("x" * 101, "y")])
async def test_what_is_no_pair_of_words_is_refused(make_desk: MakeDesk, french: str, english: str) -> None:
    assert (await make_desk().matcher.words.add_translation(add(french, english))).refused == "invalid"


async def test_a_french_word_meets_its_english_one_after_the_next_fit(make_desk: MakeDesk) -> None:
    desk = make_desk()
    call = opportunity(
        0, title="Saddlers of Europe", text="Saddlers keep their trade alive. A saddler teaches saddlers."
    )
    wanting = profile(0, text="Je suis zellierologue, zellierologue depuis toujours")
    await desk.published(call)
    await desk.described(wanting)
    before = {match.key: match for match in await desk.history()}
    assert (call.id, wanting.id) not in await desk.matched()
    await desk.matcher.words.add_translation(add("zellierologue", "saddler"))
    await desk.matcher.jobs.look()
    async with desk.matcher.keeper.fresh() as snapshot:
        entries = snapshot.index.opportunities.entries[call.id], snapshot.index.profiles.entries[wanting.id]
        decision = snapshot.index.decide(*entries, desk.matcher.jobs.clock())
    assert "zellierologue" in {term.profile_word for term in decision.shared}
    for match in before.values():
        assert (await desk.matcher.replayer.replay(match)).as_bytes() == match.as_bytes()
