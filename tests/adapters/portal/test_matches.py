"""What suits a person's organisations, with the words behind it."""

from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import Portal


async def test_each_match_says_the_words_in_common(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    page = (await visitor.get("/matches")).text
    assert "80 sur 100" in page
    assert "<b>algues</b>" in page
    assert "seaweed</span>" in page


async def test_without_the_matcher_the_list_is_shown_all_the_same(furnished: Portal, visitor: Browser) -> None:
    await visitor.sign_in()
    furnished.bus.away.add(r.ExplainPair)
    page = await visitor.get("/matches")
    assert page.status_code == 200
    assert "Seaweed farming" in page.text
    assert "en commun" not in page.text
