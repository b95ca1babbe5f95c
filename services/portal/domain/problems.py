"""What ingest says is wrong with a source, in French; its sentences are English, with figures in them."""

import re

_FRENCH: tuple[tuple[str, str], ...] = (
    (r"The source did not answer completely within (.+) s\.", r"La source n’a pas répondu entièrement en \1 s."),
    (r"The source cannot be reached \((.+)\)\.", r"La source est injoignable (\1)."),
    (r"The source answered with status (\d+)\.", r"La source a répondu par une erreur (statut \1)."),
    (r"The source's answer is over (\d+) MB\.", r"La réponse de la source dépasse \1 Mo."),
    (
        r"The source answered (.+) instead of .+",
        r"La source a répondu « \1 » au lieu de données : peut-être est-elle en entretien.",
    ),
    (r"The source's answer is not UTF-8\.", "La réponse de la source n’est pas en UTF-8."),
    (r"The source's answer is broken JSON\.", "La réponse de la source est tronquée ou mal formée."),
    (
        r"The source's answer is JSON of another shape.*",
        "La réponse de la source a une autre forme que celle attendue.",
    ),
    (r"The source answered without a single row\.", "La source a répondu sans une seule ligne."),
    (
        r"The source was not read completely within (\d+) minutes\.",
        r"La source n’a pas été lue entièrement en \1 minutes.",
    ),
    (r"The source announced (\d+) rows and gave (\d+)\.", r"La source a annoncé \1 lignes et en a donné \2."),
    (
        r"The total changed from (\d+) to (\d+) while pages were read\.",
        r"Le total a changé de \1 à \2 pendant la lecture.",
    ),
    (r"Page (\d+) repeats an earlier one\.", r"La page \1 répète une page précédente."),
    (
        r"(\d+) of (\d+) opportunities known to be open vanished at once: .+",
        r"\1 opportunités ouvertes sur \2 ont disparu d’un coup : à vérifier.",
    ),
    (
        r"Fields usually filled are now empty \(field baseline\): (.+)\. Nothing was stored\.",
        r"Des champs d’ordinaire remplis sont vides : \1. Rien n’a été enregistré.",
    ),
    (r"No complete harvest for more than (\d+) hours\.", r"Aucune lecture complète depuis plus de \1 heures."),
    (r"The harvest was interrupted\.", "La lecture a été interrompue."),
    (
        r"(\S+) failed too often: it is left in peace for (\d+) s\.",
        r"\1 a échoué trop souvent : il est laissé en paix \2 s.",
    ),
    (r"The source's answer is .+ of another shape.*", "La réponse de la source a une autre forme que celle attendue."),
    (r"The source's compressed answer is broken\.", "La réponse compressée de la source est abîmée."),
    (r"The source sent a compressed body .+", "La source a envoyé une réponse compressée que nous ne lisons pas."),
    (r"The source redirects more than (\d+) times\.", r"La source renvoie ailleurs plus de \1 fois."),
    (r"One programme alone has (\d+) rows.+", r"Un seul programme compte \1 lignes, plus que la source n’en donne."),
    (
        r"Page (\d+) (repeats earlier ones|is empty) though more is announced\.",
        r"La page \1 est vide ou en répète d’autres.",
    ),
    (r"A page repeats an earlier one\.", "Une page répète une page précédente."),
    (r"The source has more than (\d+) pages\.", r"La source compte plus de \1 pages."),
    (r"The source announced (\d+) records and gave (\d+)\.", r"La source a annoncé \1 lignes et en a donné \2."),
    (r"The source's answer holds no .+", "La réponse de la source ne contient pas ce que décrit son fichier."),
    (
        r"The next page is on another server \((.+)\).+",
        r"La page suivante est sur un autre serveur (\1) : elle n’est pas lue.",
    ),
    (r"The link to the next page is no address\.", "Le lien vers la page suivante n’est pas une adresse."),
    (r"There is no token: (\S+) is not set\.", r"Il manque le jeton : renseignez \1."),
    (r"aides-territoires refuses the token.+", "Aides-territoires refuse le jeton : donnez-en un valide."),
    (r"aides-territoires answered the connection without a token\.", "Aides-territoires n’a pas donné d’accès."),
    (r"(\S+) holds characters that no token has\.", r"\1 contient des signes qu’aucun jeton ne contient."),
    (
        r"Enterprise Europe Network cannot be asked: (.+) not set\.",
        r"Enterprise Europe Network ne peut pas être lu : renseignez \1.",
    ),
    (
        r"PASSERELLE_EEN_URL must begin with https: .+",
        "PASSERELLE_EEN_URL doit commencer par https : le mot de passe serait lisible en chemin.",
    ),
    (r"No tenders are chosen.+", "Aucun marché n’est choisi : renseignez les pays ou les domaines dans les réglages."),
    (r"TED ran out of time on page (\d+).+", r"TED n’a donné qu’une partie de la page \1."),
    (r"TED (gave|announced) .+", "Les pages de TED ne s’additionnent pas."),
    (r"The feed.s XML is broken.*", "Le XML du flux est mal formé."),
    (r"The feed .+", "Le flux n’est pas lisible."),
    (r"The source answered an empty body instead of a feed\.", "La source a répondu sans rien au lieu d’un flux."),
    (
        r"The source answered XML that is no RSS or Atom feed\.",
        "La source a répondu autre chose qu’un flux RSS ou Atom.",
    ),
)
_COMPILED = tuple((re.compile(pattern), french) for pattern, french in _FRENCH)


def problem_in_words(problem: str, language: str) -> str:
    """A sentence of ingest in the reader's language; in English when it is not known here."""
    if language != "fr":
        return problem
    for pattern, french in _COMPILED:
        if found := pattern.fullmatch(problem):
            return found.expand(french)
    return problem
