"""What each kind of mail tells, and to whom it tells it how."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier.domain.tokens import answered, checked_in, person_leaving, subscription_of
from services.notifier.mail.cards import Card, card_of
from services.notifier.mail.content import NewsContent
from services.notifier.mail.money import share_for_a_commune
from services.notifier.mail.readers import Reader
from services.notifier.mail.texts import Written, write
from shared.events import Change, Language, OpportunityState
from tests.unit.notifier.sample_mails import (
    COMMUNE,
    DAIRY,
    LINKS,
    MESSAGE,
    NOW,
    european,
    longest,
    news,
    sample_mails,
    told,
    told_of,
)  # fmt: skip

FRENCH, ENGLISH = Reader("fr", "Europe/Paris", NOW), Reader("en", "Europe/Paris", NOW)


def written(name: str, language: Language = "fr") -> Written:
    kind, content = sample_mails(language)[name]
    return write(kind, language, content)


def plain(text: str) -> str:
    """With spaces as people type them."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def card(told_one: object, **changes: object) -> Card:
    return card_of(replace(told_one, **changes), FRENCH, LINKS)  # type: ignore[type-var]


def test_an_english_call_has_a_french_summary_made_from_its_fields() -> None:
    summary = plain(card_of(european(), FRENCH, LINKS).summary)
    assert summary == (
        "Cet appel à projets s’adresse à : communes et associations. "
        "Montant : de 1 000 000 € à 3 500 000 € par projet. Réponse au plus tard le jeudi 24 décembre 2026. "
        "Vos mots qu’on y retrouve : marais, inondations et rivière. L’annonce est rédigée en anglais."
    )
    assert '<blockquote lang="en">' in written("alert-commune").html
    assert '<h1><span lang="en">Climate change' in written("alert-commune").html
    assert card_of(european(), ENGLISH, LINKS).summary == ""


def test_the_french_of_the_source_comes_before_a_summary_of_ours() -> None:
    state = european().opportunity.model_copy(update={"title_fr": "Marais : protéger", "text_fr": "Des digues. " * 60})
    shown = card_of(replace(european(), opportunity=state), FRENCH, LINKS)
    assert (plain(shown.title), shown.language) == ("Marais : protéger", "fr")
    assert shown.summary.startswith("Des digues. Des digues.")
    assert len(shown.summary) <= 300
    assert not shown.summary_has_facts
    html = write("alert", "fr", news("fr", [replace(european(), opportunity=state)])).html
    assert "<h1>Marais" in html
    assert '<blockquote lang="en">' in html
    assert card_of(replace(european(), opportunity=state), ENGLISH, LINKS).title.startswith("Climate change")


def test_a_call_for_research_says_that_one_answers_with_partners() -> None:
    assert "au moins trois organisations de trois pays" in card_of(longest(1), FRENCH, LINKS).summary
    assert "trois pays" not in card_of(european(), FRENCH, LINKS).summary


@pytest.mark.parametrize(
    ("opportunity_id", "instrument", "share"),
    [
        ("eu-horizon-cl5-2027-d4-01", "HORIZON Research and Innovation Actions", 100),
        ("eu-horizon-cl5-2027-d4-01", "HORIZON Innovation Actions", 100),
        ("eu-horizon-cl5-2027-d4-01", "HORIZON Coordination and Support Actions", 100),
        ("eu-horizon-cl5-2027-d4-01", "HORIZON Programme Cofund Actions", None),
        ("eu-horizon-ju-chips-2027", "HORIZON JU Innovation Actions", None),
        ("eu-life-2027-cet-buildskills", "LIFE Project Grants", 95),
        ("eu-life-2027-sap-clima-cca", "LIFE Project Grants", 60),
        ("eu-life-2027-sap-nat-nature", "LIFE Project Grants", None),
        ("eu-life-2027-strat-nat-snap-two-stage", "LIFE Project Grants", None),
        ("eu-cerv-2027-char-liti-civic", "CERV Project Grants", 90),
        ("eu-cerv-2027-citizens-town-tt", "CERV Lump Sum Grants", None),
        ("eu-digital-2027-deploy", "DIGITAL Simple Grants", 50),
        ("at-1234", "Subvention", None),
        ("at-1234", None, None),
    ],
)
def test_the_share_europe_pays_is_told_where_it_is_published(
    opportunity_id: str, instrument: str | None, share: int | None
) -> None:
    update = {"id": opportunity_id, "instrument": instrument}
    assert share_for_a_commune(european().opportunity.model_copy(update=update)) == share


