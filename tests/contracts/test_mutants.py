"""The seeded bugs of tests/mutants still apply to the code, and the tests they name are there."""

import re
import shutil
from pathlib import Path

import pytest

from tests.mutants.run import ROOT, Mutant, every


@pytest.mark.parametrize("mutant", every(), ids=lambda mutant: mutant.name)
def test_a_seeded_bug_still_applies(mutant: Mutant, tmp_path: Path) -> None:
    for path in re.findall(r"^--- a/(.+)$", mutant.patch.read_text(), re.MULTILINE):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    checked = mutant.apply(tmp_path, check=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("mutant", every(), ids=lambda mutant: mutant.name)
def test_the_tests_that_catch_it_exist(mutant: Mutant) -> None:
    assert mutant.tests
    for test in mutant.tests:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text()


def test_there_are_ten() -> None:
    assert len(every()) == 10
