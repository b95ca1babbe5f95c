"""Ten seeded bugs, each to be caught by the tests it names: `python -m tests.mutants.run [NAME ...]`.

Each patch is applied to a copy of the tree, in which its tests must fail; in the tree as it is they must pass. A
patch begins with lines of `#`: what the bug is, then `caught by:` and a test, once for each test that must fail.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
CAUGHT_BY = "# caught by: "
PASSED, FAILED = 0, 1  # of pytest; any other code is a run that says nothing


@dataclass(frozen=True)
class Mutant:
    """A bug that one could write, and the tests that stand in its way."""

    patch: Path
    what: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.patch.stem

    def apply(self, tree: Path, *, check: bool = False, undo: bool = False) -> subprocess.CompletedProcess[str]:
        flags = [*(["--check"] if check else []), *(["--reverse"] if undo else [])]
        return subprocess.run(["git", "apply", *flags, self.patch], cwd=tree, capture_output=True, text=True)


def read(patch: Path) -> Mutant:
    head = [line for line in patch.read_text().splitlines() if line.startswith("# ")]
    tests = tuple(line.removeprefix(CAUGHT_BY) for line in head if line.startswith(CAUGHT_BY))
    return Mutant(patch, head[0].removeprefix("# "), tests)


def every() -> list[Mutant]:
    return [read(patch) for patch in sorted(FOLDER.glob("*.patch"))]


def copy_of_tree(folder: Path) -> Path:
    """The tree as it lies, without what is ignored or hidden."""
    ignored = shutil.ignore_patterns(".*", "var", "__pycache__", "*.egg-info", "node_modules")
    tree = folder / "tree"
    shutil.copytree(ROOT, tree, ignore=ignored)
    subprocess.run(["git", "init", "-q"], cwd=tree, check=True)
    return tree


def outcome(tree: Path, tests: Sequence[str]) -> int:
    """What pytest says of some tests of a tree, none of them skipped."""
    environ = {**os.environ, "PYTHONPATH": str(tree), "CI": "true", "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-q", "-x", "-p", "no:cacheprovider", "--basetemp", str(tree.parent / "pytest")]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *tests], cwd=tree, env=environ, capture_output=True
    ).returncode


def is_caught(mutant: Mutant, tree: Path) -> bool:
    """Whether each of its tests fails with the bug."""
    applied = mutant.apply(tree)
    if applied.returncode != 0:
        say(applied.stderr)
        return False
    try:
        return all(outcome(tree, [test]) == FAILED for test in mutant.tests)
    finally:
        mutant.apply(tree, undo=True)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run(names: Sequence[str]) -> int:
    """Print a line for each mutant; 0 when all are caught."""
    mutants = [mutant for mutant in every() if not names or mutant.name in names]
    began, caught = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = copy_of_tree(Path(folder))
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        if outcome(tree, tests) != PASSED:
            say("the tests do not pass without any bug: " + " ".join(tests))
            return 2
        for mutant in mutants:
            found = is_caught(mutant, tree)
            caught += found
            say(f"{'caught' if found else 'MISSED':<8}{mutant.name:<30}{mutant.what}")
    say(f"{caught} of {len(mutants)} seeded bugs caught, in {time.monotonic() - began:.0f} s")
    return 0 if mutants and caught == len(mutants) else 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
