"""An opportunity as a mail shows it: everything in the reader's words."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.lists import format_list

from services.notifier.domain.headers import one_line
from services.notifier.domain.news import Told
from services.notifier.domain.words import BABEL, day_in_words, days_between, euros, time_in_words, typeset
from services.notifier.mail.texts import texts
from shared.events import Language, OpportunityState

MAX_REASONS = 4
MAX_ANSWERS = 2
MAX_TITLE = 220
MAX_PASSAGE = 320
_CUT = re.compile(r"[\s,;:–-]+…$")


@dataclass(frozen=True)
class Reason:
    """A word of the profile, and the other words of the opportunity that answer it; none when it is there itself."""

    word: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Card:
    """One opportunity in a mail. `opens`, `money`, `passage` and others are empty when there is nothing to say."""

    id: str
    title: str
    language: str
    kind: str
    programme: str
    audience: str
    opens: str
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

    @property
    def has_answers(self) -> bool:
        """Whether some words of the profile were met by others."""
        return any(reason.answers for reason in self.reasons)


def card_of(told: Told, *, language: Language, timezone: str, now: datetime, public_url: str) -> Card:
    """Put one opportunity in words."""
    opportunity = told.opportunity
    deadline = next_deadline(opportunity, now)
    return Card(
        id=opportunity.id,
        title=_typeset(_shortened(one_line(opportunity.title), MAX_TITLE), opportunity) or opportunity.id,
        language=opportunity.language[:2],
        kind=_kind(opportunity.kind, language),
        programme=one_line(opportunity.programme or opportunity.call_title or ""),
        audience=audience_in_words(opportunity, language),
        opens=opening_in_words(opportunity, now, timezone=timezone, language=language),
        deadline=deadline_in_words(deadline, timezone=timezone, language=language),
        closes_on="" if deadline is None else day_in_words(_local_day(deadline, timezone), language),
        days_left=None if deadline is None else days_between(now, deadline, timezone),
        money=money_in_words(opportunity, language),
        reasons=_reasons(told),
        passage=_typeset(_shortened(one_line(told.passage), MAX_PASSAGE), opportunity),
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
    """`mardi 12 janvier 2027 à 17 h 00 (heure de Paris)`; empty without a deadline."""
    if deadline is None:
        return ""
    city = timezone.rpartition("/")[2].replace("_", " ")
    _ = texts(language).gettext
    text = (
        _("%(day)s à %(time)s (heure d’%(city)s)")
        if city[0] in "AEIOUÉH"
        else _("%(day)s à %(time)s (heure de %(city)s)")
    )
    day = day_in_words(_local_day(deadline, timezone), language)
    return text % {"day": day, "time": time_in_words(deadline, timezone, language), "city": city}


def opening_in_words(opportunity: OpportunityState, now: datetime, *, timezone: str, language: Language) -> str:
    """From when one may answer; empty when one may already."""
    if opportunity.opens_on is not None and opportunity.opens_on > _local_day(now, timezone):
        return day_in_words(opportunity.opens_on, language)
    _ = texts(language).gettext
    return _("bientôt, à une date qui n’est pas encore annoncée") if opportunity.status == "forthcoming" else ""


def audience_in_words(opportunity: OpportunityState, language: Language) -> str:
    """`entreprises, communes et associations`; any organisation when none is named."""
    _ = texts(language).gettext
    names = {
        "business": _("entreprises"),
        "commune": _("communes"),
        "association": _("associations"),
        "school": _("établissements d’enseignement"),
    }
    if not opportunity.audience:
        return _("toute organisation")
    return format_list([names[kind] for kind in opportunity.audience], locale=BABEL[language])


def money_in_words(opportunity: OpportunityState, language: Language) -> str:
    """What one project may get, or what a market is worth; empty when the source does not say."""
    _ = texts(language).gettext
    low, high = opportunity.budget_min, opportunity.budget_max
    if low and high and low != high:
        amount = _("de %(low)s à %(high)s") % {"low": euros(low, language), "high": euros(high, language)}
    elif high:
        amount = _("jusqu’à %(high)s") % {"high": euros(high, language)}
    elif low:
        amount = _("à partir de %(low)s") % {"low": euros(low, language)}
    else:
        return ""
    return amount if opportunity.kind == "tender" else _("%(amount)s par projet") % {"amount": amount}


def change_in_words(told: Told, deadline: datetime | None, *, timezone: str, language: Language) -> str:
    """What happened to the deadline since this person was told, for an amended opportunity."""
    if told.kind != "amended" or deadline is None:
        return ""
    _ = texts(language).gettext
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
    _ = texts(language).gettext
    return {
        "call": _("Appel à projets"),
        "tender": _("Marché public"),
        "partnership": _("Recherche de partenaires"),
        "mobility": _("Mobilité"),
    }[kind]


def _reasons(told: Told) -> tuple[Reason, ...]:
    """The words that weigh most; each word of the profile is said once, with those that answer it best."""
    answers: dict[str, dict[str, None]] = {}
    for term in sorted(told.terms, key=lambda term: -term.share):
        word, answer = one_line(term.profile_word), one_line(term.opportunity_word)
        found = answers.setdefault(word, {})
        if answer.casefold() != word.casefold():
            found[answer] = None
    heaviest = list(answers.items())[:MAX_REASONS]
    return tuple(Reason(word, tuple(found)[:MAX_ANSWERS]) for word, found in heaviest)


def _typeset(text: str, opportunity: OpportunityState) -> str:
    return typeset(text) if opportunity.language.startswith("fr") else text


def _shortened(text: str, limit: int) -> str:
    """The text, or its beginning; what was cut already loses the comma before its dots."""
    if len(text) > limit:
        text = text[: limit - 1].rsplit(" ", 1)[0] + "…"
    return _CUT.sub("…", text)
