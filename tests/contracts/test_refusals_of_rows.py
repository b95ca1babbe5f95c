"""Every refusal of a row or a file that ingest tells has its words in the portal, filled with what ingest gives."""

import re

import pytest

from services.ingest.domain.importing import Outcome
from services.ingest.domain.profile_rows import SHOWN
from services.ingest.domain.refused import SENTENCES
from services.ingest.profile_store import Origin
from services.portal.domain.import_words import (
    FIELDS,
    ORIGINS,
    OUTCOMES,
    REFUSED,
    REFUSED_FIELDS,
    STATUSES,
)
from shared.requests import ImportSummary, WantedPartnership

OF_COLUMNS = {"missing", "unknown", "twice"}


@pytest.mark.parametrize("code", SENTENCES)
def test_a_refusal_has_its_words(code: str) -> None:
    given = set(re.findall(r"{(\w+)}", SENTENCES[code])) | (OF_COLUMNS if code == "columns" else set())
    assert set(re.findall(r"%\((\w+)\)s", REFUSED[code])) <= given


def test_the_portal_has_words_for_nothing_else() -> None:
    assert set(REFUSED) == set(SENTENCES)
    assert set(REFUSED_FIELDS) <= set(SENTENCES)


def test_outcomes_origins_states_and_fields_have_their_words() -> None:
    assert set(OUTCOMES) == set(Outcome.__args__)
    assert set(ORIGINS) == set(Origin.__args__)
    assert set(STATUSES) == set(ImportSummary.model_fields["status"].annotation.__args__)  # type: ignore[union-attr]
    assert set(SHOWN) | set(WantedPartnership.model_fields) <= set(FIELDS)
