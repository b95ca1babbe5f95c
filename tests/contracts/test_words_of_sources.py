"""What ingest says of sources in English has its French on the staff pages: reasons of what is set aside, problems."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ingest.settings import IngestSettings
from services.ingest.sources import een
from services.portal.domain.labels import SET_ASIDE
from services.portal.domain.problems import problem_in_words
from tests.contracts.pages import ROOT

SOURCES = ROOT / "services" / "ingest" / "sources"
OF_READERS = {"websites.py", "directory.py", "guarded.py", "eu_portal_more.py", "mapped_file.py"}
"""They speak to others than staff, or to the log."""


def calls(folder: Path, names: set[str]) -> Iterator[tuple[str, list[ast.expr]]]:
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                yield path.name, node.args


def test_every_reason_of_what_is_set_aside_has_its_french() -> None:
    ingest = ROOT / "services" / "ingest"
    reasons = {args[0].value for _, args in calls(ingest, {"RecordRefused"}) if isinstance(args[0], ast.Constant)}
    assert len(reasons) > 8
    assert reasons - set(SET_ASIDE) == set()


def filled_in(sentence: ast.expr) -> str | None:
    """A sentence with a figure in each of its gaps."""
    if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
        return sentence.value
    if not isinstance(sentence, ast.JoinedStr):
        return None
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in sentence.values)


SAID = sorted(
    {
        said
        for name, args in calls(SOURCES, {"SourceFailed", "TryLater", "NotThere", "NotAllowed"})
        if name not in OF_READERS and args and (said := filled_in(args[0])) and re.search(r"\w+ \w+ \w+", said)
    }
)


@pytest.mark.parametrize("sentence", SAID)
def test_every_problem_of_a_source_has_its_french(sentence: str) -> None:
    assert problem_in_words(sentence, "fr") != sentence
    assert problem_in_words(sentence, "en") == sentence


def test_a_service_that_would_tell_its_password_is_told_in_french() -> None:
    given = IngestSettings(een_url="http://een.example", een_user="u", een_password="p")  # type: ignore[arg-type]
    sentence = een.lacks(given) or ""
    assert problem_in_words(sentence, "fr").startswith("PASSERELLE_EEN_URL doit commencer par https")
