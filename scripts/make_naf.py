"""Make the reference table of activities (NAF rev. 2) from the npm package @socialgouv/codes-naf.

    python scripts/make_naf.py

npm downloads the package by its name, from whatever registry it is set up with. The result lies beside the ingest
service with a notice of where it comes from.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from make_communes import REFERENCE, read_member

PACKAGE = "@socialgouv/codes-naf"
CODE = re.compile(r"\d{2}\.\d{2}[A-Z]")
NOTICE = """Labels of activities ({file}, {count} codes)

Made by scripts/make_naf.py from the npm package {package} {version}, published by SocialGouv (the digital services of
the French social ministries) under the licence {licence}, as its package.json says.

The package gathers the nomenclature d'activités française, NAF rev. 2, of INSEE, under the Licence Ouverte / Open
Licence 2.0 (etalab-2.0). Only the codes an organisation can have, such as 10.51A, are kept.
"""


def download(folder: Path) -> Path:
    """Fetch the package's archive with npm. Raises CalledProcessError when npm cannot."""
    command = ["npm", "pack", "--silent", PACKAGE]
    packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)  # noqa: S603 - fixed words
    return folder / packed.stdout.strip().splitlines()[-1]


def labels_of(rows: list[dict[str, str]]) -> dict[str, str]:
    """Labels by code, by code."""
    return {row["id"]: row["label"].strip() for row in sorted(rows, key=lambda row: row["id"]) if _is_whole(row["id"])}


def _is_whole(code: str) -> bool:
    return CODE.fullmatch(code) is not None


def write(archive: Path) -> Path:
    labels = labels_of(json.loads(read_member(archive, "index.json")))
    package = json.loads(read_member(archive, "package.json"))
    target = REFERENCE / "naf.json"
    lines = ",\n".join(f"{json.dumps(code)}: {json.dumps(label, ensure_ascii=False)}" for code, label in labels.items())
    target.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    told = {"file": target.name, "count": len(labels), "package": PACKAGE}
    notice = NOTICE.format(version=package["version"], licence=package["license"], **told)
    (REFERENCE / "naf.NOTICE.txt").write_text(notice, encoding="utf-8")
    return target


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(f"{write(download(Path(folder)))}\n")


if __name__ == "__main__":
    main()
