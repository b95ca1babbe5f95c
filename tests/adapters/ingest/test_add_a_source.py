"""docs/add-a-source.md, followed to the letter in a copy of the code: its blocks are put where they say, and run."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.adapters.ingest.json_server import Asked, Said, serving
from tests.contracts.pages import DOCS, ROOT

PAGE = DOCS / "add-a-source.md"
COPIED = ("services", "shared", "tests", "pyproject.toml", "README.md")
# The command has the clock of the machine.
NEXT_YEAR = f"{datetime.now(UTC) + timedelta(days=365):%Y-%m-%d}"
GRANTS = [
    {"id": 1, "name": "Meetings of twin towns", "state": "open", "about": "<p>Travel.</p>", "closes": NEXT_YEAR},
    {"id": 2, "name": "Exchanges of gardeners", "state": "open", "about": "<p>Gardens.</p>", "closes": None},
    {
        "id": 3,
        "name": "Choirs on the road",
        "state": "open",
        "about": "<p>Songs.</p>",
        "link": "https://grants.example/3",
    },
    {"id": 4, "name": "", "state": "open"},
]


@dataclass(frozen=True)
class Block:
    """One block of code of the page: the file it is for, where in it, and its lines."""

    path: str
    place: str
    code: str


def blocks() -> Iterator[Block]:
    for found in re.finditer(
        r"^```python\n# (\S+?)(?:, ([^\n]+))?\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
    ):
        yield Block(found[1], found[2] or "", found[3])


def follow(block: Block, root: Path) -> None:
    """Do what the page says with a block. Fails when the code no longer has the place it names."""
    path = root / block.path
    if not block.place:
        assert not path.exists()
        path.write_text(block.code)
        return
    code, line = path.read_text(), block.code.strip()
    if block.place == "among the imports":
        changed = re.sub(r"(?m)^(?=from services)", f"{line}\n", code, count=1)
    elif found := re.fullmatch(r"among the fields of (\w+)", block.place):
        changed = re.sub(
            rf'(class {found[1]}\b.*?""".*?"""\n)', rf"\g<1>\n    {line}\n", code, count=1, flags=re.DOTALL
        )
    elif found := re.fullmatch(r"at the end of the validator (\w+)", block.place):
        changed = re.sub(
            rf"(@field_validator\([^()]*?),?\s*(\)\s+@classmethod\s+def {found[1]}\b)", rf"\1, {line}\2", code
        )
    else:
        name = block.place.removeprefix("at the end of ")
        changed = re.sub(rf"(?m)(^{name}\b[^=]*= \([^()]*?),?\s*\)", rf"\1, {line})", code, count=1)
    assert changed != code, f"{block.path} has no place as the page says: {block.place}"
    path.write_text(changed)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code in which the page was followed."""
    root = tmp_path_factory.mktemp("followed")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    for block in blocks():
        follow(block, root)
    return root


def run(root: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PASSERELLE_", "COV_"))}
    given = {**clean, "PYTHONPATH": str(root), "PASSERELLE_HOME": str(root / "var"), **environment}
    return subprocess.run(
        [sys.executable, *command], cwd=root, env=given, capture_output=True, text=True, timeout=180, check=False
    )


def harvest(root: Path, url: str, how: str = "--once") -> subprocess.CompletedProcess[str]:
    command = ("-m", "services.cli", "harvest", "town-grants", how)
    return run(root, *command, PASSERELLE_SOURCES="town-grants", PASSERELLE_TOWN_GRANTS_URL=url)


def told(root: Path) -> list[tuple[str, str]]:
    """Subjects and ids of the facts that wait to be told."""
    engine = create_engine(f"sqlite:///{next((root / 'var').rglob('ingest.sqlite*'))}")
    try:
        with engine.connect() as connection:
            rows = connection.execute(text("SELECT subject, payload FROM outbox ORDER BY number"))
            facts = [(subject, json.loads(payload)) for subject, payload in rows]
            return [
                (subject, fact.get("opportunity_id") or fact["opportunity"]["id"])
                for subject, fact in facts
                if subject.startswith("opportunity.")
            ]
    finally:
        engine.dispose()


def says(asked: Asked) -> Said:
    return Said({"count": len(GRANTS), "grants": GRANTS if asked.params["page"] == "1" else []})


def says_the_first_is_over(asked: Asked) -> Said:
    if asked.path.endswith("/1"):
        return Said({**GRANTS[0], "state": "closed"})
    return Said({"count": 3, "grants": GRANTS[1:]})


def test_the_source_of_the_page_is_harvested_stored_and_told(followed: Path) -> None:
    with serving(says) as url:
        looked = harvest(followed, url, "--dry-run")
        assert "town-grants: 4 seen, 3 would be stored or told" in looked.stdout, looked.stderr
        first = harvest(followed, url)
        assert "town-grants: complete, 4 seen, 3 new, 1 quarantined" in first.stdout, first.stderr
        assert told(followed) == [("opportunity.published", f"town-grants-{number}") for number in (1, 2, 3)]
        again = harvest(followed, url)
        assert "3 unchanged" in again.stdout
    with serving(says_the_first_is_over) as url:
        assert "1 closed" in harvest(followed, url).stdout
    assert told(followed)[3:] == [("opportunity.closed", "town-grants-1")]
    unreachable = harvest(followed, "http://127.0.0.1:9")
    assert "incomplete" in unreachable.stdout
    assert "cannot be reached" in unreachable.stderr
    assert len(told(followed)) == 4


def test_the_tests_of_the_page_pass(followed: Path) -> None:
    done = run(followed, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/adapters/ingest/test_town_grants.py")
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


def test_the_code_of_the_page_is_clean(followed: Path) -> None:
    new = [block.path for block in blocks() if not block.place]
    assert len(new) == 2
    for command in (("check",), ("format", "--check")):
        done = run(followed, "-m", "ruff", *command, "--no-cache", *new)
        assert done.returncode == 0, done.stdout + done.stderr
