"""Reference tables, made by scripts from openly licensed data; a notice lies beside each."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from services.ingest.domain.communes import Commune, Gazetteer
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
    return Gazetteer([Commune(row["insee"], row["name"], tuple(row["postcodes"]), row["population"]) for row in rows])


@cache
def activities() -> Mapping[str, str]:
    """Labels of activities by NAF code, such as `10.51A`."""
    text = (Path(__file__).parent / "naf.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))
