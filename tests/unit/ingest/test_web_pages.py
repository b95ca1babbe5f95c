"""What is read of a page of a website: text, summary, and the links worth following."""

import time

import pytest

from services.ingest.domain.web_pages import Link, Sort, decode, is_absurd, links_of, read_page, sort_of

SENTENCE = "Nous fabriquons des yaourts au lait cru et cherchons des partenaires en Europe."
HOME = "https://www.laiterie.example/"


def page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def test_a_page_gives_its_title_its_summary_and_its_text_without_its_frame() -> None:
    html = page(
        f"<nav><a href='/'>Accueil du site</a></nav><main><h1>Laiterie</h1><p>{SENTENCE}</p></main>"
        "<footer>Rue du Lait</footer><script>var x = 'texte caché'</script>",
        "<title>Laiterie des Essais</title><meta name='Description' content='Des yaourts &amp; du lait'>",
    )
    found = read_page(html, HOME, Sort.HOME)
    assert (found.title, found.summary) == ("Laiterie des Essais", "Des yaourts & du lait")
    assert SENTENCE in found.lines
    assert not [line for line in found.lines if "caché" in line or "Accueil" in line or "Rue du Lait" in line]


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("déjà".encode(), None),
        ("déjà".encode("cp1252"), None),
        ("déjà".encode("cp1252"), "windows-1252"),
        ("<meta charset='iso-8859-1'>déjà".encode("latin-1"), None),
        ("déjà".encode("utf-16"), None),
        ("déjà".encode("utf-8-sig"), "latin-1"),
        ("déjà".encode(), "no-such-charset"),
        ("déjà".encode(), "idna"),
        ("déjà".encode(), "hex"),
        ("déjà".encode(), "utf-8\x00"),
        ("<meta charset=unicode_escape2>déjà".encode(), None),
    ],
)
def test_a_page_is_decoded_whatever_it_says_of_its_charset(body: bytes, charset: str | None) -> None:
    assert decode(body, charset).endswith("déjà")


@pytest.mark.parametrize(
    ("href", "text", "sort"),
    [
        ("/qui-sommes-nous", "", Sort.ABOUT),
        ("/a-propos/", "", Sort.ABOUT),
        ("/x", "À propos de nous", Sort.ABOUT),
        ("/about-us", "", Sort.ABOUT),
        ("/p/12", "Notre savoir-faire", Sort.ACTIVITIES),
        ("/nos-produits", "", Sort.ACTIVITIES),
        ("/services.html", "", Sort.ACTIVITIES),
        ("/en/what-we-do", "", Sort.ACTIVITIES),
        ("/activités", "", Sort.ACTIVITIES),
        ("/galerie", "Galerie", Sort.OTHER),
        ("/contact", "Contact", None),
        ("/mentions-legales", "", None),
        ("/x", "Panier", None),
        ("/blog/nos-produits", "", None),
    ],
)
def test_a_link_is_sorted_by_its_words_in_french_and_english(href: str, text: str, sort: Sort | None) -> None:
    assert sort_of(f"https://laiterie.example{href}", text) == sort


def test_links_lead_to_the_same_site_only_and_to_pages_only() -> None:
    hrefs = (
        "/services",
        "https://laiterie.example/about#equipe",
        "http://www.laiterie.example/galerie",
        "https://ailleurs.example/services",
        "//ailleurs.example/services",
        "/plaquette.pdf",
        "/photo.JPG",
        "mailto:x@laiterie.example",
        "tel:+33200000000",
        "javascript:void(0)",
        "data:text/html,x",
        "file:///etc/hostname",
        "/recherche?q=services",
        "http://[::1",
        "https://laiterie.example:99999/services",
        "/" + "x" * 2_000,
        "",
        "#haut",
    )
    links = links_of(page("".join(f"<a href='{href}'>x</a>" for href in hrefs)), HOME)
    assert {link.url for link in links} == {
        "https://www.laiterie.example/services",
        "https://www.laiterie.example/about",
        "https://www.laiterie.example/galerie",
        "https://www.laiterie.example",
    }


def test_the_most_telling_links_near_the_top_come_first() -> None:
    links = [
        Link("https://l.example/galerie", Sort.OTHER, 1),
        Link("https://l.example/a/b/services", Sort.ACTIVITIES, 3),
        Link("https://l.example/about", Sort.ABOUT, 1),
    ]
    assert [link.depth for link in sorted(links, key=lambda link: link.rank)] == [1, 3, 1]
    assert min(links, key=lambda link: link.rank).sort is Sort.ABOUT


TEXT = f"<p>{SENTENCE}</p>" * 3
MALFORMED = {
    "empty": "",
    "only spaces": "   \n",
    "nul": "\x00" * 1000,
    "nul inside": TEXT.replace("lait", "la\x00it"),
    "plain text": SENTENCE * 20,
    "json": '{"a": 1}',
    "xml": f"<?xml version='1.0' encoding='utf-16'?><html><body>{TEXT}</body></html>",
    "entities": f"<!DOCTYPE x [<!ENTITY a 'b'><!ENTITY c '&a;&a;'>]><p>&c;</p>{TEXT}",
    "surrogate": f"\ud800{TEXT}",
    "controls": f"<p>\x01\x02\x0b</p>{TEXT}",
    "mark": f"\ufeff{TEXT}",
    "gzip magic": f"\x1f\x8b\x08{TEXT}",
    "frameset": "<frameset><frame src=x></frameset>",
    "no end": f"<html><body><div><p>{SENTENCE}",
    "crossed": f"<b><p>{SENTENCE}</b></p>" * 50,
    "many elements": "<p>x</p>" * 240_000,
    "many sentences": TEXT * 8_000,
    "deep": "<div>" * 300_000,
    "deep and closed": "<div>" * 3_000 + TEXT + "</div>" * 3_000,
    "deep formats": "<b>" * 2_000 + TEXT,
    "nested lists": "<ul><li>" * 450 + TEXT,
    "nested tables": "<table><tr><td>" * 300 + TEXT,
    "signs": "<" * 1_000_000,
    "ampersands": "&" * 1_000_000,
    "an endless tag": "<a " + "x" * 1_900_000 + ">",
    "endless attributes": "<a " + " ".join(f"a{n}=1" for n in range(200_000)) + ">",
    "many links": "".join(f"<a href='/p{n}'>l</a>" for n in range(60_000)),
    "open script": "<script>" + "x" * 1_900_000,
    "many scripts": "<script " * 200_000,
    "open comment": "<!--" + "x" * 1_900_000,
    "a picture in place": f"<img src='data:image/png;base64,{'A' * 1_000_000}'>{TEXT}",
    "a huge title": f"<title>{'t' * 1_000_000}</title>{TEXT}",
    "bad base": "<base href='http://[::1'><a href='http://[bad'>x</a>",
    "no summary": "<meta name=description><meta name=description content=''>",
    "one long line": SENTENCE * 10_000,
}


@pytest.mark.parametrize("html", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_page_is_read_quickly_or_left_empty(html: str) -> None:
    began = time.monotonic()
    found = read_page(html, HOME, Sort.HOME)
    links_of(html, HOME)
    assert time.monotonic() - began < 10
    if SENTENCE in html.replace("\x00", "") and "<title>" not in html:
        assert any(SENTENCE in line for line in found.lines)


def test_an_ordinary_page_is_not_taken_for_an_absurd_one() -> None:
    assert not is_absurd(page(TEXT * 500))
