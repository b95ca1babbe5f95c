"""The other pages behind the links of a mail: the quarterly question, and leaving by one subscription or by all."""

import pytest

from shared import requests as r
from tests.adapters.portal.conftest import Browser
from tests.adapters.portal.fakes import ORGANISATION, PERSON, Portal


async def test_the_question_has_three_buttons_the_one_of_the_link_first(portal: Portal, visitor: Browser) -> None:
    for first in ("useful", "not_quite", "stop"):
        page = (await visitor.get(f"/check-in?token=check&answer={first}")).text
        places = {answer: page.index(f'value="{answer}"') for answer in ("useful", "not_quite", "stop")}
        assert min(places, key=lambda answer: places[answer]) == first
    assert not any(isinstance(asked, r.AnswerCheckIn) for asked in portal.bus.asked)


@pytest.mark.parametrize(
    ("answer", "shown"),
    [("useful", "Nous continuons"), ("not_quite", "préciser ce que fait"), ("stop", "Me désinscrire de tout")],
)
async def test_each_answer_is_given_and_leads_somewhere(
    furnished: Portal, visitor: Browser, answer: str, shown: str
) -> None:
    page = await visitor.post("/check-in", {"token": "check", "answer": answer})
    assert shown in page.text
    assert furnished.bus.last(r.AnswerCheckIn) == r.AnswerCheckIn(token="check", answer=answer)
    assert not any(isinstance(asked, r.Unsubscribe) for asked in furnished.bus.asked)


async def test_stopping_takes_a_second_button_and_then_ends_everything(furnished: Portal, visitor: Browser) -> None:
    sure = {"token": "check", "answer": "stop", "sure": "yes"}
    assert "plus aucun message" in (await visitor.post("/check-in", sure)).text
    assert furnished.bus.last(r.Unsubscribe) == r.Unsubscribe(person_id=PERSON)
    assert await furnished.told() == ["organisation.withdrawn"]


@pytest.mark.parametrize("token", ["answer", "t", "leave", "never-ours", ""])
async def test_a_link_of_another_sort_asks_nothing(furnished: Portal, visitor: Browser, token: str) -> None:
    furnished.bus.answers[r.AnswerCheckIn] = r.Reply(refused="unknown")
    assert (await visitor.get(f"/check-in?token={token}")).status_code == 422
    for sure in ("", "yes"):
        page = await visitor.post("/check-in", {"token": token, "answer": "stop", "sure": sure})
        assert (page.status_code, "n’est pas reconnu" in page.text) == (422, True)
    assert not any(isinstance(asked, r.Unsubscribe) for asked in furnished.bus.asked)


async def test_an_answer_while_the_notifier_is_away_can_be_sent_again(furnished: Portal, visitor: Browser) -> None:
    furnished.bus.away |= {r.AnswerCheckIn, r.ReadLink}
    assert (await visitor.get("/check-in?token=check")).status_code == 503
    page = await visitor.post("/check-in", {"token": "check", "answer": "useful"})
    assert page.status_code == 503
    assert 'value="check"' in page.text


@pytest.mark.parametrize(
    ("token", "shown"),
    [("t", "pour Algues du Large"), ("leave", "pour aucune de vos organisations"), ("forgotten", "plus ces messages")],
)
async def test_leaving_says_what_will_stop_while_it_is_known(
    furnished: Portal, visitor: Browser, token: str, shown: str
) -> None:
    page = await visitor.get(f"/unsubscribe?token={token}")
    assert page.status_code == 200
    assert shown in page.text
    assert page.text.count("Me désinscrire</button>") == 1


async def test_leaving_works_while_the_notifier_is_away(furnished: Portal, visitor: Browser) -> None:
    furnished.bus.away |= {r.ReadLink, r.Unsubscribe}
    assert "Me désinscrire" in (await visitor.get("/unsubscribe?token=leave")).text
    assert "Votre souhait est enregistré" in (await visitor.post("/unsubscribe", {"token": "leave"})).text
    assert await furnished.store.wishes.count() == 1


@pytest.mark.parametrize("path", ["/unsubscribe", "/unsubscribe/one-click?token=leave"])
@pytest.mark.parametrize("organisation_id", [ORGANISATION, None])
async def test_leaving_by_a_mail_ends_one_organisation_or_all_and_works_twice(
    furnished: Portal, visitor: Browser, path: str, organisation_id: str | None
) -> None:
    furnished.bus.answers[r.Unsubscribe] = r.Unsubscribed(person_id=PERSON, organisation_id=organisation_id)
    for _ in range(2):
        page = await visitor.post(path, {"token": "leave"})
        assert page.status_code == 200
        if path == "/unsubscribe":
            assert ("plus aucun message" in page.text) is (organisation_id is None)
    assert await furnished.told() == ["organisation.withdrawn"]
    furnished.bus.answers[r.Unsubscribe] = r.Unsubscribed()
    assert (await visitor.post(path, {"token": "leave"})).status_code == 200
