"""Help with the declaration form: what was asked for, and what is filled in without losing what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.portal.domain.declaration import MAX_TEXT, Typed
from services.portal.domain.labels import N_
from shared.events import OrganisationKind
from shared.requests import CompanyFound, Draft

Help = Literal["company", "website", "draft"]

COMPANY_REFUSED: Mapping[str, str] = {
    "number": N_("Ce numéro n’est ni un SIREN (9 chiffres) ni un SIRET (14 chiffres). Vérifiez-le."),
    "unknown": N_("L’annuaire des entreprises ne connaît pas ce numéro. Remplissez les champs vous-même."),
    "unreachable": N_("L’annuaire des entreprises ne répond pas en ce moment. Remplissez les champs vous-même."),
}
DRAFT_REFUSED: Mapping[str, str] = {
    "address": N_("Cette adresse n’est pas celle d’un site internet public. Écrivez-la comme www.exemple.fr."),
    "busy": N_("Beaucoup de sites sont en cours de lecture. Réessayez dans quelques minutes, ou écrivez vous-même."),
    "unknown": N_("Cette lecture est oubliée. Demandez-la de nouveau."),
    "unreachable": N_("Ce site n’a pas pu être lu. Vérifiez son adresse, ou écrivez vous-même."),
    "unwelcome": N_("Ce site demande aux programmes de ne pas le lire (robots.txt). Écrivez vous-même."),
    "empty": N_("Ce site ne contient pas de texte à proposer. Écrivez vous-même."),
    "pending": N_("La lecture du site n’est pas terminée. Continuez le formulaire et réessayez dans un instant."),
}
NUMBER_ASKED = N_("Écrivez d’abord un SIREN ou un SIRET.")
SITE_ASKED = N_("Écrivez d’abord l’adresse de votre site.")
CLOSED = N_("D’après l’annuaire, cette organisation a cessé son activité. Vérifiez le numéro.")
WITHHELD = N_("Cette organisation a demandé que ses données ne soient pas diffusées : remplissez les champs vous-même.")
SOLE_TRADER = N_("Nous ne reprenons pas le nom d’une personne : indiquez le nom de votre entreprise.")
ELSEWHERE = N_("Son siège est hors du département : indiquez la commune où vous travaillez.")
COMMUNE_HERE = N_("Ce numéro est celui d’une collectivité : la page « Abonner une commune » est faite pour elle.")
NOT_A_COMMUNE = N_(
    "Ce numéro n’est pas celui d’une collectivité : la page « Déclarer une organisation » est faite pour lui."
)


@dataclass(frozen=True)
class Filled:
    """The form after a help: what is in it, which fields were filled, and sentences beside."""

    typed: Typed
    names: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def help_asked(typed: Typed) -> Help | None:
    """The help a button asked for; the Enter key asks for the one whose field alone was typed."""
    asked = typed["help"]
    if asked in ("company", "website", "draft"):
        return asked  # type: ignore[return-value]
    if asked == "enter" and not typed["email"].strip():
        if typed["siren"].strip() and not typed["name"].strip():
            return "company"
        if typed["website"].strip() and not typed["text"].strip() and not typed["draft"]:
            return "website"
    return None


def with_company(typed: Typed, found: CompanyFound, kinds: Sequence[OrganisationKind]) -> Filled:
    """The form with what the directory knows, in the fields that are still empty."""
    known = {
        "name": found.name,
        "commune": f"{found.place} ({found.insee})" if found.place else None,
        "size": found.size if "commune" not in kinds else None,
        "kind": found.kind if len(kinds) > 1 and found.kind in kinds else None,
    }
    filled = {name: value for name, value in known.items() if value and not typed[name].strip()}
    fields = {**typed.fields, **filled, "siren": found.siren, "naf": found.naf or ""}
    return Filled(Typed(fields, typed.themes), tuple(filled), _remarks(found, kinds))


def _remarks(found: CompanyFound, kinds: Sequence[OrganisationKind]) -> tuple[str, ...]:
    is_commune = found.kind == "commune"
    said = (
        (CLOSED, found.is_closed),
        (WITHHELD, found.is_withheld),
        (SOLE_TRADER, found.is_person),
        (ELSEWHERE, bool(found.insee) and not found.place),
        (COMMUNE_HERE, is_commune and "commune" not in kinds),
        (NOT_A_COMMUNE, found.kind is not None and not is_commune and "commune" in kinds),
    )
    return tuple(sentence for sentence, holds in said if holds)


def with_draft(typed: Typed, draft: Draft) -> Typed:
    """The form with a draft in its text box, below what was typed there; `drafted` says which site it is from."""
    own = typed["text"].strip()
    text = draft.text if not own or own in draft.text else f"{own}\n\n{draft.text}"
    fields = {**typed.fields, "text": text[: max(MAX_TEXT, len(own))], "drafted": draft.site, "draft": ""}
    return Typed({name: value for name, value in fields.items() if name != "read_over"}, typed.themes)