def test_a_commune_reads_who_may_apply_and_what_remains_to_be_paid() -> None:
    said = plain(" ".join(card(european()).advice))
    assert said == (
        "Les communes peuvent répondre. "
        "L’Europe paie jusqu’à 60 % des dépenses acceptées ; le reste est à votre charge."
    )
    assert card(european(), organisation_kind="business").advice == ()
    anyone = european().opportunity.model_copy(update={"audience": (), "instrument": None})
    assert card(european(), opportunity=anyone).advice == (
        "La source ne limite pas qui peut répondre\u202f: une commune le peut, si le règlement le confirme.",
    )
    others = european().opportunity.model_copy(update={"audience": ("business",), "instrument": None})
    assert card(european(), opportunity=others).advice == ()


def changed(*changes: Change, sentences: tuple[tuple[Language, str], ...] = ()) -> str:
    amended = replace(told("cyber-pme", "amended"), changes=changes, sentences=sentences)
    return plain(card_of(amended, FRENCH, LINKS).change)


def test_what_changed_is_told_as_the_source_s_reader_said_it() -> None:
    moved = Change(field="deadline", before="2026-12-01", after="2026-12-20")
    assert changed(moved, sentences=(("fr", "Tout a changé !"), ("en", "All is new."))) == "Tout a changé !"


def test_what_changed_is_told_from_old_to_new_with_the_deadline_first() -> None:
    said = changed(
        Change(field="budget_max", before="100000", after="250000"),
        Change(field="title", before="A", after="B"),
        Change(field="deadline", before="2026-12-01", after="2026-12-20, 2027-03-01"),
        Change(field="status", before="forthcoming", after="open"),
    )
    assert said == (
        "La date limite est repoussée : dimanche 20 décembre 2026 au lieu de mardi 1er décembre 2026. "
        "On peut maintenant répondre. Montant le plus élevé : 250 000 € au lieu de 100 000 €. "
        "D’autres points de l’annonce ont été modifiés."
    )
    earlier = changed(Change(field="deadline", before="2026-12-01T17:00", after="2026-12-01T12:00"))
    assert earlier.startswith("Attention, la date limite est avancée")
    assert changed(Change(field="deadline", before="2026-12-01", after=None)) == "La date limite n’est plus indiquée."
    assert changed(Change(field="deadline", before="nonsense", after="2026-12-20")) == (
        "La date limite est fixée : dimanche 20 décembre 2026."
    )


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("alert", "Avant le dimanche 24 janvier 2027 : Family cheese maker"),
        ("alert-awkward", "Pour vous : Innovative"),
        ("alert-two", "2 opportunités pour Laiterie des Trois Chênes"),
        ("closing_soon", "Ferme le jeudi 26 novembre 2026 : Formation"),
        ("amended", "Date limite changée, dimanche 20 décembre 2026 : Intelligence"),
        ("reminder", "Plus que 7 jours : Formation"),
        ("reminder-two", "2 échéances approchent"),
        ("closed", "N’est plus ouvert : Family cheese maker"),
        ("digest", "6 opportunités pour vos organisations"),
        ("digest-closed", "Ce qui n’est plus ouvert"),
        ("check_in", "Ces alertes vous sont-elles utiles ?"),
        ("notice", "À rappeler : Laiterie des Trois Chênes"),
        ("notice-paused", "Les messages vers fournisseur.example attendent"),
    ],
)
def test_a_subject_says_what_matters_first(name: str, subject: str) -> None:
    assert plain(written(name).subject).startswith(subject)


