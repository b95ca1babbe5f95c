"""An opportunity as a mail shows it: everything in the reader's words."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.notifier.domain.headers import one_line
from services.notifier.domain.news import Told
from services.notifier.domain.words import day_in_words, days_between, euros, time_in_words
from services.notifier.mail.texts import LOCALES
from shared.events import Language, OpportunityState
from shared.i18n import translations

MAX_TERMS = 5
MAX_PASSAGE = 320


@dataclass(frozen=True)
class Reason:
    """A word of the profile and the word of the opportunity it met; the same word is shown once."""

    profile_word: str
    opportunity_word: str

    @property
    def is_same(self) -> bool:
        return self.profile_word.casefold() == self.opportunity_word.casefold()


@dataclass(frozen=True)
class Card:
    """One opportunity in a mail."""

    id: str
    title: str
    language: str
    kind: str
    programme: str
    deadline: str
    closes_on: str
    days_left: int | None
    money: str
    reasons: tuple[Reason, ...]
    passage: str
    change: str
    is_also_open: bool
    is_sample: bool
    link: str


def card_of(told: Told, *, language: Language, timezone: str, now: datetime, public_url: str) -> Card:
    """Put one opportunity in words."""
    opportunity = told.opportunity
    deadline = next_deadline(opportunity, now)
    return Card(
        id=opportunity.id,
        title=one_line(opportunity.title) or opportunity.id,
        language=opportunity.language[:2],
        kind=_kind(opportunity.kind, language),
        programme=one_line(opportunity.programme or opportunity.call_title or ""),
        deadline=deadline_in_words(deadline, timezone=timezone, language=language),
        closes_on="" if deadline is None else day_in_words(_local_day(deadline, timezone), language),
        days_left=None if deadline is None else days_between(now, deadline, timezone),
        money=money_in_words(opportunity, language),
        reasons=_reasons(told),
        passage=_shortened(one_line(told.passage)),
        change=change_in_words(told, deadline, timezone=timezone, language=language),
        is_also_open=told.kind == "also_open",
        is_sample=opportunity.is_sample,
        link=f"{public_url}/opportunities/{opportunity.id}",
    )


def next_deadline(opportunity: OpportunityState, now: datetime) -> datetime | None:
    """The first deadline still ahead."""
    ends = {*opportunity.deadlines, *([opportunity.deadline] if opportunity.deadline else [])}
    return min((moment for moment in ends if moment > now), default=None)


def deadline_in_words(deadline: datetime | None, *, timezone: str, language: Language) -> str:
    """`mardi 12 janvier 2027 à 17 h 00 (heure de Paris et de Bruxelles)`; empty without a deadline."""
    if deadline is None:
        return ""
    _ = translations(LOCALES, language).gettext
    day = day_in_words(_local_day(deadline, timezone), language)
    at = time_in_words(deadline, timezone, language)
    if timezone == "Europe/Paris":
        return _("%(day)s à %(time)s (heure de Paris et de Bruxelles)") % {"day": day, "time": at}
    return _("%(day)s à %(time)s (heure de %(zone)s)") % {"day": day, "time": at, "zone": timezone}


def money_in_words(opportunity: OpportunityState, language: Language) -> str:
    """What one project may get."""
    _ = translations(LOCALES, language).gettext
    low, high = opportunity.budget_min, opportunity.budget_max
    if low and high and low != high:
        return _("de %(low)s à %(high)s par projet") % {"low": euros(low, language), "high": euros(high, language)}
    if high:
        return _("jusqu’à %(high)s par projet") % {"high": euros(high, language)}
    if low:
        return _("à partir de %(low)s par projet") % {"low": euros(low, language)}
    return ""


def change_in_words(told: Told, deadline: datetime | None, *, timezone: str, language: Language) -> str:
    """What happened to the deadline since this person was told, for an amended opportunity."""
    if told.kind != "amended" or deadline is None:
        return ""
    _ = translations(LOCALES, language).gettext
    moved = next((change for change in told.changes if change.field in {"deadline", "deadlines"}), None)
    if moved is None:
        return ""
    earlier = moved.before is not None and moved.after is not None and moved.after < moved.before
    day = day_in_words(_local_day(deadline, timezone), language)
    text = _("La date limite est avancée au %(day)s.") if earlier else _("La date limite est reportée au %(day)s.")
    return text % {"day": day}


def _local_day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()


def _kind(kind: str, language: Language) -> str:
    _ = translations(LOCALES, language).gettext
    return {
        "call": _("Appel à projets"),
        "tender": _("Appel d’offres"),
        "partnership": _("Recherche de partenaire"),
        "mobility": _("Mobilité des jeunes"),
    }[kind]


def _reasons(told: Told) -> tuple[Reason, ...]:
    best = sorted(told.terms, key=lambda term: -term.share)
    words = [Reason(one_line(term.profile_word), one_line(term.opportunity_word)) for term in best]
    return tuple(dict.fromkeys(words))[:MAX_TERMS]


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_PASSAGE else text[:MAX_PASSAGE].rsplit(" ", 1)[0] + "…"
