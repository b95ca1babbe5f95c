"""What a description is told it lacks."""

import pytest

from services.portal.domain.completeness import GOOD_FROM, POOR_BELOW, completeness, telling_words

TRADES = "menuiserie charpente ossature isolation chanvre escaliers parquet rénovation toiture bardage"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("", "poor"),
        ("Nous sommes une entreprise qui cherche des projets avec vous pour tous.", "poor"),
        ("Boulangerie artisanale : pain, brioche, pain, brioche.", "poor"),
        (f"Nous faisons {TRADES}.", "thin"),
        (" ".join(f"métier{n}" for n in range(GOOD_FROM)), "good"),
        ("bois " * 200, "poor"),
    ],
)
def test_different_words_that_tell_count_whatever_the_length(text: str, level: str) -> None:
    assert completeness(text).level == level


def test_a_description_of_wishes_alone_is_told_so() -> None:
    wishes = (
        "Nous cherchons des partenaires étrangers pour exporter vers Allemagne, Pologne, Italie, Espagne, Portugal."
    )
    assert completeness(wishes).only_wishes
    assert not completeness(f"{TRADES}. {wishes}").only_wishes
    assert not completeness("Nous cherchons.").only_wishes


def test_words_are_counted_once_without_case_or_accents() -> None:
    assert telling_words("Élevage, ÉLEVAGE, elevage et transformation") == ("elevage", "transformation")
    assert 0 < POOR_BELOW < GOOD_FROM
