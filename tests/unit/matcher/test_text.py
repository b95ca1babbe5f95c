"""Words, stems and concepts: both languages end in the same terms."""

import pytest

from services.matcher.domain.analyser import analyser_of, guess_language
from services.matcher.domain.lexicon import LexiconError, lexicon_text, read_lexicon
from services.matcher.domain.stems import cognate_stem, english_stem
from services.matcher.domain.words import plain_text, sentences, words


def terms_of(text: str, language: str) -> set[str]:
    return {found.term for found in analyser_of(lexicon_text()).read(text, language)}


@pytest.mark.parametrize(
    ("french", "english"),
    [
        ("des pompes à chaleur", "a heat pump"),
        ("dispositif anti inondation", "flood protection"),
        ("biodechets", "bio-waste"),
        ("l’IA", "artificial intelligence"),
        ("Énergies RENOUVELABLES", "renewable energies"),
        ("véhicules au GNV", "CNG vehicles"),
        ("la biodiversité", "biodiversity"),
    ],
)
def test_a_french_phrase_meets_its_english_one(french: str, english: str) -> None:
    assert terms_of(french, "fr") & {term for term in terms_of(english, "en") if term.startswith("#")}


def test_accents_and_elisions_do_not_count() -> None:
    assert terms_of("l’énergie d’été", "fr") == terms_of("energie ete", "fr")


def test_a_word_keeps_how_it_was_written() -> None:
    assert [word.written for word in words("L’Énergie, c’est l'eau-vive")] == ["Énergie", "est", "eau", "vive"]


@pytest.mark.parametrize(("french", "english"), [("mobilité", "mobility"), ("démocratique", "democratic")])
def test_cognates_meet_without_the_lexicon(french: str, english: str) -> None:
    folded = plain_text(french).strip()
    assert cognate_stem(folded) == english_stem(english)


def test_british_and_american_spellings_meet() -> None:
    assert english_stem("organization") == english_stem("organisation")


def test_restoring_nature_is_not_catering() -> None:
    assert "#canteen" not in terms_of("restaurer les zones humides", "fr")


@pytest.mark.parametrize(
    ("text", "language"),
    [("Nous cherchons des partenaires pour la commune", "fr"), ("We look for partners with the town", "en")],
)
def test_the_language_is_guessed_from_small_words(text: str, language: str) -> None:
    assert guess_language(text) == language


def test_programme_titles_run_together_are_parted() -> None:
    assert sentences("Less waste.Scope:Cities act. They do") == ["Less waste.", "Cities act.", "They do"]


@pytest.mark.parametrize("text", ["", "…", "a" * 100_000, "\x00\x00", "<script>", "((((", "\U0001f600" * 50])
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(terms_of(text, "fr"), set)


def test_the_shipped_lexicon_has_no_line_to_mend() -> None:
    concepts = read_lexicon(lexicon_text())
    assert len(concepts) > 250
    assert {one.theme for one in concepts} >= {"energy", "society", "health", "digital", "industry"}


def test_a_bad_lexicon_tells_every_line_to_mend() -> None:
    text = "[a]\nchaud heat\neau = water > fire\neau = sea\nvent ="
    with pytest.raises(LexiconError) as refused:
        read_lexicon(text)
    assert refused.value.problems == (
        "a.txt:1: no “=” between the French and the English words",
        "a.txt:4: no English words",
        "a.txt: French “eau” is in “water” and “sea”",
        "a.txt: “water” is near “fire”, which is no concept",
    )
