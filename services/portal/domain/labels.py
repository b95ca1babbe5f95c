"""The words shown for codes; French, marked for translation with N_."""

from collections.abc import Mapping


def N_(text: str) -> str:
    """Mark a text for the catalogue; it is translated where it is shown."""
    return text


OPPORTUNITY_KINDS: Mapping[str, str] = {
    "call": N_("Appel à projets"),
    "tender": N_("Marché public"),
    "partnership": N_("Recherche de partenaires"),
    "mobility": N_("Mobilité"),
}
ORGANISATION_KINDS: Mapping[str, str] = {
    "business": N_("Entreprise"),
    "association": N_("Association"),
    "school": N_("Établissement scolaire ou de formation"),
    "commune": N_("Commune ou intercommunalité"),
}
OPPORTUNITY_AS_SUCH: Mapping[str, str] = {
    "call": N_("un appel à projets"),
    "tender": N_("un marché public"),
    "partnership": N_("une recherche de partenaires"),
    "mobility": N_("une offre de mobilité"),
}
ORGANISATIONS: Mapping[str, str] = {
    "business": N_("entreprises"),
    "association": N_("associations"),
    "school": N_("établissements scolaires ou de formation"),
    "commune": N_("communes ou intercommunalités"),
}
TO_ORGANISATIONS: Mapping[str, str] = {
    "business": N_("aux entreprises"),
    "association": N_("aux associations"),
    "school": N_("aux établissements scolaires ou de formation"),
    "commune": N_("aux communes et intercommunalités"),
}
STATUSES: Mapping[str, str] = {"open": N_("Ouvert"), "forthcoming": N_("À venir"), "closed": N_("Clos")}
SIZES: Mapping[str, str] = {
    "micro": N_("Moins de 10 personnes"),
    "small": N_("De 10 à 49 personnes"),
    "medium": N_("De 50 à 249 personnes"),
    "large": N_("250 personnes ou plus"),
}
FIELDS: Mapping[str, str] = {
    "name": N_("nom"),
    "commune": N_("commune"),
    "size": N_("taille"),
    "kind": N_("ce que vous êtes"),
}
CADENCES: Mapping[str, str] = {
    "immediate": N_("Dès qu’une opportunité me correspond"),
    "daily": N_("Une fois par jour, le matin"),
    "weekly": N_("Une fois par semaine, le lundi matin"),
    "monthly": N_("Une fois par mois, le premier lundi"),
}
ANSWER_REASONS: Mapping[str, str] = {
    "field": N_("Ce n’est pas notre domaine"),
    "size": N_("Les projets attendus sont trop grands ou trop petits pour nous"),
    "place": N_("Ce n’est pas là que nous travaillons"),
    "money": N_("Le montant ou la part à payer ne nous convient pas"),
    "time": N_("Nous n’avons pas le temps d’y répondre"),
    "eligibility": N_("Nous n’avons pas le droit d’y répondre"),
    "known": N_("Nous la connaissons déjà"),
    "other": N_("Une autre raison"),
}
VERDICTS: Mapping[str, str] = {"not_for_us": N_("Pas pour nous"), "interested": N_("Intéressé")}
CHECK_IN_ANSWERS: Mapping[str, str] = {
    "useful": N_("Oui, ils me sont utiles"),
    "not_quite": N_("Pas tout à fait"),
    "stop": N_("Non, arrêtez de m’écrire"),
}
LANGUAGES: Mapping[str, str] = {"fr": N_("Français"), "en": N_("Anglais")}
THEMES: Mapping[str, str] = {
    "agriculture et alimentation": N_("Agriculture et alimentation"),
    "mer et littoral": N_("Mer et littoral"),
    "énergie et climat": N_("Énergie et climat"),
    "eau et biodiversité": N_("Eau et biodiversité"),
    "numérique": N_("Numérique"),
    "santé": N_("Santé"),
    "industrie et innovation": N_("Industrie et innovation"),
    "mobilité et transports": N_("Transports et déplacements"),
    "culture et patrimoine": N_("Culture et patrimoine"),
    "éducation et jeunesse": N_("Éducation et jeunesse"),
    "solidarité internationale": N_("Solidarité internationale"),
    "citoyenneté et inclusion": N_("Citoyenneté et inclusion"),
}
REFUSALS: Mapping[str, str] = {
    "threshold": N_("le rapprochement est trop faible"),
    "status": N_("l’opportunité n’est pas ouverte"),
    "deadline": N_("l’échéance est passée ou trop proche"),
    "organisation": N_("rien n’est proposé à ce type d’organisation"),
    "profile": N_("l’organisation n’est plus suivie"),
    "audience": N_("elle vise d’autres organisations"),
    "kind": N_("ce type d’opportunité n’est pas proposé à ce type d’organisation"),
    "programme": N_("ce programme est écarté"),
    "instrument": N_("cette forme d’aide est écartée"),
    "size": N_("les projets attendus sont trop grands pour une très petite structure"),
    "place": N_("elle se passe dans un pays dont l’organisation ne parle pas"),
    "excluded_words": N_("elle contient un mot écarté"),
    "required_words": N_("elle ne contient aucun des mots exigés"),
    "judged": N_("l’organisation a répondu qu’elle n’est pas pour elle"),
}
GATES: Mapping[str, str] = {
    "status": N_("État de l’annonce"),
    "deadline": N_("Date limite"),
    "organisation": N_("Organisations servies"),
    "kind": N_("Type d’opportunité"),
    "audience": N_("Public visé"),
    "programme": N_("Programme"),
    "instrument": N_("Forme de l’aide"),
    "size": N_("Taille des projets"),
    "place": N_("Pays"),
    "required_words": N_("Mots exigés"),
    "excluded_words": N_("Mots écartés"),
    "judged": N_("Réponse de l’organisation"),
}
DELIVERY_STATUSES: Mapping[str, str] = {
    "planned": N_("Prévu"),
    "attempting": N_("En cours d’envoi"),
    "sent": N_("Envoyé"),
    "failed": N_("Échec"),
    "cancelled": N_("Annulé"),
    "expired": N_("Expiré"),
    "held": N_("Retenu"),
}
MAIL_KINDS: Mapping[str, str] = {
    "confirm": N_("Confirmation"),
    "sign_in": N_("Connexion"),
    "digest": N_("Résumé"),
    "welcome": N_("Bienvenue"),
    "alert": N_("Alerte"),
}
HARVEST_COUNTS: Mapping[str, str] = {
    "new": N_("nouvelles"),
    "amended": N_("modifiées"),
    "closed": N_("closes"),
    "unchanged": N_("inchangées"),
    "duplicates": N_("en double"),
    "ghosts": N_("fantômes"),
    "quarantined": N_("mises de côté"),
    "overtaken": N_("dépassées"),
    "past": N_("échues"),
    "merged": N_("réunies"),
    "reopened": N_("rouvertes"),
}
SOURCES: Mapping[str, str] = {
    "eu-portal": "EU Funding & Tenders Portal",
    "ted": "TED",
    "aides-territoires": "Aides-territoires",
    "feeds": "RSS, Atom",
    "een": "Enterprise Europe Network",
}
SET_ASIDE: Mapping[str, str] = {
    "absurd_amount": N_("Montant invraisemblable"),
    "absurd_deadline": N_("Échéance dans plus de dix ans"),
    "amount_jumped": N_("Montant multiplié ou divisé par plus de cent"),
    "bad_field": N_("Champ illisible"),
    "bad_number": N_("Numéro invalide"),
    "bad_xml": N_("XML illisible"),
    "deadline_jumped": N_("Échéance repoussée de plus de trois ans"),
    "deadline_vanished": N_("Échéance disparue"),
    "ghost": N_("Fantôme : toutes les échéances sont passées"),
    "no_procedure": N_("Sans numéro de procédure"),
    "no_title": N_("Sans intitulé"),
    "not_a_notice": N_("Ce n’est pas un avis"),
    "not_a_record": N_("Ligne d’une autre forme"),
    "not_an_aid": N_("Ce n’est pas une aide"),
    "not_for_organisations": N_("Réservée aux particuliers"),
    "not_a_row": N_("Ligne d’une autre forme"),
    "old": N_("Annonce trop ancienne"),
    "unknown_form": N_("Formulaire inconnu"),
    "unknown_status": N_("Statut inconnu"),
    "unknown_type": N_("Type inconnu"),
    "unreadable": N_("Ligne illisible"),
}
DEEDS: Mapping[str, str] = {
    "added to the staff": N_("a rejoint l’équipe"),
    "signed in": N_("s’est connecté"),
    "published rules": N_("a publié des règles"),
    "rolled rules back": N_("est revenu à d’anciennes règles"),
    "imported a file": N_("a importé un tableau"),
    "undid an import": N_("a annulé un import"),
    "saved a partnership": N_("a enregistré une demande de partenariat"),
    "withdrew a partnership": N_("a retiré une demande de partenariat"),
    "asked for a harvest": N_("a demandé une lecture"),
    "believed a harvest": N_("a confirmé une disparition"),
    "released a record": N_("a laissé passer une ligne"),
    "split a copy": N_("a séparé deux opportunités"),
    "called somebody back": N_("a rappelé une organisation"),
    "replayed a dead letter": N_("a fait traiter un fait à nouveau"),
}
