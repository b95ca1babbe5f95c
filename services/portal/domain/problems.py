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
    (r"The source redirects more than (\d+) times\.", r"La source redirige plus de \1 fois."),
    (r"The source's compressed answer is broken\.", "La réponse compressée de la source est abîmée."),
    (r"The source's answer is broken XML\.", "La réponse de la source est un XML tronqué ou mal formé."),
    (
        r"The source's answer is XML of another shape: .+",
        "La réponse de la source a une autre forme que celle attendue.",
    ),
    (r"what it gives is not a feed: .+", "ce qu’il donne n’est pas un flux : peut-être une page d’entretien."),
    (r"the answer is empty\.", "la réponse est vide."),
    (r"its feed holds nothing, not even a title\.", "son flux est vide, même sans titre."),
    (
        r"its feed is broken XML: (\d+) entries could be read\.",
        r"son flux est mal formé : \1 annonces ont pu être lues.",
    ),
    (
        r"its feed has (\d+) entries: the first (\d+) were read\.",
        r"son flux a \1 annonces : les \2 premières ont été lues.",
    ),
    (r"its feed is over (\d+) MB\.", r"son flux dépasse \1 Mo."),
    (r"its charset (.+) is not read\.", r"son jeu de caractères (\1) n’est pas lu."),
    (r"its XML .+ it is not read\.", "son XML est dangereux à lire : il n’est pas lu."),
    (r"no complete answer within (\d+) s\.", r"pas de réponse entière en \1 s."),
    (r"And (\d+) more\.", r"Et \1 autres."),
    (
        r"PASSERELLE_FEEDS is not set: .+",
        "PASSERELLE_FEEDS n’est pas réglé : donnez-y les adresses des flux.",
    ),
    (r"(.+) must be set: the network gives .+", r"\1 : à régler ; le réseau donne à ses membres un accès."),
    (r"The service refuses the user or .+", "Le service refuse PASSERELLE_EEN_USER ou son mot de passe."),
    (
        r"The service gives the same profiles for other dates: .+",
        "Le service donne les mêmes profils pour d’autres dates : il semble les ignorer.",
    ),
)
_OF_A_HOST = re.compile(r"([\w.-]+\.[\w-]+): (.+)")
_COMPILED = tuple((re.compile(pattern), french) for pattern, french in _FRENCH)


def problem_in_words(problem: str, language: str) -> str:
    """A sentence of ingest in the reader's language, line by line; in English when it is not known here."""
    if language != "fr":
        return problem
    return " ".join(_line_in_french(line) for line in problem.split("\n"))


def _line_in_french(line: str) -> str:
    for pattern, french in _COMPILED:
        if found := pattern.fullmatch(line):
            return found.expand(french)
    if found := _OF_A_HOST.fullmatch(line):
        return f"{found[1]} : {_line_in_french(found[2])}"
    return line