def test_a_digest_has_a_section_for_each_thing_it_tells_and_says_for_whom() -> None:
    text = written("digest").text
    order = ["== Nouveautés", "== Échéances proches", "== N’est plus ouvert", "== Aussi ouvert en ce moment"]
    assert [line for line in order if line in text] == order
    assert [text.index(line) for line in order] == sorted(text.index(line) for line in order)
    assert f"Pour {COMMUNE}" in text
    assert f"Pour {DAIRY}" in text
    assert f"\nPour {DAIRY}" not in written("digest-one").text


def test_an_alert_that_came_to_carry_several_tells_all_of_them() -> None:
    text = written("alert-two").text
    assert "Family cheese maker" in text
    assert "Alaotra" in text


def test_a_reminder_is_about_its_own_deadline() -> None:
    first, second = NOW + timedelta(days=7), NOW + timedelta(days=90)
    state = told("alaotra-lait").opportunity.model_copy(update={"deadlines": (first, second)})
    reminder = replace(told_of(state, "reminder"), deadline=second)
    assert card_of(reminder, FRENCH, LINKS).days_left == 90
    assert card_of(told_of(state), FRENCH, LINKS).days_left == 7


@pytest.mark.parametrize(
    ("because", "said"),
    [("withdrawn", "retirée"), ("closed_by_source", "La source indique"), (None, "On ne peut plus")],
)
def test_what_is_over_says_why_and_asks_for_no_answer(because: str | None, said: str) -> None:
    over = replace(told("fromager-croatie", "closed"), closed_because=because)
    mail = write("closed", "fr", news("fr", [over]))
    assert said in mail.text
    assert "verdict=" not in mail.text + mail.html
    assert "deadline.ics" not in mail.text + mail.html
    assert "Date limite" not in mail.text


def test_links_speak_for_who_got_the_mail_and_for_nobody_else() -> None:
    content = news("fr", [european()])
    shown = content.cards[0]
    token = shown.not_for_us_link.partition("token=")[2].partition("&")[0]
    assert answered(LINKS.secret, token) == (european().subscription_id, shown.id)
    assert shown.not_for_us_link.endswith("&verdict=not_for_us")
    assert shown.calendar_link.endswith("/opportunities/eu-life-2027-sap-clima-cca/deadline.ics")
    assert leaving(content, subscription_of) == european().subscription_id
    several = news("fr", [european(), told("alaotra-lait")])
    assert leaving(several, subscription_of) is None
    assert leaving(several, person_leaving) == "p" * 32
    assert "Me désinscrire de toutes les alertes" in write("digest", "fr", several).html


def leaving(content: NewsContent, read: object) -> str | None:
    token = content.ways.unsubscribe_link.partition("token=")[2]
    return read(LINKS.secret, token)  # type: ignore[operator,no-any-return]


def test_a_check_in_asks_one_question_with_three_links_to_a_page() -> None:
    text = written("check_in").text
    links = [line.rpartition(" ")[2] for line in text.splitlines() if "/check-in?" in line]
    assert [link.rpartition("answer=")[2] for link in links] == ["useful", "not_quite", "stop"]
    tokens = {link.partition("token=")[2].partition("&")[0] for link in links}
    assert [checked_in(LINKS.secret, token) for token in tokens] == [MESSAGE]
    assert text.count("?\n") == 1


def test_a_mail_that_tells_of_many_says_less_of_each() -> None:
    many = news("fr", [longest(number) for number in range(11)])
    few = news("fr", [longest(number) for number in range(10)])
    assert len(many.cards[0].passage) <= 80 < len(few.cards[0].passage)


def test_an_opportunity_without_anything_still_makes_a_mail() -> None:
    state = OpportunityState(id="x-1", version=1, kind="tender", source="ted", title="\u200b", status="open")
    mail = write("alert", "fr", news("fr", [told_of(state)]))
    assert "x-1" in mail.subject
    assert "aucune n’est annoncée" in mail.text
