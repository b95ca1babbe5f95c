"""Who may answer, in words, and what that means for a commune."""

from babel.lists import format_list

from services.notifier.domain.news import Told
from services.notifier.domain.words import BABEL
from services.notifier.mail.money import cofunding_in_words
from services.notifier.mail.readers import Reader
from shared.events import OpportunityState


def kind_in_words(opportunity: OpportunityState, reader: Reader) -> str:
    _ = reader.gettext
    return {
        "call": _("Appel à projets"),
        "tender": _("Marché public"),
        "partnership": _("Recherche de partenaires"),
        "mobility": _("Mobilité"),
    }[opportunity.kind]


def audience_in_words(opportunity: OpportunityState, reader: Reader) -> str:
    """`entreprises, communes et associations`; any organisation when none is named."""
    _ = reader.gettext
    names = {
        "business": _("entreprises"),
        "commune": _("communes"),
        "association": _("associations"),
        "school": _("établissements d’enseignement"),
    }
    if not set(names) - set(opportunity.audience) or not opportunity.audience:
        return _("toute organisation")
    return format_list([names[kind] for kind in opportunity.audience], locale=BABEL[reader.language])


def advice_for_a_commune(told: Told, reader: Reader) -> tuple[str, ...]:
    """Whether a commune can apply, and what it has to pay itself; nothing for others, nor of what is over."""
    if told.organisation_kind != "commune" or told.kind == "closed":
        return ()
    return tuple(filter(None, (_eligibility(told.opportunity, reader), cofunding_in_words(told.opportunity, reader))))


def _eligibility(opportunity: OpportunityState, reader: Reader) -> str:
    _ = reader.gettext
    if "commune" in opportunity.audience:
        return _("Les communes peuvent répondre.")
    if not opportunity.audience:
        return _("La source ne limite pas qui peut répondre : une commune le peut, si le règlement le confirme.")
    return ""
