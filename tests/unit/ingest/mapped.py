"""Mapping files of the tests, and a source of fictional aids in a shape of its own."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from services.ingest.sources.mapped_file import SourceFile, read_file

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[2] / "docs" / "examples" / "source-file.json"
PROVIDERS = {path.stem: read_file(path) for path in sorted((HERE / "source_files").glob("*.json"))}
FEEDS = {name: json.loads((HERE / "feeds" / f"{name}.json").read_text(encoding="utf-8")) for name in PROVIDERS}

RECORD: dict[str, Any] = {
    "id": "haies-27",
    "titre": "Haies &amp; talus",
    "chapeau": "<p>Planter des haies.</p>",
    "description": "<p>Cent mètres de <b>haies</b> au moins.</p>",
    "conditions": "<p>Un plan de gestion.</p>",
    "nature": {"libelle": "Subvention"},
    "slug": "haies-et-talus",
    "statut": "PUBLIEE",
    "ouverture": "2026-10-01",
    "cloture": "8 avril 2027",
    "cloture_2": "01/09/2027",
    "plafond": "1 500,40 €",
    "publics": [{"libelle": "Clubs"}, {"libelle": "Communes"}],
    "themes": "Nature; Agriculture",
    "mots_cles": ["haies", "talus"],
    "territoires": ["Pays imaginaire"],
}


def record(key: object = "haies-27", **fields: Any) -> dict[str, Any]:
    """A record in the shape that docs/examples/source-file.json describes."""
    return {**deepcopy(RECORD), "id": key, **fields}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in deepcopy(RECORD).items() if key != name}


def described(**changed: Any) -> dict[str, Any]:
    """The documented example as JSON, with some members replaced; None removes one."""
    whole = {**json.loads(EXAMPLE.read_text(encoding="utf-8")), **changed}
    return {name: value for name, value in whole.items() if value is not None}


def file(**changed: Any) -> SourceFile:
    return SourceFile.model_validate(described(**changed))
