"""What changed in an opportunity, as one sentence a person reads, in French and in English; deadlines first."""

from collections.abc import Sequence
from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal

from shared.events import Change, Language

LOCALES = {"fr": "fr_FR", "en": "en_GB"}

_NAMES = {
    "kind": ("la nature de l’opportunité", "what kind of opportunity it is"),
    "title": ("l’intitulé", "the title"),
    "title_fr": ("l’intitulé", "the title"),
    "opens_on": ("la date d’ouverture", "the opening date"),
    "budget_min": ("le montant le plus faible", "the smallest amount"),
    "budget_max": ("le montant le plus élevé", "the largest amount"),
    "programme": ("le programme", "the programme"),
    "call_title": ("l’intitulé de l’appel", "the title of the call"),
    "instrument": ("la forme du financement", "the form of funding"),
    "audience": ("les organisations concernées", "who it is for"),
    "places": ("les lieux", "the places"),
    "themes": ("les thèmes", "the themes"),
    "keywords": ("les mots-clés", "the keywords"),
    "language": ("la langue du texte", "the language of the text"),
    "url": ("l’adresse de la page", "the address of its page"),
    "text": ("la description", "the description"),
    "text_fr": ("la description", "the description"),
    "expected_outcome": ("les résultats attendus", "the expected outcome"),
    "scope": ("le périmètre", "the scope"),
    "links": ("les sources", "the sources"),
}
_STATUSES = {
    ("forthcoming", "open"): ("Les candidatures sont ouvertes.", "Applications are open."),
    ("open", "forthcoming"): (
        "L’ouverture est reportée : elle est de nouveau annoncée comme à venir.",
        "The opening is put off: it is announced as forthcoming again.",
    ),
}
_AMOUNTS = ("budget_min", "budget_max")


def sentences(changes: Sequence[Change]) -> tuple[str, str]:
    """The changes in French and in English; two empty texts when there are none."""
    return _told(changes, "fr"), _told(changes, "en")


def _told(changes: Sequence[Change], language: Language) -> str:
    by_field = {change.field: change for change in changes}
    told = [
        *(_deadline(change, language) for change in (by_field.pop("deadline", None),) if change),
        *(_status(change, language) for change in (by_field.pop("status", None),) if change),
        *(_amount(by_field.pop(name), language) for name in _AMOUNTS if name in by_field and by_field[name].after),
        _others(tuple(by_field), language),
    ]
    return " ".join(sentence for sentence in told if sentence)


def _deadline(change: Change, language: Language) -> str:
    before, after = _moments(change.before, language), _moments(change.after, language)
    french = language == "fr"
    if not after:
        return "La date limite n’est plus indiquée." if french else "The deadline is no longer given."
    if not before:
        return f"La date limite est fixée : {after}." if french else f"The deadline is set: {after}."
    if _last(change.after) > _last(change.before):
        return (
            f"La date limite est repoussée : {after} au lieu de {before}."
            if french
            else f"The deadline is extended: {after} instead of {before}."
        )
    if _last(change.after) < _last(change.before):
        return (
            f"Attention, la date limite est avancée : {after} au lieu de {before}."
            if french
            else f"Mind that the deadline is earlier: {after} instead of {before}."
        )
    return (
        f"Les dates limites changent : {after} au lieu de {before}."
        if french
        else f"The deadlines change: {after} instead of {before}."
    )


def _last(written: str | None) -> str:
    """ISO days and minutes are in the order of time as texts; the next deadline is what people wait for."""
    return (written or "").split(", ")[0]


def _moments(written: str | None, language: Language) -> str:
    told = [_moment(one, language) for one in (written or "").split(", ") if one]
    return format_list(told, locale=LOCALES[language]) if told else ""


def _moment(written: str, language: Language) -> str:
    if "T" not in written:
        return format_date(date.fromisoformat(written), "EEEE d MMMM y", locale=LOCALES[language])
    moment = datetime.fromisoformat(written)
    hour = "'à' HH'\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}'mm" if language == "fr" else "'at' HH:mm"
    brussels = " (heure de Bruxelles)" if language == "fr" else " (Brussels time)"
    return format_datetime(moment, f"EEEE d MMMM y {hour}", locale=LOCALES[language]) + brussels


def _status(change: Change, language: Language) -> str:
    told = _STATUSES.get((change.before or "", change.after or ""))
    return _in(language, *told) if told else ""


def _amount(change: Change, language: Language) -> str:
    name = _in(language, *_NAMES[change.field])
    after = _euros(change.after, language)
    if not change.before:
        return (
            f"{name[0].upper()}{name[1:]} est indiqué : {after}."
            if language == "fr"
            else f"{_cap(name)} is given: {after}."
        )
    before = _euros(change.before, language)
    return (
        f"{_cap(name)} passe de {before} à {after}."
        if language == "fr"
        else f"{_cap(name)} goes from {before} to {after}."
    )


def _euros(amount: str | None, language: Language) -> str:
    number = format_decimal(int(amount or 0), locale=LOCALES[language])
    return f"{number}\N{NO-BREAK SPACE}€" if language == "fr" else f"€{number}"


def _others(fields: Sequence[str], language: Language) -> str:
    names = list(dict.fromkeys(_in(language, *_NAMES[name]) for name in fields if name in _NAMES))
    if not names:
        return ""
    listed = format_list(names, locale=LOCALES[language])
    several = len(names) > 1
    if language == "fr":
        return f"{'Ont changé' if several else 'A changé'} : {listed}."
    return f"{_cap(listed)} {'have' if several else 'has'} changed."


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def _in(language: Language, french: str, english: str) -> str:
    return french if language == "fr" else english
