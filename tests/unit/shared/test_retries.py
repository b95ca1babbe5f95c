"""A fact is tried again, later each time, and given up in the end."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from shared.events import AlertSent
from shared.retries import MAX_PATIENT_TRIES, MAX_TRIES, NotYet, PermanentError, delay_before_retry


def delays(error: Exception, tries: int) -> list[float]:
    found = [delay_before_retry(error, number) for number in range(1, tries)]
    return [delay for delay in found if delay is not None]


@pytest.mark.parametrize(("error", "tries"), [(RuntimeError(), MAX_TRIES), (NotYet(), MAX_PATIENT_TRIES)])
def test_the_delay_grows_until_the_fact_is_given_up(error: Exception, tries: int) -> None:
    grown = delays(error, tries)
    assert len(grown) == tries - 1
    assert all(earlier <= later for earlier, later in pairwise(grown))
    assert delay_before_retry(error, tries) is None


def test_what_must_come_first_is_waited_for_longer_than_a_failure_and_looked_for_sooner() -> None:
    assert sum(delays(NotYet(), MAX_PATIENT_TRIES)) > sum(delays(RuntimeError(), MAX_TRIES))
    assert delays(NotYet(), 2) < delays(RuntimeError(), 2)


def test_what_can_never_succeed_is_not_tried_again() -> None:
    assert delay_before_retry(PermanentError(), 1) is None
    with pytest.raises(ValidationError) as caught:
        AlertSent.model_validate_json("{}")
    assert delay_before_retry(caught.value, 1) is None
