"""What became of a mail, in sentences for whoever of the office answers the telephone."""

from collections.abc import Mapping

from services.portal.domain.labels import N_

KINDS: Mapping[str, str] = {
    "confirm": N_("Confirmation"),
    "sign_in": N_("Connexion"),
    "notice": N_("Avis au bureau"),
    "canary": N_("Message témoin"),
    "alert": N_("Alerte"),
    "closing_soon": N_("Alerte urgente"),
    "amended": N_("Changement"),
    "reminder": N_("Rappel"),
    "closed": N_("Clôture"),
    "digest": N_("Résumé"),
    "welcome": N_("Bienvenue"),
    "check_in": N_("Question du trimestre"),
}
REASONS: Mapping[str, str] = {
    "address_refused": N_("L’adresse n’existe pas : le serveur du destinataire l’a refusée."),
    "policy": N_("Le serveur du destinataire refuse nos messages pour le moment."),
    "domain_paused": N_("Le domaine du destinataire est en pause : le message attend."),
    "retry": N_("Le serveur du destinataire demande d’attendre ; le message repartira seul."),
    "relay": N_("Notre relais de courrier ne répond pas ; le message repartira seul."),
    "lost_reply": N_("La réponse du serveur s’est perdue : le message est peut-être arrivé. Il repartira une fois."),
    "uncertain": N_("La réponse du serveur s’est perdue deux fois : le message est peut-être arrivé."),
    "expired": N_("Il n’a pas pu être remis à temps."),
    "not_allowed": N_("Cette installation d’essai n’écrit pas à cette adresse."),
    "unsubscribed": N_("La personne s’est désabonnée."),
    "complained": N_("La personne a signalé un message comme indésirable."),
    "suppressed": N_("Nous n’écrivons plus à cette adresse."),
    "erased": N_("La personne a fait effacer ses données."),
    "not_staff": N_("La personne ne fait plus partie de l’équipe."),
    "paused": N_("La personne a demandé une pause : le message attend."),
    "muted": N_("La personne a répondu que ce n’était pas pour elle."),
    "closed": N_("L’opportunité est close."),
    "reopened": N_("L’opportunité est ouverte de nouveau."),
    "no_longer_matches": N_("L’opportunité ne correspond plus à l’organisation."),
    "organisation_removed": N_("L’organisation n’est plus suivie."),
    "over_cap": N_("Au-delà du nombre d’opportunités par message : comptée, avec un lien."),
    "together": N_("Une autre annonce de la même opportunité l’a remplacée."),
    "nothing_to_say": N_("Il ne restait rien à dire."),
    "unknown": N_("Raison inconnue."),
}
RETURNS: Mapping[str, str] = {
    "bounced": N_("Revenu : non remis"),
    "delayed": N_("Retardé par le serveur du destinataire"),
    "complaint": N_("Signalé comme indésirable"),
    "canary": N_("Message témoin arrivé"),
    "none": N_("Réponse automatique"),
    "unreadable": N_("Illisible"),
}
CONSENTS: Mapping[str, str] = {
    "asked": N_("a demandé l’abonnement"),
    "confirmed": N_("a confirmé son adresse"),
    "withdrawn": N_("s’est désabonné"),
    "sample": N_("exemple chargé par l’installation"),
}
SUPPRESSIONS: Mapping[str, str] = {
    "refused": N_("Nous n’écrivons plus à cette adresse : son serveur a répondu qu’elle n’existe pas."),
    "complained": N_("Nous n’écrivons plus à cette adresse : un message a été signalé comme indésirable."),
    "unsubscribed": N_("Nous n’écrivons plus à cette adresse : la personne s’est désabonnée."),
    "erased": N_("Nous n’écrivons plus à cette adresse : la personne a fait effacer ses données."),
}
SUBSCRIPTIONS: Mapping[str, str] = {
    "pending": N_("en attente de confirmation"),
    "active": N_("actif"),
    "ended": N_("terminé"),
}
PLOTTED: Mapping[str, str] = {
    "sent": N_("envoyés"),
    "waiting": N_("en attente"),
    "failed": N_("en échec"),
    "cancelled": N_("annulés"),
}
REFUSED: Mapping[str, str] = {
    "unknown": N_("Ce message n’est plus là."),
    "not_failed": N_("Ce message n’est pas en échec : il n’y a rien à renvoyer."),
    "not_wanted": N_("Cette personne ne veut plus, ou ne peut plus, recevoir de messages : rien ne lui est renvoyé."),
    "too_old": N_("Ce que dit ce message n’est plus vrai, ou son lien a pris fin : il n’est pas renvoyé."),
    "forgotten": N_("Le contenu de ce message n’est plus gardé : il l’est trente jours après l’envoi."),
}
