"""Reference tables, made by scripts from openly licensed data; a notice lies beside each."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from services.ingest.domain.communes import Commune, Gazetteer, Intercommunality
from services.ingest.domain.territory import Territory
from shared.settings import SettingsError


@cache
def gazetteer(departement: str) -> Gazetteer:
    """The communes of a département. Raises SettingsError when its table was not made."""
    rows = _table("communes", departement)
    return Gazetteer([_commune(row) for row in rows])


@cache
def territory(departement: str) -> Territory:
    """The names of a département and of what it holds. Raises SettingsError when its tables were not made."""
    names = _table("territory", departement)
    return Territory(
        departement=names["departement"],
        region=names["region"],
        overseas=names["overseas"],
        intercommunalities=tuple(names["intercommunalities"]),
        communes=frozenset(row["name"] for row in _table("communes", departement)),
    )


def _table(kind: str, departement: str) -> Any:
    path = Path(__file__).parent / f"{kind}_{departement}.json"
    if not path.exists():
        raise SettingsError(
            [
                f"PASSERELLE_DEPARTEMENT: no table of {kind} for {departement}; "
                f"make it with python scripts/make_communes.py --departement {departement}"
            ]
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _commune(row: dict[str, Any]) -> Commune:
    group = row.get("intercommunality")
    return Commune(
        row["insee"],
        row["name"],
        tuple(row["postcodes"]),
        row["population"],
        Intercommunality(**group) if group else None,
    )


@cache
def activities() -> Mapping[str, str]:
    """Labels of activities by NAF code, such as `10.51A`."""
    text = (Path(__file__).parent / "naf.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))
