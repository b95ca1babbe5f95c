"""docs/add-a-source.md, followed to the letter: its code is put in place, harvested from a real server, and tells."""

import importlib
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from services.ingest import sources
from services.ingest.settings import IngestSettings
from services.ingest.sources.contract import Source
from tests.adapters.ingest.asking import fetch_once
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.json_server import Asked, Said, serving
from tests.adapters.ingest.malformed import MALFORMED

PAGE = Path(__file__).parents[3] / "docs" / "add-a-source.md"
BLOCK = re.compile(r"^ *```python\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
SIZE = 2


def blocks() -> dict[str, str]:
    """The code of the page, by the file that each block's first line names."""
    codes = [textwrap.dedent(found) for found in BLOCK.findall(PAGE.read_text(encoding="utf-8"))]
    return {code.partition("\n")[0].removeprefix("# "): code for code in codes}


@dataclass
class Harbour:
    """The port agency's API in its true shape."""

    calls: list[dict[str, Any]]
    strange: Said | None = None
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        question = json.loads(asked.body)
        self.asked.append(question)
        if self.strange is not None:
            return self.strange
        wanted = [
            call
            for call in self.calls
            if call.get("state") == question.get("state", call.get("state"))
            and call["ref"] in question.get("refs", [call["ref"]])
        ]
        first = (question["page"] - 1) * SIZE
        return Said({"total": len(wanted), "calls": wanted[first : first + SIZE]})


def call(number: int, **changed: Any) -> dict[str, Any]:
    return {
        "ref": f"P-{number}",
        "name": f"Quiet quays, part {number}",
        "summary": "<p>Shore power for <b>small</b> ports.</p>",
        "state": "open",
        "closes": "2027-03-15",
        "page": f"https://harbour.example/calls/{number}",
        **changed,
    }


@pytest.fixture
def harbour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """The page's modules where it says that they stand."""
    names = [name for name in blocks() if name.startswith("services/ingest/sources/")]
    for name in names:
        (tmp_path / Path(name).name).write_text(blocks()[name], encoding="utf-8")
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    yield importlib.import_module("services.ingest.sources.harbour").source
    for name in names:
        sys.modules.pop(f"services.ingest.sources.{Path(name).stem}", None)


@pytest.fixture
def harbour_settings() -> type[IngestSettings]:
    """The settings with the page's line among them."""
    body = textwrap.indent(blocks()["services/ingest/settings.py"], "    ")
    there: dict[str, Any] = {"IngestSettings": IngestSettings, "Field": Field, "__name__": __name__}
    exec(f"class WithHarbour(IngestSettings):\n{body}", there)  # noqa: S102 - the page's own code
    made: type[IngestSettings] = there["WithHarbour"]
    return made


async def test_the_example_is_harvested_and_told(
    ingest: Ingest, harbour: Source, harbour_settings: type[IngestSettings]
) -> None:
    agency = Harbour([*map(call, range(5)), call(5, closes="soon"), call(6, closes="2049-01-01")])
    with serving(agency) as url:
        harvester = ingest.harvester()
        object.__setattr__(harvester, "settings", harbour_settings(harbour_url=url))
        first = await harvester.harvest(harbour)
        agency.calls[0] = call(0, state="over")
        again = await harvester.harvest(harbour)
    assert (first.complete, first.problem, first.counts) == (True, None, {"new": 5, "quarantined": 2})
    assert again.counts == {"closed": 1, "quarantined": 2, "unchanged": 4}
    told = await ingest.told()
    assert [fact["subject"] for fact in told] == ["opportunity.published"] * 5 + ["opportunity.closed"]
    assert sorted(fact["opportunity"]["title"] for fact in told[:5]) == [
        f"Quiet quays, part {number}" for number in range(5)
    ]
    assert {"refs": ["P-0"], "page": 1} in agency.asked


@pytest.mark.parametrize("said", MALFORMED.values(), ids=MALFORMED.keys())
async def test_the_example_says_what_its_source_does_wrong(
    said: Said, harbour: Source, harbour_settings: type[IngestSettings]
) -> None:
    with serving(Harbour([], strange=said)) as url:
        fetched = await fetch_once(harbour, harbour_settings(harbour_url=url))
    assert fetched.problem
    assert fetched.problem.endswith(".")


async def test_the_example_notices_rows_that_are_missing(
    harbour: Source, harbour_settings: type[IngestSettings]
) -> None:
    short = Said({"total": 9, "calls": []})
    with serving(Harbour([], strange=short)) as url:
        fetched = await fetch_once(harbour, harbour_settings(harbour_url=url))
    assert fetched.problem == "The source announced 9 calls and gave 0."


@pytest.mark.usefixtures("harbour")
def test_the_tests_of_the_page_pass() -> None:
    there: dict[str, Any] = {"__name__": "test_harbour_rows"}
    exec(blocks()["tests/unit/ingest/test_harbour_rows.py"], there)  # noqa: S102 - the page's own code
    tests = [found for name, found in there.items() if name.startswith("test_")]
    assert len(tests) == 2
    for test in tests:
        test()


def test_every_member_of_a_source_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in Source.__dataclass_fields__ if f"`{name}`" not in text] == []
