"""A purchase as an opportunity: one for a procedure, whatever the number of its notices and lots."""

from services.ingest.domain.readings import Reading, RecordRefused, opportunity_id
from services.ingest.domain.tender_places import country_names
from services.ingest.domain.tender_text import (
    FRENCH,
    french_title,
    is_told_in,
    main_language,
    short_language,
    subject_labels,
    text_in,
    title_in,
)
from services.ingest.domain.tenders import Money, Notice, Purchase
from shared.events import OpportunityState

NOTICE_PAGE = "https://ted.europa.eu/fr/notice/-/detail/{number}"
WAYS = {
    "open": "procédure ouverte",
    "restricted": "procédure restreinte",
    "neg-w-call": "procédure négociée",
    "neg-wo-call": "négociée sans appel",
    "comp-dial": "dialogue compétitif",
    "comp-tend": "mise en concurrence",
    "innovation": "partenariat d’innovation",
}
NATURES = {"services": "Marché de services", "supplies": "Marché de fournitures", "works": "Marché de travaux"}


def reading_of(purchase: Purchase) -> Reading:
    """The purchase as a reading. Raises RecordRefused when it has no title in any language."""
    notice = purchase.notice
    language = main_language(notice)
    title = title_in(notice, language)
    if not title:
        raise RecordRefused("no_title", "the title is empty once cleaned")
    return Reading(key=notice.procedure, state=_state(purchase, language, title))


def _state(purchase: Purchase, language: str, title: str) -> OpportunityState:
    notice = purchase.notice
    smallest, largest = budget_of(notice)
    has_french_text = language != FRENCH and is_told_in(notice, FRENCH)
    return OpportunityState(
        id=opportunity_id("ted", notice.procedure),
        version=1,
        kind="tender",
        source="ted",
        title=title,
        text=text_in(notice, language),
        language=short_language(language),
        status=purchase.status,
        opens_on=notice.published_on,
        deadlines=tuple(sorted(set(notice.deadlines))),
        budget_min=smallest,
        budget_max=largest,
        audience=("business", "association"),
        keywords=subject_labels(notice),
        instrument=instrument_of(notice),
        places=country_names(notice.places),
        url=NOTICE_PAGE.format(number=notice.number) if notice.number else None,
        title_fr=french_title(notice) if language != FRENCH else None,
        text_fr=text_in(notice, FRENCH) if has_french_text else None,
    )


def budget_of(notice: Notice) -> tuple[int | None, int | None]:
    """Euros of the smallest lot, and of the whole. Amounts of 0 and 1 stand for "not told"."""
    lots = [_told(lot.value) for lot in notice.lots]
    told = [amount for amount in lots if amount is not None]
    whole = _told(notice.value)
    if whole is None and told:
        whole = sum(told) if len(told) == len(lots) else max(told)
    return (min((amount for amount in (*told, whole) if amount is not None), default=None), whole)


def _told(money: Money | None) -> int | None:
    amount = money.euros if money else None
    return None if amount in (0, 1) else amount


def instrument_of(notice: Notice) -> str | None:
    """What kind of contract, by which procedure, such as "Marché de services, procédure ouverte"."""
    known = (NATURES.get(notice.nature, "Marché public"), WAYS.get(notice.way))
    return ", ".join(part for part in known if part)
