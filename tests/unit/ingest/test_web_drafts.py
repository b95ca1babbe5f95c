"""A draft: the most telling sentences of a site, in its own words, nothing of its frame, nobody's address."""

from services.ingest.domain.web_drafts import LONGEST_DRAFT, draft_of, own_lines
from services.ingest.domain.web_pages import Sort, WebPage

YOGHURT = "Nous fabriquons des yaourts au lait cru de vaches élevées à l’herbe, dans notre laiterie de Sommeville."
EXPORT = "Notre équipe accompagne des fromageries de toute l’Europe et cherche des partenaires pour un projet commun."
ABOUT = "Créée par des éleveurs du pays, la laiterie développe des procédés de pasteurisation économes en énergie."
FRAME = "Livraison offerte dès deux caisses"


def page(*lines: str, sort: Sort = Sort.HOME, summary: str = "", path: str = "") -> WebPage:
    return WebPage(f"https://laiterie.example/{path}", sort, "Laiterie", summary, tuple(lines))


def text_of(*pages: WebPage) -> str:
    draft = draft_of(pages)
    return draft.text if draft else ""


def test_a_draft_is_made_of_the_sites_own_sentences_in_reading_order() -> None:
    draft = draft_of([page(EXPORT), page(ABOUT, sort=Sort.ABOUT), page(YOGHURT, sort=Sort.ACTIVITIES)])
    assert draft is not None
    assert draft.text.split("\n\n") == [EXPORT, ABOUT, YOGHURT]
    assert draft.language == "fr"


def test_the_sites_own_summary_comes_first_and_is_not_said_twice() -> None:
    assert text_of(page(YOGHURT, EXPORT, summary=YOGHURT)).split("\n\n") == [YOGHURT, EXPORT]


def test_lines_that_pages_repeat_are_left_out() -> None:
    long_frame = "Nos magasins sont ouverts tous les jours de la semaine sauf le lundi, toute l’année et sans pause."
    pages = [page(FRAME, long_frame, line) for line in (YOGHURT, EXPORT, ABOUT)]
    assert [len(lines) for lines in own_lines(pages)] == [1, 1, 1]
    assert long_frame not in text_of(*pages)


def test_a_sentence_quoted_on_a_second_page_is_kept_once() -> None:
    assert text_of(page(YOGHURT), page(YOGHURT, EXPORT, sort=Sort.ABOUT)).count(YOGHURT) == 1


def test_notices_menus_prices_and_peoples_addresses_are_left_out() -> None:
    noise = (
        "Ce site utilise des cookies pour mesurer son audience, que vous pouvez accepter ou refuser ici.",
        "Accueil – Nos yaourts – Nos fromages – La ferme",
        "Le pot de yaourt nature de notre laiterie est vendu à partir de 2 € dans tous les magasins du pays.",
        "Pour toute question sur nos produits laitiers, écrivez à quelquun@laiterie.example et nous répondrons.",
        "Appelez notre équipe de la laiterie du lundi au vendredi au 02 99 00 00 00 pour toute commande.",
        "Copyright Laiterie des Essais, tous droits réservés sur les textes et sur les images de ce site.",
        "NOUS FABRIQUONS DES YAOURTS AU LAIT CRU DE VACHES NOURRIES À L’HERBE DANS NOTRE LAITERIE DU PAYS",
        "12/03/2026 14:00 18:00 20:00 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25",
    )
    assert text_of(page(*noise, YOGHURT, EXPORT)).split("\n\n") == [YOGHURT, EXPORT]


def test_sentences_in_another_language_than_the_sites_are_left_out() -> None:
    english = "We make yoghurt with the raw milk of our cows and work with dairies of all of Europe on the same aims."
    assert english not in text_of(page(YOGHURT, EXPORT, ABOUT, english))
    draft = draft_of([page(english, f"{english} And of the rest of the world.")])
    assert draft is not None
    assert draft.language == "en"


def test_a_draft_is_at_most_four_thousand_characters_and_what_says_most_is_kept() -> None:
    dull = [f"Au fil du temps passe la saison numéro {n}, et le temps est long comme la pluie." for n in range(99)]
    text = text_of(page(*dull), page(ABOUT, sort=Sort.ABOUT), page(YOGHURT, EXPORT, sort=Sort.ACTIVITIES))
    assert len(text) <= LONGEST_DRAFT
    assert all(sentence in text for sentence in (ABOUT, YOGHURT, EXPORT))


def test_a_very_long_paragraph_is_cut_at_a_word() -> None:
    text = text_of(page(" ".join([YOGHURT] * 100)))
    assert len(text) <= 900
    assert text.endswith("…")


def test_a_site_without_sentences_gives_no_draft() -> None:
    assert draft_of([]) is None
    assert draft_of([page()]) is None
    assert draft_of([page("Accueil", "Contact", "Bienvenue", "Chargement en cours")]) is None
