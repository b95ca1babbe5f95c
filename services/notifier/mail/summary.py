"""An opportunity in another language than the reader's: what it says in theirs, in a few sentences."""

from babel import Locale
from babel.lists import format_list

from services.notifier.domain.news import Told
from services.notifier.domain.words import BABEL
from services.notifier.mail.audiences import audience_in_words
from services.notifier.mail.deadlines import deadline_of
from services.notifier.mail.money import money_in_words
from services.notifier.mail.readers import Reader
from services.notifier.mail.why import shortened
from shared.events import OpportunityState

# Horizon Europe, General Annexes B: three organisations of three countries, one of them a member state.
CONSORTIA = ("HORIZON Research and Innovation Actions", "HORIZON Innovation Actions")


def language_of(opportunity: OpportunityState) -> str:
    """The language of its title and text as HTML names it; English when the source names none that exists."""
    code = opportunity.language[:2].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else "en"


def language_in_words(code: str, reader: Reader) -> str:
    """`anglais`, `English`."""
    return str(Locale.parse(BABEL[reader.language]).languages.get(code, code))


def title_of(opportunity: OpportunityState, reader: Reader, limit: int) -> tuple[str, str]:
    """The title, and its language: the source's own French for a French reader, where it has one."""
    if reader.language == "fr" and opportunity.title_fr and language_of(opportunity) != "fr":
        title, language = opportunity.title_fr, "fr"
    else:
        title, language = opportunity.title, language_of(opportunity)
    shown = reader.typeset(shortened(title, limit), language)
    return (shown, language) if shown else (opportunity.id, language)


def excerpt_of(told: Told, reader: Reader, limit: int) -> str:
    """How the source's own French text begins, for a French reader of something in another language."""
    opportunity = told.opportunity
    if reader.language != "fr" or language_of(opportunity) == "fr" or told.kind == "closed":
        return ""
    return reader.typeset(shortened(opportunity.text_fr or "", limit), "fr")


def summary_of(told: Told, reader: Reader, words: tuple[str, ...], *, is_brief: bool) -> str:
    """Made from fields and the words that met; empty for what is in the reader's language already, or is over."""
    if language_of(told.opportunity) == reader.language or told.kind == "closed":
        return ""
    said = _facts(told, reader) if is_brief else (*_facts(told, reader), *_more(told, reader, words))
    return " ".join(filter(None, said))


def _facts(told: Told, reader: Reader) -> tuple[str, ...]:
    _ = reader.gettext
    money = money_in_words(told.opportunity, reader) or _("non précisé")
    return (_whom(told.opportunity, reader), _("Montant : %(money)s.") % {"money": money})


def _more(told: Told, reader: Reader, words: tuple[str, ...]) -> tuple[str, ...]:
    _ = reader.gettext
    deadline = deadline_of(told, reader.now)
    named = {"language": language_in_words(language_of(told.opportunity), reader)}
    return (
        _("Réponse au plus tard le %(day)s.") % {"day": reader.day(deadline)} if deadline else "",
        _partners(told.opportunity, reader),
        _words(words, reader),
        _("L’annonce est rédigée en %(language)s.") % named,
    )


def _whom(opportunity: OpportunityState, reader: Reader) -> str:
    _ = reader.gettext
    text = {
        "call": _("Cet appel à projets s’adresse à : %(audience)s."),
        "tender": _("Ce marché public s’adresse à : %(audience)s."),
        "partnership": _("Cette recherche de partenaires s’adresse à : %(audience)s."),
        "mobility": _("Cette offre de mobilité s’adresse à : %(audience)s."),
    }[opportunity.kind]
    return text % {"audience": audience_in_words(opportunity, reader)}


def _partners(opportunity: OpportunityState, reader: Reader) -> str:
    _ = reader.gettext
    if " ".join((opportunity.instrument or "").split()) not in CONSORTIA:
        return ""
    return _("On y répond à plusieurs : au moins trois organisations de trois pays, sauf exception.")


def _words(words: tuple[str, ...], reader: Reader) -> str:
    if not words:
        return ""
    listed = format_list(words, locale=BABEL[reader.language])
    return reader.gettext("Vos mots qu’on y retrouve : %(words)s.") % {"words": listed}
