"""Words, stems and concepts: both languages end in the same terms."""

import pytest

from services.matcher.domain.analyser import PLAIN_WEIGHT, Analyser, analyser_of, guess_language
from services.matcher.domain.lexicon import LexiconError, lexicon_text, read_lexicon
from services.matcher.domain.parts import parts
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


def test_sentences_run_together_are_parted() -> None:
    assert sentences("Less waste.Cities act. They do") == ["Less waste.", "Cities act.", "They do"]


def test_a_call_is_read_by_part() -> None:
    text = "First.Expected Outcome:Less waste.Scope: Cities act.\nGeneral conditions: admissible"
    assert [(part, piece.strip()) for part, piece in parts(text)] == [
        ("text", "First."),
        ("expected_outcome", "Less waste."),
        ("scope", "Cities act."),
        ("conditions", "admissible"),
    ]


@pytest.mark.parametrize("text", ["", "…", "a" * 100_000, "\x00\x00", "<script>", "((((", "\U0001f600" * 50])
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(terms_of(text, "fr"), set)


def test_the_shipped_lexicon_has_no_line_to_mend() -> None:
    concepts = read_lexicon(lexicon_text()).concepts
    assert len(concepts) > 250
    assert {one.theme for one in concepts} >= {"energy", "society", "health", "digital", "industry"}


def test_a_bad_lexicon_tells_every_line_to_mend() -> None:
    text = "[a]\nchaud heat\neau = water > fire\neau = water | water\nvent =\nfeu -> fire\nfeu -> fire 2\nfroid = cold~"
    with pytest.raises(LexiconError) as refused:
        read_lexicon(text)
    assert refused.value.problems == (
        "a.txt:1: no “=” between the French and the English words",
        "a.txt:4: no English words",
        "a.txt:5: “fire” does not end with a weight, such as 0.8",
        "a.txt:6: “fire 2” needs words, then a weight above 0 and up to 1",
        "a.txt:7: the first English words, “cold”, are the name: they cannot be weak",
        "a.txt: “water” is already a concept of a.txt",
        "a.txt: “water” leads to “fire”, which is no concept",
        "a.txt: “water” leads to itself",
    )


def read_with(lexicon: str, text: str, language: str) -> dict[str, float]:
    return {found.term: found.weight for found in Analyser(lexicon).read(text, language)}


PEACHES_AND_FISH = """[a]
pêche = fishing
pêche = peach
verger = orchard > peach
filet, bateau = fishing gear > fishing
"""


@pytest.mark.parametrize(
    ("text", "meant", "other"),
    [("la pêche et les bateaux", "#fishing", "#peach"), ("la pêche du verger", "#peach", "#fishing")],
)
def test_a_word_with_two_meanings_is_settled_by_the_rest(text: str, meant: str, other: str) -> None:
    terms = read_with(PEACHES_AND_FISH, text, "fr")
    assert terms[meant] > 3 * terms[other]


def test_a_weak_clue_counts_less() -> None:
    terms = read_with("[a]\ncrème~, beurre = dairy", "crème", "fr")
    assert 0 < terms["#dairy"] < 0.5


def test_broader_and_related_concepts_are_added_for_a_profile_only() -> None:
    analyser = Analyser("[a]\nfromage = cheese > dairy | food\nlait = dairy > farming\nrepas = food\nferme = farming")
    widened = {found.term for found in analyser.read_profile("fromage", "fr")}
    assert widened == {"#cheese", "#dairy", "#food"}
    assert {found.term for found in analyser.read("fromage", "fr")} == {"#cheese"}


def test_a_translated_word_becomes_the_english_ones_by_their_weight() -> None:
    terms = read_with("[learned]\nbourrelier -> saddler 0.7, harness maker 0.3", "un bourrelier", "fr")
    assert terms == {
        english_stem("saddler"): pytest.approx(0.7 * PLAIN_WEIGHT),
        english_stem("harness"): pytest.approx(0.3 * PLAIN_WEIGHT),
        english_stem("maker"): pytest.approx(0.3 * PLAIN_WEIGHT),
    }


def test_a_concept_comes_before_a_translation() -> None:
    lexicon = "[a]\nlait = milk\n[learned]\nlait -> milky 0.9"
    assert set(read_with(lexicon, "lait", "fr")) == {"#milk"}


@pytest.mark.parametrize("typed", ["fromagrie", "frommagerie", "fromgaerie"])
def test_one_wrong_letter_is_put_right(typed: str) -> None:
    assert "#cheese" in read_with("[a]\nfromagerie = cheese", f"notre {typed}", "fr")


@pytest.mark.parametrize("typed", ["Fromagrie", "sondage"])
def test_names_and_real_words_are_not_put_right(typed: str) -> None:
    lexicon = "[a]\nfromagerie = cheese\nsoudage = welding"
    assert not {"#cheese", "#welding"} & set(read_with(lexicon, f"notre {typed}", "fr"))


def test_a_text_in_both_languages_is_read_in_both() -> None:
    text = "Nous avons une ferme dans la commune avec des vaches. We are looking for partners who make it with us."
    terms = read_with("[a]\nvache = cow\nféminin = partner", text, "fr")
    assert {"#cow", "#partner"} <= set(terms)


def test_maize_is_not_but() -> None:
    lexicon = "[a]\nmaïs = maize"
    assert "#maize" in read_with(lexicon, "nous semons du maïs", "fr")
    assert read_with(lexicon, "mais", "fr") == {}
