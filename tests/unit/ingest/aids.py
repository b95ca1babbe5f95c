"""Aids in the shape of the API of aides-territoires, written by hand about fictional organisations."""

from copy import deepcopy
from typing import Any

AID: dict[str, Any] = {
    "id": 900001,
    "slug": "9001-chauffer-les-gymnases-au-bois",
    "url": "/aides/9001-chauffer-les-gymnases-au-bois/",
    "name": "Chauffer les gymnases au bois",
    "name_initial": "Dispositif bois-gymnases",
    "short_title": "AAP Gymnases 2027",
    "financers": ["Agence imaginaire de la chaleur"],
    "financers_full": [{"id": 71, "name": "Agence imaginaire de la chaleur", "logo": None}],
    "instructors": [],
    "instructors_full": [],
    "programs": ["Plan Chaleur douce"],
    "description": "<p>Aide aux <b>chaufferies</b> bois des gymnases &amp; des piscines.</p><ul><li>Études</li></ul>",
    "eligibility": "<p>Projets d’au moins dix logements.</p>",
    "perimeter": "Ille-et-Vilaine",
    "perimeter_id": 555,
    "perimeter_scale": "Département",
    "mobilization_steps": ["Mise en œuvre / réalisation"],
    "origin_url": "https://chaleur.example/aides/gymnases",
    "categories": ["Énergies / Transition énergétique", "Énergies / Réseaux de chaleur", "Culture / Sports"],
    "is_call_for_project": True,
    "application_url": "https://chaleur.example/deposer",
    "targeted_audiences": ["Communes", "Associations"],
    "aid_types": ["Subvention"],
    "aid_types_full": [{"id": 1, "name": "Subvention", "group": {"id": 1, "name": "Aides financières"}}],
    "is_charged": False,
    "destinations": ["Dépenses d’investissement"],
    "start_date": "2026-10-01",
    "predeposit_date": None,
    "submission_deadline": "2027-04-08",
    "subvention_rate_lower_bound": 20,
    "subvention_rate_upper_bound": 50,
    "subvention_comment": None,
    "loan_amount": None,
    "recoverable_advance_amount": None,
    "contact": "<p>bonjour@chaleur.example</p>",
    "recurrence": "Ponctuelle",
    "project_examples": None,
    "import_data_url": None,
    "import_data_mention": None,
    "import_share_licence": None,
    "date_created": "2026-09-01T10:00:00+02:00",
    "date_updated": "2026-09-20T08:30:00+02:00",
    "project_references": ["Rénovation d’un gymnase"],
    "european_aid": None,
    "is_live": True,
}


def aid(number: int = 900001, **fields: Any) -> dict[str, Any]:
    """An aid with some fields replaced."""
    return {**deepcopy(AID), "id": number, **fields}


def without(*names: str) -> dict[str, Any]:
    """An aid from which fields are gone."""
    return {name: value for name, value in deepcopy(AID).items() if name not in names}


def nested(depth: int) -> Any:
    """Lists in lists."""
    made: Any = "deep"
    for _ in range(depth):
        made = [made]
    return made
