"""What is asked of TED and what the stand-in answers, held against TED's own specification."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator

from services.ingest.settings import IngestSettings
from services.ingest.sources.ted_query import DEADLINES, FIELDS, notices_of, open_notices
from services.ingest.sources.ted_rows import Row
from tests.adapters.ingest.ted_server import TedServer, edited, running_ted
from tests.adapters.ingest.test_ted import NOW, asked
from tests.unit.ingest.ted_notices import NOTICE, notice, numbered, procedure

pytestmark = pytest.mark.recordings


@pytest.fixture(scope="module")
def specification(recordings_of_module: Path) -> Any:
    return yaml.load((recordings_of_module / "ted" / "openapi.yaml").read_text("utf-8"), yaml.CSafeLoader)


@pytest.fixture(scope="module")
def recordings_of_module(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue("recordings")
    return path


@pytest.fixture
def server() -> Iterator[TedServer]:
    with running_ted(TedServer()) as running:
        yield running


def problems(specification: Any, name: str, value: Any) -> list[str]:
    """What the specification finds wrong with a value of one of its shapes."""
    shape = {"$ref": f"#/components/schemas/{name}", "components": specification["components"]}
    return [f"{list(one.absolute_path)}: {one.message[:200]}" for one in Draft4Validator(shape).iter_errors(value)]


def fields_of(specification: Any) -> set[str]:
    """The specification puts the names of fields beside the list instead of inside it."""
    return set(specification["components"]["schemas"]["PublicExpertSearchRequestV1"]["properties"]["fields"]["enum"])


def request_problems(specification: Any, body: Any) -> list[str]:
    shapes = specification["components"]["schemas"]
    shape = json.loads(json.dumps(shapes["PublicExpertSearchRequestV1"]))
    shape["properties"]["fields"]["items"] = {"enum": shape["properties"]["fields"].pop("enum")}
    shape["additionalProperties"] = False
    return [f"{list(one.absolute_path)}: {one.message[:200]}" for one in Draft4Validator(shape).iter_errors(body)]


async def test_every_question_is_one_of_the_specification(server: TedServer, specification: Any) -> None:
    server.rows, server.most_a_page = [numbered(number) for number in range(5)], 2
    await asked(server)
    await asked(server, keys=[procedure(number) for number in range(5)])
    assert len(server.asked) == 6
    assert [request_problems(specification, body) for body in server.asked] == [[]] * 6


async def test_the_check_of_questions_can_fail(specification: Any) -> None:
    right = {"query": "x", "fields": ["links"]}
    assert request_problems(specification, right) == []
    for wrong in ({"fields": ["title"]}, {"fields": ["links", "links"]}, {"scope": "OPEN"}, {"pages": 1}):
        assert request_problems(specification, {**right, **wrong})


async def test_the_stand_in_answers_as_the_specification_says(server: TedServer, specification: Any) -> None:
    answers = []

    def kept(usual: Any, number: int) -> Any:
        answers.append(json.loads(usual.body))
        return edited()(usual, number)

    server.rows, server.most_a_page, server.fault = [numbered(number) for number in range(5)], 2, kept
    await asked(server)
    assert len(answers) == 3
    assert [problems(specification, "ExpertSearchResponse", answer) for answer in answers] == [[]] * 3


def test_the_check_of_answers_can_fail(specification: Any) -> None:
    for wrong in ({"buyer-country": "MDG"}, {"notice-version": "1"}, {"links": []}):
        page = {"notices": [{**NOTICE, **wrong}], "totalNoticeCount": 1}
        assert problems(specification, "ExpertSearchResponse", page)


def test_every_field_asked_for_and_read_is_one_of_the_specification(specification: Any) -> None:
    known = fields_of(specification)
    assert set(FIELDS) <= known
    assert set(FIELDS) <= set(specification["components"]["schemas"]["NoticeResponse"]["properties"])
    read = {field.alias for field in Row.model_fields.values()}
    assert read <= set(FIELDS)
    assert {name for pair in DEADLINES.values() for name in pair} <= set(FIELDS)


def test_every_field_of_a_query_is_one_of_the_specification(specification: Any) -> None:
    query = open_notices(IngestSettings(), today=NOW.date(), since=NOW.date()) + " AND " + notices_of([procedure(1)])
    words = {word.strip("()") for word in query.split() if "-" in word and not word.strip("()")[0].isdigit()}
    named = {word for word in words if word != procedure(1)}
    assert named <= fields_of(specification)
    assert {"classification-cpv", "place-of-performance", "publication-date", "procedure-identifier"} <= named


def test_the_shape_of_each_field_read_is_the_one_of_the_specification(specification: Any) -> None:
    """Texts come by language, lists are lists: what the tests' own notice holds is what the specification says."""
    assert problems(specification, "NoticeResponse", notice()) == []
