"""A page of somebody's website: its text, its own summary, and which of its links lead to what they do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from html import unescape
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from services.ingest.domain.html_text import plain_text, too_deep
from services.ingest.domain.words import clean, clean_line, folded

LONGEST_SUMMARY = 400
SHORT_TEXT = 200
MOST_LINKS = 2_000
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([a-zA-Z0-9_-]{2,40})", re.IGNORECASE)
_BALLAST = re.compile(
    r"<(script|style|svg|noscript|template)\b[^<>]*+>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|data:[a-z]+/[^\"'\s>]*+",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(r"<[^<>]*>")
MOST_TAGS = 20_000
_LONG_TAG = re.compile(r"<[a-zA-Z][^<>]{8000}")
_FILE = re.compile(r"\.(?!html?$|php$|aspx?$|jsp$)[a-z0-9]{2,5}$", re.IGNORECASE)


class Sort(IntEnum):
    """What a page is about, the most telling last."""

    OTHER = 0
    HOME = 1
    ACTIVITIES = 2
    ABOUT = 3


_ABOUT = (
    "qui sommes nous",
    "a propos",
    "about",
    "who we are",
    "presentation",
    "notre histoire",
    "notre entreprise",
    "l entreprise",
    "entreprise",
    "notre association",
    "l association",
    "association",
    "la commune",
    "la societe",
    "societe",
    "company",
    "notre mission",
    "nos missions",
    "our mission",
    "projet associatif",
    "l etablissement",
)
_ACTIVITIES = (
    "activites",
    "activite",
    "produits",
    "produit",
    "products",
    "services",
    "prestations",
    "savoir faire",
    "savoirs faire",
    "know how",
    "expertise",
    "expertises",
    "metiers",
    "metier",
    "solutions",
    "what we do",
    "our work",
    "realisations",
    "projets",
    "projects",
    "actions",
    "formations",
    "competences",
    "technologies",
    "recherche",
)
_NEVER = (
    "contact",
    "panier",
    "cart",
    "compte",
    "account",
    "login",
    "connexion",
    "mentions legales",
    "legal",
    "privacy",
    "confidentialite",
    "cookies",
    "cgv",
    "cgu",
    "conditions generales",
    "plan du site",
    "sitemap",
    "newsletter",
    "wp admin",
    "wp login",
    "recrutement",
    "emploi",
    "jobs",
    "careers",
    "actualites",
    "news",
    "blog",
    "agenda",
    "presse",
)


@dataclass(frozen=True)
class Link:
    """A page that may be worth reading; `depth` counts the parts of its path."""

    url: str
    sort: Sort
    depth: int

    @property
    def rank(self) -> tuple[int, int, str]:
        """Best first: what they are and do, near the top."""
        return (0 if self.sort >= Sort.ACTIVITIES else 1, self.depth, self.url)


@dataclass(frozen=True)
class WebPage:
    """What a page says, without what surrounds its text."""

    url: str
    sort: Sort
    title: str
    summary: str
    lines: tuple[str, ...]


def decode(body: bytes, charset: str | None) -> str:
    """The text of a page; what cannot be decoded is replaced, never refused."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    declared = _CHARSET.search(body[:4096])
    for name in ("utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else None, charset, _name(declared), "utf-8"):
        if name is None:
            continue
        try:
            return body.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return body.decode("cp1252", "replace")


def _name(found: "re.Match[bytes] | None") -> str | None:
    return found.group(1).decode("ascii") if found else None


def without_ballast(html: str) -> str:
    """A page without what holds no text and weighs most: scripts, styles, comments, pictures written in place."""
    return _BALLAST.sub(" ", html.replace("\x00", ""))


def is_absurd(html: str) -> bool:
    """Whether a page is made to keep a parser busy: its time grows with the square of some counts."""
    return html.count("<") > MOST_TAGS or _LONG_TAG.search(html) is not None or too_deep(html)


def read_page(html: str, url: str, sort: Sort) -> WebPage:
    """The main text of a page, line by line, with its title and its own summary."""
    html = without_ballast(html)
    if is_absurd(html):
        return WebPage(url, sort, "", "", _lines(unescape(_TAG.sub("\n", html))))
    tree = LexborHTMLParser(html)
    title = tree.css_first("title")
    summary = next(
        (
            node.attributes.get("content")
            for wanted in ('meta[name="description" i]', 'meta[property="og:description" i]')
            for node in tree.css(wanted)
            if node.attributes.get("content")
        ),
        None,
    )
    return WebPage(
        url=url,
        sort=sort,
        title=clean_line(title.text() if title else "", limit=200),
        summary=clean_line(summary or "", limit=LONGEST_SUMMARY),
        lines=_lines(_main_text(tree)),
    )


def _main_text(tree: LexborHTMLParser) -> str:
    """What trafilatura holds for the text; of a page that is no article, all but its frame."""
    import trafilatura  # slow to load, and few processes read websites

    tree.strip_tags(["nav", "footer", "form", "iframe", "script", "style", "noscript", "template", "svg"])
    found = trafilatura.extract(tree.html or "", include_comments=False, include_tables=False, fast=True) or ""
    if len(found) >= SHORT_TEXT:
        return str(found)
    rest = plain_text(tree.body.html or "") if tree.body else ""
    return rest if len(rest) > len(found) else str(found)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for line in clean(text).split("\n") if line))


def links_of(html: str, base: str) -> list[Link]:
    """Links to pages of the same site, each once."""
    html = without_ballast(html)
    if is_absurd(html):
        return []
    found: dict[str, Link] = {}
    for node in LexborHTMLParser(html).css("a[href]")[:MOST_LINKS]:
        url = _absolute(node.attributes.get("href") or "", base)
        if url is None:
            continue
        sort = sort_of(url, clean_line(node.text()[:200], limit=100))
        if sort is not None and (url not in found or found[url].sort < sort):
            found[url] = Link(url, sort, len([part for part in urlsplit(url).path.split("/") if part]))
    return list(found.values())


def sort_of(url: str, text: str) -> Sort | None:
    """What a link promises, by its path and its words; None when it is never worth reading."""
    said = f" {folded(urlsplit(url).path)} | {folded(text)} "
    if _holds(said, _NEVER):
        return None
    if _holds(said, _ABOUT):
        return Sort.ABOUT
    return Sort.ACTIVITIES if _holds(said, _ACTIVITIES) else Sort.OTHER


def _holds(said: str, words: Sequence[str]) -> bool:
    return any(f" {word} " in said for word in words)


def _absolute(href: str, base: str) -> str | None:
    """A link to a page of the same site, without fragment or question; None for any other."""
    try:
        parts, home = urlsplit(urljoin(base, href.strip())), urlsplit(base)
        if parts.scheme not in ("http", "https") or parts.query or _FILE.search(parts.path):
            return None
        if site_of(parts.netloc) != site_of(home.netloc) or len(parts.geturl()) > 1_000:
            return None
        return parts._replace(scheme=home.scheme, netloc=home.netloc, fragment="").geturl().rstrip("/")
    except ValueError:
        return None


def site_of(host: str) -> str:
    """The site that a host belongs to: the same with `www.` and without."""
    return host.lower().removeprefix("www.")
