"""Reference tables, made by scripts from openly licensed data; a notice lies beside each."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from services.ingest.domain.communes import Commune, Gazetteer, Intercommunality
from shared.settings import SettingsError


@cache
def gazetteer(departement: str) -> Gazetteer:
    """The communes of a département. Raises SettingsError when its table was not made."""
    path = Path(__file__).parent / f"communes_{departement}.json"
    if not path.exists():
        raise SettingsError(
            [
                f"PASSERELLE_DEPARTEMENT: no table of communes for {departement}; "
                f"make it with python scripts/make_communes.py --departement {departement}"
            ]
        )
    rows = json.loads(path.read_text(encoding="utf-8"))
    return Gazetteer([_commune(row) for row in rows])


def _commune(row: dict[str, Any]) -> Commune:
    group = row.get("intercommunality")
    return Commune(
        row["insee"],
        row["name"],
        tuple(row["postcodes"]),
        row["population"],
        Intercommunality(**group) if group else None,
    )
