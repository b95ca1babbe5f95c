"""Make the reference tables of a territory, its communes and its names, from @etalab/decoupage-administratif (npm).

    python scripts/make_communes.py --departement 35

npm downloads the package by its name, from whatever registry it is set up with. The results lie beside the
ingest service with a notice of where they come from.
"""

import argparse
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "@etalab/decoupage-administratif"
REFERENCE = Path(__file__).parent.parent / "services" / "ingest" / "reference"
SORTS = {"CC": "Communauté de communes", "CA": "Communauté d'agglomération", "CU": "Communauté urbaine"}
NOTICE = """Communes ({file}, {count} communes of the département {departement}) and names ({names})

Made by scripts/make_communes.py from the npm package {package} {version}, published by Etalab under the MIT licence:

{licence}
The package gathers the Code officiel géographique, the intercommunalities and the population figures of INSEE, and the
postcodes of La Poste, all under the Licence Ouverte / Open Licence 2.0 (etalab-2.0).
"""


def download(folder: Path) -> Path:
    """Fetch the package's archive with npm. Raises CalledProcessError when npm cannot."""
    command = ["npm", "pack", "--silent", PACKAGE]
    packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 - fixed words
    return folder / packed.stdout.strip().splitlines()[-1]


def read_member(archive: Path, name: str) -> str:
    with tarfile.open(archive) as files:
        member = files.extractfile(f"package/{name}")
        if member is None:
            raise FileNotFoundError(f"{name} is not in {archive.name}")
        return member.read().decode()


def intercommunalities_of(rows: list[dict[str, Any]]) -> dict[str, dict[str, object]]:
    """The intercommunality of each commune, by the commune's INSEE code, its sort written out."""
    found = {}
    for row in rows:
        sort, _, rest = row["nom"].partition(" ")
        name = f"{SORTS[sort]} {rest}" if sort in SORTS else row["nom"]
        whole = {"siren": row["code"], "name": name, "population": row["populationMunicipale"]}
        found |= {member["code"]: whole for member in row["membres"]}
    return found


def communes_of(
    rows: list[dict[str, object]], departement: str, groups: dict[str, dict[str, object]]
) -> list[dict[str, object]]:
    """Today's communes of one département, by INSEE code, each with its intercommunality."""
    kept = [row for row in rows if row.get("type") == "commune-actuelle" and row.get("departement") == departement]
    return [
        {
            "insee": row["code"],
            "name": row["nom"],
            "postcodes": row.get("codesPostaux", []),
            "population": row.get("population", 0),
            "intercommunality": groups.get(str(row["code"])),
        }
        for row in sorted(kept, key=lambda row: str(row["code"]))
    ]


def names_of(archive: Path, departement: str) -> dict[str, object]:
    """The names a département goes by: its own, its region's, those of its intercommunalities."""
    tables = {
        name: json.loads(read_member(archive, f"data/{name}.json")) for name in ("departements", "regions", "epci")
    }
    own = next(row for row in tables["departements"] if row["code"] == departement)
    region = next(row for row in tables["regions"] if row["code"] == own["region"])
    inside = re.compile(rf"{departement}\d+")
    groups = [row["nom"] for row in tables["epci"] if any(inside.fullmatch(one["code"]) for one in row["membres"])]
    return {
        "departement": own["nom"],
        "region": region["nom"],
        "overseas": own["zone"] != "metro",
        "intercommunalities": sorted(groups),
    }


def write(archive: Path, departement: str) -> Path:
    groups = intercommunalities_of(json.loads(read_member(archive, "data/epci.json")))
    communes = communes_of(json.loads(read_member(archive, "data/communes.json")), departement, groups)
    if not communes:
        raise SystemExit(f"no commune of the département {departement!r} in {PACKAGE}")
    target = REFERENCE / f"communes_{departement}.json"
    lines = ",\n".join(json.dumps(commune, ensure_ascii=False) for commune in communes)
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    names = REFERENCE / f"territory_{departement}.json"
    told = json.dumps(names_of(archive, departement), ensure_ascii=False, indent=2)
    names.write_text(f"{told}\n", encoding="utf-8")
    notice = NOTICE.format(
        file=target.name,
        names=names.name,
        count=len(communes),
        departement=departement,
        package=PACKAGE,
        version=json.loads(read_member(archive, "package.json"))["version"],
        licence=read_member(archive, "LICENSE"),
    )
    (REFERENCE / f"communes_{departement}.NOTICE.txt").write_text(notice, encoding="utf-8")
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--departement", default="35")
    departement = parser.parse_args().departement
    with tempfile.TemporaryDirectory() as folder:
        target = write(download(Path(folder)), departement)
    sys.stdout.write(f"{target}\n")


if __name__ == "__main__":
    main()
