"""A purchase in words: which languages it is told in, its title, its description with lots, buyer and amounts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from babel.core import get_global
from babel.dates import format_datetime
from babel.numbers import format_decimal

from services.ingest.domain.deadlines import BRUSSELS
from services.ingest.domain.html_text import plain_text
from services.ingest.domain.readings import TEXT_LIMIT, TITLE_LIMIT
from services.ingest.domain.tender_places import country_names
from services.ingest.domain.tenders import Lot, Money, Notice, Texts
from services.ingest.domain.words import clean, clean_line, cut, said_once

FRENCH, ENGLISH = "fra", "eng"
LONGEST_PART = 100_000
DESCRIPTION, ONLY_LOT, LOT_TEXT, LOTS_SHOWN = 11_000, 4_000, 600, 60
_MARKUP = re.compile(r"<[a-zA-Z/!]")


@dataclass(frozen=True)
class Labels:
    """The words around what the notice says."""

    locale: str
    buyer: str
    value: str
    lot: str
    more_lots: str
    answer_by: str
    moment: str
    changed: str
    without_currency: str
    colon: str


FR = Labels(
    locale="fr_FR",
    buyer="Acheteur",
    value="Montant estimé",
    lot="Lot",
    more_lots="Et {count} autres lots.",
    answer_by="réponse avant le",
    moment="d MMMM y 'à' HH:mm '(heure de Bruxelles)'",
    changed="Avis modifié",
    without_currency="(monnaie non précisée)",
    colon=" : ",
)
EN = Labels(
    locale="en_GB",
    buyer="Buyer",
    value="Estimated value",
    lot="Lot",
    more_lots="And {count} more lots.",
    answer_by="answer by",
    moment="d MMMM y 'at' HH:mm '(Brussels time)'",
    changed="Changed notice",
    without_currency="(currency not given)",
    colon=": ",
)


def main_language(notice: Notice) -> str:
    """The language a purchase is shown in: English when it is told in French too, else French, else its own."""
    described = [*notice.descriptions, *(language for lot in notice.lots for language in lot.descriptions)]
    told_in = dict.fromkeys(described or [*notice.titles, *(one for lot in notice.lots for one in lot.titles)])
    for language in (ENGLISH, FRENCH, notice.language, *sorted(told_in), *notice.titles):
        if language in told_in:
            return language
    return next((one for one in (FRENCH, ENGLISH, *sorted(notice.composed)) if one in notice.composed), notice.language)


def short_language(code: str) -> str:
    """`fr` for `fra`; a code that is not known as it is."""
    return str(get_global("language_aliases").get(code, code)) or "en"


def title_in(notice: Notice, language: str) -> str:
    """The buyer's title, else the first lot's, else the one TED composed; any language rather than none."""
    lots = next((lot.titles for lot in notice.lots if lot.titles), {})
    return clean_line(said_once(_tidy(_said(language, notice.titles, lots, notice.composed))), limit=TITLE_LIMIT)


def french_title(notice: Notice) -> str | None:
    """The buyer's own French title, else TED's: country and subject in French, before the title as it is."""
    title = clean_line(
        said_once(_tidy(notice.titles.get(FRENCH) or notice.composed.get(FRENCH, ""))), limit=TITLE_LIMIT
    )
    return title or None


def text_in(notice: Notice, language: str) -> str:
    """The description and what goes with it; empty when the notice describes nothing, so that it counts as poor."""
    if not is_described(notice):
        return ""
    labels = FR if language == FRENCH else EN
    description = cut(_tidy(_said(language, notice.descriptions)), DESCRIPTION)
    parts = (description, *_lots(notice, language, labels, description), *_facts(notice, language, labels))
    return cut(clean("\n".join(part for part in parts if part)), TEXT_LIMIT)


def is_described(notice: Notice) -> bool:
    return any(map(str.strip, (*notice.descriptions.values(), *_lot_descriptions(notice.lots))))


def is_told_in(notice: Notice, language: str) -> bool:
    """Whether the description, of the whole or of a lot, is in this language."""
    return language in notice.descriptions or any(language in lot.descriptions for lot in notice.lots)


def subject_labels(notice: Notice) -> tuple[str, ...]:
    """What is bought, as TED names it in French and in English: the middle of `Pays – Objet – Titre`."""
    parts = [re.split(r"\s[–-]\s", notice.composed.get(language, ""), maxsplit=2) for language in (FRENCH, ENGLISH)]
    labels = (clean_line(three[1], limit=80) for three in parts if len(three) == 3)
    return tuple(dict.fromkeys(label for label in labels if label))


def _lot_descriptions(lots: Iterable[Lot]) -> Iterable[str]:
    return (text for lot in lots for text in lot.descriptions.values())


def _lots(notice: Notice, language: str, labels: Labels, description: str) -> Iterable[str]:
    """A line a lot, of what it adds to the whole; each with its own deadline when they differ."""
    differ = len({lot.closes_at for lot in notice.lots}) > 1
    for lot in notice.lots[:LOTS_SHOWN]:
        title, told = (_tidy(_said(language, texts)) for texts in (lot.titles, lot.descriptions))
        told = "" if told in description else told
        if len(notice.lots) == 1:
            yield cut(told, ONLY_LOT)
            continue
        facts = (
            clean_line(told, limit=LOT_TEXT),
            f"{labels.answer_by} {_moment(lot.closes_at, labels)}" if differ and lot.closes_at else "",
            _amount(lot.value, labels) if lot.value else "",
        )
        named = f"{labels.lot} {clean_line(lot.id, limit=40)}{labels.colon}{clean_line(title, limit=300)}"
        yield ". ".join(part.rstrip(".…") for part in (named, *facts) if part) + "."
    if len(notice.lots) > LOTS_SHOWN:
        yield labels.more_lots.format(count=len(notice.lots) - LOTS_SHOWN)


def _facts(notice: Notice, language: str, labels: Labels) -> Iterable[str]:
    buyer = clean_line(_said(language, notice.buyers), limit=300)
    where = (
        clean_line(_said(language, notice.buyer_cities), limit=80),
        *country_names(notice.buyer_countries, locale=labels.locale),
    )
    if buyer:
        place = ", ".join(part for part in where if part)
        yield f"{labels.buyer}{labels.colon}{buyer}{f' ({place})' if place else ''}."
    value = notice.value or (notice.lots[0].value if len(notice.lots) == 1 else None)
    if value and value.euros is None:
        yield f"{labels.value}{labels.colon}{_amount(value, labels)}."
    changes = clean_line(_tidy(_said(language, notice.changes)), limit=LOT_TEXT)
    if changes:
        yield f"{labels.changed}{labels.colon}{changes}"


def _said(language: str, *choices: Texts) -> str:
    """The first text there is: in this language, else in French or English, else in any."""
    for texts in choices:
        for one in (language, FRENCH, ENGLISH, *sorted(texts)):
            if texts.get(one, "").strip():
                return texts[one]
    return ""


def _tidy(text: str) -> str:
    text = text[:LONGEST_PART]
    return plain_text(text) if _MARKUP.search(text) else clean(text)


def _amount(money: Money, labels: Labels) -> str:
    number = format_decimal(round(money.amount), locale=labels.locale)
    return f"{number} {money.currency or labels.without_currency}"


def _moment(moment: datetime, labels: Labels) -> str:
    return format_datetime(moment.astimezone(BRUSSELS), labels.moment, locale=labels.locale)
