"""A draft of what an organisation does, in sentences of its own website: chosen, never written."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.ingest.domain.web_pages import Sort, WebPage
from services.ingest.domain.words import cut, folded, language_of

LONGEST_DRAFT = 4_000
SHORTEST_DRAFT = 80
SHORTEST_PARAGRAPH, LONGEST_PARAGRAPH = 40, 900
FIRST_OF_PAGE = 6
_NOISE = re.compile(
    r"cookie|javascript|copyright|©|tous droits|all rights|mentions légales|politique de confidentialité|"
    r"privacy policy|en savoir plus|read more|cliquez|click here|newsletter|panier|livraison|"
    r"lire la suite|votre navigateur|your browser|lorem ipsum|rgpd|gdpr",
    re.IGNORECASE,
)
_ADDRESS_OR_NUMBER = re.compile(r"\S+@\S+\.\S+|(\+33|\b0)[\s.]?[1-9]([\s.-]?\d{2}){4}\b|\d\s?€|€\s?\d")
_MENU = re.compile(r"\s[–|•·›»>/-]\s")
_TELLING = re.compile(
    r"\b(nous|notre|nos|we|our|sp[ée]cialis\w*|speciali[sz]\w*|fabri\w+|con[çc]\w+|design\w*|produi\w+|"
    r"manufactur\w*|accompagn\w*|propos\w+|offer\w*|d[ée]velopp\w*|develop\w*|form\w+|train\w*|install\w*|"
    r"recherch\w+|research\w*|cultiv\w+|[ée]lev\w+|transform\w*|organis\w+|m[ée]tier\w*|savoir-faire|"
    r"expert\w*|export\w*|europ\w+|projet\w*|project\w*|partenai\w+|partner\w*)\b",
    re.IGNORECASE,
)
_WORTH = {Sort.ABOUT: 4.0, Sort.ACTIVITIES: 3.5, Sort.HOME: 2.5, Sort.OTHER: 0.0}


@dataclass(frozen=True)
class WebDraft:
    """A text to be read over by its owner, and its language."""

    text: str
    language: str


@dataclass(frozen=True)
class _Paragraph:
    text: str
    page: int
    place: int
    score: float


def draft_of(pages: Sequence[WebPage]) -> WebDraft | None:
    """The most telling paragraphs of some pages, home first, in the order they are read; None when there are none."""
    lines = own_lines(pages)
    language = _language(lines)
    summary = next((page.summary for page in pages if _is_prose(page.summary)), "")
    chosen = _best(_paragraphs(pages, lines, language), LONGEST_DRAFT - len(summary) - 2, already=summary)
    text = cut("\n\n".join(filter(None, (summary, *chosen))), LONGEST_DRAFT)
    if len(text) < SHORTEST_DRAFT:
        return None
    return WebDraft(text, language_of(text, flagged=language))


def own_lines(pages: Sequence[WebPage]) -> list[list[str]]:
    """The lines of each page without what pages repeat: menus, feet, notices.

    A sentence said on two pages only is kept where it comes first: a home page often quotes another.
    """
    count = Counter(key for page in pages for key in {folded(line) for line in page.lines})
    seen: set[str] = set()
    kept: list[list[str]] = []
    for page in pages:
        lines = []
        for line in page.lines:
            key = folded(line)
            is_frame = count[key] > 2 or (count[key] == 2 and len(line) < 60)
            if not is_frame and key not in seen:
                lines.append(line)
            seen.add(key)
        kept.append(lines)
    return kept


def _language(lines: Iterable[Sequence[str]]) -> str:
    return language_of(" ".join(line for page in lines for line in page), flagged="fr")


def _is_prose(line: str) -> bool:
    """Whether a line is a sentence about something rather than a menu, a price, an address or a notice."""
    if not len(line) >= SHORTEST_PARAGRAPH or len(line.split()) < 7:
        return False
    if len(_MENU.findall(line)) > 1 or _NOISE.search(line) or _ADDRESS_OR_NUMBER.search(line):
        return False
    letters = sum(character.isalpha() for character in line)
    return letters > 0.7 * len(line) and not line.isupper()


def _paragraphs(pages: Sequence[WebPage], lines: Sequence[Sequence[str]], language: str) -> list[_Paragraph]:
    found = []
    for number, (page, own) in enumerate(zip(pages, lines, strict=True)):
        prose = [line for line in own if _is_prose(line) and language_of(line, flagged=language) == language]
        for place, line in enumerate(prose):
            text = cut(line, LONGEST_PARAGRAPH)
            telling = len(set(map(str.lower, _words_that_tell(text))))
            score = _WORTH[page.sort] + min(telling, 5) * 0.6 + (1.5 if place < FIRST_OF_PAGE else 0) - place * 0.1
            found.append(_Paragraph(text, number, place, score))
    return found


def _words_that_tell(text: str) -> list[str]:
    return [found.group(0) for found in _TELLING.finditer(text)]


def _best(paragraphs: Iterable[_Paragraph], room: int, *, already: str) -> list[str]:
    """The best paragraphs that fit, in reading order."""
    chosen: list[_Paragraph] = []
    seen = {folded(already)}
    for paragraph in sorted(paragraphs, key=lambda one: (-one.score, one.page, one.place)):
        key = folded(paragraph.text)
        if key in seen or len(paragraph.text) + 2 > room:
            continue
        seen.add(key)
        chosen.append(paragraph)
        room -= len(paragraph.text) + 2
    return [one.text for one in sorted(chosen, key=lambda one: (one.page, one.place))]
