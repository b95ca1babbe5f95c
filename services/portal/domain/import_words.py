"""The words of imports: what became of rows, where profiles come from, and why a file, a row or a field is refused."""

from collections.abc import Mapping
from gettext import NullTranslations

from services.portal.domain.labels import N_
from shared.requests import FieldProblem, ReportLine

OUTCOMES: Mapping[str, str] = {
    "new": N_("nouvelles"),
    "changed": N_("modifiées"),
    "unchanged": N_("inchangées"),
    "refused": N_("refusées"),
    "restored": N_("rétablies"),
    "removed": N_("supprimées"),
    "left": N_("laissées telles quelles"),
}
OUTCOME_OF_ONE: Mapping[str, str] = {
    "new": N_("nouvelle"),
    "changed": N_("modifiée"),
    "refused": N_("refusée"),
    "restored": N_("rétablie"),
    "removed": N_("supprimée"),
    "left": N_("laissée telle quelle"),
}
STATUSES: Mapping[str, str] = {
    "offered": N_("à confirmer"),
    "running": N_("en cours"),
    "done": N_("importé"),
    "undone": N_("annulé"),
}
ORIGINS: Mapping[str, str] = {
    "portal": N_("déclaration en ligne"),
    "csv": N_("tableau importé"),
    "sample": N_("exemple"),
}
FIELDS: Mapping[str, str] = {
    "name": N_("nom"),
    "kind": N_("type"),
    "text": N_("description"),
    "language": N_("langue"),
    "place": N_("commune"),
    "insee": N_("code INSEE"),
    "siren": N_("SIREN"),
    "naf": N_("code NAF"),
    "size": N_("taille"),
    "themes": N_("thèmes"),
    "population": N_("population"),
    "intercommunality": N_("intercommunalité"),
    "title": N_("titre"),
    "organisation": N_("demandeur"),
    "country": N_("pays"),
    "need": N_("besoin"),
    "outcome": N_("résultat attendu"),
    "audience": N_("public visé"),
    "deadline": N_("date limite"),
    "contact": N_("qui répond"),
}
REFUSED: Mapping[str, str] = {
    "unreadable": N_("Ce fichier n’est pas un tableau lisible. Enregistrez-le à nouveau en XLSX ou en CSV."),
    "not_text": N_("Ce fichier n’est ni un tableau XLSX ni du texte CSV."),
    "encoding": N_("Les caractères de ce fichier ne sont ni en UTF-8 ni en Windows-1252."),
    "not_csv": N_("La ligne %(line)s n’est pas du CSV : un guillemet n’y est sans doute pas fermé."),
    "old_format": N_("Ce fichier est au format %(format)s : enregistrez-le en XLSX ou en CSV."),
    "locked": N_("Ce fichier est protégé par un mot de passe : enregistrez-le sans."),
    "too_large": N_("Ce fichier dépasse %(limit)s Mo : partagez-le en plusieurs."),
    "too_large_inside": N_("Une fois ouvert, ce fichier dépasse %(limit)s Mo : partagez-le en plusieurs."),
    "too_many_rows": N_("Ce fichier a plus de %(limit)s lignes : partagez-le en plusieurs."),
    "too_many_columns": N_("Ce fichier a plus de %(limit)s colonnes."),
    "columns": N_(
        "La première ligne doit nommer les colonnes %(columns)s. Manquantes : %(missing)s. Inconnues : %(unknown)s. "
        "En double : %(twice)s."
    ),
    "too_many_cells": N_("Elle a plus de cases que la première ligne n’a de colonnes."),
    "missing": N_("La colonne « %(column)s » y est vide."),
    "too_short": N_("Le texte de la colonne « %(column)s » est trop court : au moins %(least)s caractères."),
    "too_long": N_("Le texte de la colonne « %(column)s » est trop long : au plus %(most)s caractères."),
    "not_one_of": N_("La colonne « %(column)s » contient %(value)s. Valeurs possibles : %(allowed)s."),
    "siren": N_("Le numéro SIREN %(value)s n’est pas valide."),
    "no_place": N_("Elle n’a ni commune ni code INSEE."),
    "not_here": N_("Sa commune n’est pas du territoire : %(value)s."),
    "twice": N_("C’est la même que la ligne %(line)s."),
    "declared": N_("Cette organisation s’est déclarée elle-même : sa propre description est gardée."),
    "changed_since": N_("Elle a changé depuis cet import : elle est laissée telle quelle."),
    "gone_since": N_("Elle a été supprimée depuis cet import."),
    "country": N_("Ce pays n’est pas connu : %(value)s."),
    "day": N_("La date limite %(value)s n’est pas une date comme 2027-01-31."),
    "past": N_("Sa date limite est passée : %(value)s."),
    "far": N_("Sa date limite est dans plus de dix ans : %(value)s."),
    "personal": N_(
        "La colonne « %(column)s » contient une adresse électronique ou un numéro de téléphone : retirez-le, "
        "c’est le bureau qui répond."
    ),
    "withdrawn": N_("Elle a été retirée : rouvrez-la sur sa propre page."),
}
REFUSED_FIELDS: Mapping[str, str] = {
    "missing": N_("Remplissez ce champ."),
    "too_short": N_("Ce texte est trop court : écrivez au moins %(least)s caractères."),
    "too_long": N_("Ce texte est trop long : %(most)s caractères au plus."),
    "country": N_("Ce pays n’est pas connu : choisissez-en un dans la liste."),
    "day": N_("Écrivez une date, comme 2027-01-31."),
    "past": N_("Cette date est passée."),
    "far": N_("Cette date est dans plus de dix ans."),
    "personal": N_("Retirez l’adresse électronique ou le numéro de téléphone : c’est le bureau qui répond."),
}


def why_refused(line: ReportLine, texts: NullTranslations) -> str:
    """Why a row, or a whole file, is refused; in ingest's own words when its code is not known here."""
    return _filled(REFUSED.get(line.code or ""), line.values, texts) or line.sentence


def why_not_kept(problem: FieldProblem, texts: NullTranslations) -> str:
    """Why a field of a form is refused."""
    return _filled(REFUSED_FIELDS.get(problem.code), problem.values, texts) or problem.sentence


def _filled(sentence: str | None, values: Mapping[str, str], texts: NullTranslations) -> str:
    if sentence is None:
        return ""
    try:
        return texts.gettext(sentence) % {name: value.strip("'\"") or "–" for name, value in values.items()}
    except KeyError:
        return ""
