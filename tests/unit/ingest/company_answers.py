"""Answers in the shape of the directory of companies, written by hand about fictional organisations."""

from copy import deepcopy
from typing import Any

SIREN, SIRET = "900000001", "90000000100017"

PLACE: dict[str, Any] = {
    "activite_principale": "10.51A",
    "activite_principale_naf25": "10.51Y",
    "adresse": "4 RUE DES ESSAIS 35990 SOMMEVILLE",
    "annee_tranche_effectif_salarie": "2024",
    "caractere_employeur": "O",
    "code_postal": "35990",
    "commune": "35238",
    "date_creation": "2009-03-01",
    "date_fermeture": None,
    "epci": "900000019",
    "est_siege": True,
    "etat_administratif": "A",
    "libelle_commune": "SOMMEVILLE",
    "liste_enseignes": None,
    "nom_commercial": None,
    "region": "53",
    "siret": SIRET,
    "statut_diffusion_etablissement": "O",
    "tranche_effectif_salarie": "12",
}
SEAT = {**PLACE, "departement": "35", "numero_voie": "4", "type_voie": "RUE", "libelle_voie": "DES ESSAIS"}
RESULT: dict[str, Any] = {
    "siren": SIREN,
    "nom_complet": "LAITERIE DES ESSAIS (LDE)",
    "nom_raison_sociale": "LAITERIE DES ESSAIS",
    "sigle": "LDE",
    "nombre_etablissements": 2,
    "nombre_etablissements_ouverts": 1,
    "siege": SEAT,
    "activite_principale": "10.51A",
    "activite_principale_naf25": "10.51Y",
    "categorie_entreprise": "PME",
    "caractere_employeur": "O",
    "annee_categorie_entreprise": "2024",
    "date_creation": "2009-03-01",
    "date_mise_a_jour": "2026-09-21T03:34:50",
    "dirigeants": [
        {
            "nom": "PERSONNE",
            "prenoms": "INVENTEE",
            "annee_de_naissance": "1901",
            "date_de_naissance": "1901-01",
            "qualite": "Gérant",
            "nationalite": "Française",
            "type_dirigeant": "personne physique",
        }
    ],
    "etat_administratif": "A",
    "nature_juridique": "5710",
    "section_activite_principale": "C",
    "tranche_effectif_salarie": "12",
    "annee_tranche_effectif_salarie": "2024",
    "statut_diffusion": "O",
    "matching_etablissements": [PLACE],
    "complements": {
        "est_association": False,
        "est_entrepreneur_individuel": False,
        "est_uai": False,
        "collectivite_territoriale": None,
        "identifiant_association": None,
    },
}


def result(**changes: Any) -> dict[str, Any]:
    """A result with fields replaced; `place__x` and `seat__x` replace those of the establishment and of the seat."""
    made = deepcopy(RESULT)
    for name, value in changes.items():
        head, _, inner = name.partition("__")
        if head == "seat" and inner:
            made["siege"][inner] = value
        elif head == "place" and inner:
            made["matching_etablissements"][0][inner] = value
        elif head == "complements" and inner:
            made["complements"][inner] = value
        else:
            made[name] = value
    return made


def without(name: str) -> dict[str, Any]:
    """A result that lacks a field."""
    made = deepcopy(RESULT)
    del made[name]
    return made


def answer(*results: Any, **changes: Any) -> dict[str, Any]:
    """A whole answer."""
    found = list(results)
    envelope = {"results": found, "total_results": len(found), "page": 1, "per_page": 1, "total_pages": 1}
    return {**envelope, **changes}
