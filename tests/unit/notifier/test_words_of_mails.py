"""What people read in a mail: dates, money, French typography, the same in text and in HTML."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest

from services.ingest.samples import sample_organisations
from services.notifier.domain.news import Told
from services.notifier.domain.words import typeset
from services.notifier.mail.cards import Card, card_of
from services.notifier.mail.content import CheckInContent, NewsContent
from services.notifier.mail.readers import Reader
from services.notifier.mail.texts import Written, write
from services.notifier.mail.why import Reason
from services.notifier.samples import SAMPLES
from shared.events import Language, OpportunityState, Term
from tests.unit.notifier.sample_mails import LINKS, PUBLIC, sample_mails, told_of

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
FRENCH, ENGLISH = Reader("fr", "Europe/Paris", NOW), Reader("en", "Europe/Paris", NOW)


def one(**changes: object) -> Told:
    values = {"id": "eu-1", "version": 1, "kind": "call", "source": "eu-portal", "title": "Cheese", "status": "open"}
    return told_of(OpportunityState.model_validate(values | {"budget_max": 500_000} | changes))


def written_mail(name: str, language: Language) -> Written:
    kind, content = sample_mails(language)[name]
    return write(kind, language, content)


def test_dates_and_money_are_in_words_that_do_not_break_between_lines() -> None:
    first = one(deadline=datetime(2027, 1, 1, 16, tzinfo=UTC))
    french, english = card_of(first, FRENCH, LINKS), card_of(first, ENGLISH, LINKS)
    assert french.deadline == "vendredi 1er\u00a0janvier 2027 à 17\u00a0h\u00a000 (heure de Paris)"
    assert english.deadline == "Friday 1\u00a0January 2027 at 17:00 (Paris time)"
    assert french.money == "jusqu’à 500\u202f000\u00a0€ par projet"
    assert english.money == "up to €500,000 per project"
    elsewhere = card_of(first, replace(FRENCH, timezone="Europe/Athens"), LINKS)
    assert elsewhere.deadline.endswith("à 18\u00a0h\u00a000 (heure d’Athens)")


def test_a_card_says_who_may_answer_what_it_is_worth_and_when_it_opens() -> None:
    def card(**changes: object) -> Card:
        return card_of(one(**changes), FRENCH, LINKS)

    assert card().audience == "toute organisation"
    assert card(audience=("business", "commune", "school")).audience == (
        "entreprises, communes et établissements d’enseignement"
    )
    assert card(audience=("business", "commune", "school", "association")).audience == "toute organisation"
    assert card(kind="tender", budget_min=1000).money == "de 1\u202f000\u00a0€ à 500\u202f000\u00a0€"
    assert card(budget_min=1000, budget_max=None).money == "à partir de 1\u202f000\u00a0€ par projet"
    assert card(budget_max=None).money == ""
    assert card(opens_on="2026-11-02").opens == ""
    assert card(status="forthcoming", opens_on="2026-12-01").opens == "mardi 1er\u00a0décembre 2026"
    assert card(status="forthcoming").opens == "bientôt, à une date qui n’est pas encore annoncée"
    assert len(card(title="A title without end " * 40).title) <= 220


def test_each_word_of_the_profile_is_said_once_with_what_answers_it() -> None:
    pairs = [("fromagerie", "cheese", 0.3), ("lait", "Lait", 0.4), ("fromagerie", "food", 0.1), ("lait", "milk", 0.2)]
    terms = tuple(Term(profile_word=mine, opportunity_word=its, share=share) for mine, its, share in pairs)
    why = replace(one(), terms=terms, passage="Des laiteries, des fromageries,…")
    card = card_of(why, FRENCH, LINKS)
    assert card.reasons == (Reason("lait", ("milk",)), Reason("fromagerie", ("cheese", "food")))
    assert card.has_answers
    assert card.passage == "Des laiteries, des fromageries…"


def test_a_mail_tells_four_words_at_most_and_the_two_that_answer_each_best() -> None:
    pairs = [(f"mot{n}", f"word{m}", 0.5 - n / 10 - m / 100) for n in range(5) for m in range(3)]
    terms = tuple(Term(profile_word=mine, opportunity_word=its, share=share) for mine, its, share in reversed(pairs))
    card = card_of(replace(one(), terms=terms), FRENCH, LINKS)
    assert card.reasons == tuple(Reason(f"mot{n}", ("word0", "word1")) for n in range(4))


@pytest.mark.parametrize("name", ["alert", "digest-one", "welcome"])
def test_words_across_languages_and_the_passage_are_marked_as_english_for_french_readers(name: str) -> None:
    written = written_mail(name, "fr")
    assert "fromage\u00a0↔ cheese" in written.text
    assert "fromage\u00a0↔ cheese" in shown_text(written.html)
    assert '<span lang="en">cheese</span>' in written.html
    assert '<blockquote lang="en"' in written.html
    english = written_mail(name, "en").html
    assert not re.search(r'<(?:span|blockquote) lang="en"', english)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Date limite : demain", "Date limite\u202f: demain"),
        ("« ici » !", "«\u202fici\u202f»\u202f!"),
        ("valable 7 jours ; ou %(count)s autres", "valable 7\u00a0jours\u202f; ou %(count)s\u00a0autres"),
        ("https://exemple.example a:b 17:00 :x", "https://exemple.example a:b 17:00 :x"),
        ("a\n: b", "a\n: b"),
    ],
)
def test_french_signs_keep_to_the_word_before_them(typed: str, shown: str) -> None:
    assert typeset(typed) == shown
    assert typeset(shown) == shown


@pytest.mark.parametrize("name", list(sample_mails("fr")))
def test_no_french_sign_may_begin_a_line(name: str) -> None:
    written = written_mail(name, "fr")
    for part in (written.subject, written.text, shown_text(written.html)):
        assert not re.search(r"[^\S\u202f][;:!?»]|«[^\S\u202f]", part)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", list(sample_mails("fr")))
def test_the_text_part_says_what_the_html_says(name: str, language: Language) -> None:
    content = sample_mails(language)[name][1]
    written = written_mail(name, language)
    links = {unescape(link) for link in re.findall(r'href="([^"]+)"', written.html)}
    assert links <= set(re.findall(r"https?://\S+", written.text))
    if isinstance(content, CheckInContent):
        assert {link for _, link in content.answers} <= links
    for card in content.cards if isinstance(content, NewsContent) else ():
        assert [words for words in shown_of(card) if words not in written.text] == []
        assert [words for words in shown_of(card) if words not in shown_text(written.html)] == []


def shown_of(card: Card) -> list[str]:
    """All that a card says, wherever it is shown."""
    said = [card.title, card.kind, card.programme, card.end, card.change, card.summary, *card.advice]
    links = {card.link, card.interested_link, card.not_for_us_link, card.calendar_link}
    if card.is_over:
        return said
    facts = [] if card.summary_has_facts else [card.audience, card.money]
    words = [word for reason in card.reasons for word in (reason.word, *reason.answers)]
    assert all(link.startswith(PUBLIC) for link in links if link)
    return [*said, *facts, card.opens, card.deadline, card.passage, *words]


def test_sample_recipients_belong_to_sample_organisations() -> None:
    names = {each.id: each.name for each in sample_organisations()}
    assert {each.organisation_name for each in SAMPLES} == {names[each.organisation_id] for each in SAMPLES}


def shown_text(html: str) -> str:
    """What is read on the page, on one line."""
    body = html[html.index("<body") :]
    return unescape(re.sub(r"<!--.*?-->|<[^>]+>", "", body, flags=re.DOTALL)).replace("\n", " ")


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", list(sample_mails("fr")))
def test_a_mail_fetches_nothing_from_anywhere(name: str, language: Language) -> None:
    html = written_mail(name, language).html
    assert not re.search(r"<(?:img|link|script|iframe|source|video)\b|@import|url\(|\bsrc=|background=", html)
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", html))
    assert all(address.startswith((PUBLIC, "http://www.w3.org/1999/xhtml")) for address in addresses)
