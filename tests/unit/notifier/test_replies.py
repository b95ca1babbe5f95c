"""What relays say, read as a postmaster would: the forms that providers publish."""

import pytest

from services.notifier.domain.replies import judge_reply
from tests.unit.notifier.smtp_replies import REPLIES, Said


@pytest.mark.parametrize("said", REPLIES, ids=lambda said: f"{said.by}-{said.code}-{said.verdict}")
def test_a_reply_means_what_its_provider_says(said: Said) -> None:
    assert judge_reply(said.step, said.code, said.text) == said.verdict


def test_no_reply_of_a_filter_or_about_ourselves_says_that_the_address_is_gone() -> None:
    blamed = [said for said in REPLIES if said.verdict != "address"]
    assert [said for said in blamed if judge_reply(said.step, said.code, said.text) == "address"] == []
    assert len({said.by for said in REPLIES}) >= 20
    assert len(REPLIES) >= 40
