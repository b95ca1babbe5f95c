"""The pages of docs/ say what the code says: facts, requests, settings, commands, and why each library is there."""

import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from shared import events, requests
from shared.events import FACTS, SERVICES, Fact, Shape
from shared.requests import Reply, Request
from shared.settings import PREFIX, READ_BY_TESTS, CommonSettings, Settings
from tests.contracts.conftest import find_service
from tests.contracts.pages import DOCS, ROOT, read_sections

OF_EVERY_FACT = {"event_id", "happened_at"}
OF_EVERY_REPLY = {"refused"}
EVENTS = read_sections(DOCS / "events.md")
OPERATIONS = read_sections(DOCS / "operations.md")


def fields_of(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


def shapes() -> list[type[BaseModel]]:
    """The pieces that facts and replies are made of."""
    in_facts = [cls for cls in Shape.__subclasses__() if cls is not Fact]
    in_facts += [cls for base in in_facts for cls in base.__subclasses__()]
    in_replies = [
        cls
        for cls in vars(requests).values()
        if isinstance(cls, type) and cls.__module__.startswith(requests.__name__) and issubclass(cls, BaseModel)
    ]
    return [*in_facts, *(cls for cls in in_replies if not issubclass(cls, Reply | Request))]


# --- docs/events.md ---


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.subject)
def test_the_page_tells_each_fact_as_it_is(fact: type[Fact]) -> None:
    section = EVENTS[fact.subject]
    assert section.summary == f"`{fact.__name__}` · told by {fact.teller} · heard by {', '.join(fact.listeners)}"
    assert set(section.names) == fields_of(fact) - OF_EVERY_FACT


@pytest.mark.parametrize("request_class", Request.__subclasses__(), ids=lambda request: request.subject)
def test_the_page_tells_each_request_as_it_is(request_class: type[Request]) -> None:
    section = EVENTS[request_class.subject]
    owner = "any service" if request_class.owner == "{service}" else request_class.owner
    assert section.summary == f"`{request_class.__name__}` → `{request_class.reply.__name__}` · answered by {owner}"
    assert set(section.names) == fields_of(request_class)


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: shape.__name__)
def test_the_page_tells_each_piece_as_it_is(shape: type[BaseModel]) -> None:
    assert set(EVENTS[shape.__name__].names) == fields_of(shape)


@pytest.mark.parametrize("reply", [Reply, *Reply.__subclasses__()], ids=lambda reply: reply.__name__)
def test_the_page_tells_each_reply_as_it_is(reply: type[Reply]) -> None:
    of_all = set() if reply is Reply else OF_EVERY_REPLY
    assert set(EVENTS[reply.__name__].names) == fields_of(reply) - of_all


def test_the_page_tells_nothing_that_is_gone() -> None:
    facts: list[type[Fact]] = [*FACTS, events.Tick]
    subjects = {fact.subject for fact in facts} | {request.subject for request in Request.__subclasses__()}
    told = {title for title in EVENTS if re.fullmatch(r"[a-z_{}]+(\.[a-z_{}]+)+", title)}
    assert told <= subjects


# --- docs/operations.md ---


def all_settings() -> list[type[Settings]]:
    return [CommonSettings, *(find_service(name).settings for name in SERVICES)]


def settings_told() -> dict[str, str]:
    """The default that the page tells for each setting."""
    return {
        row[0].strip("`"): row[1]
        for section in OPERATIONS.values()
        for row in section.rows
        if row[0].startswith(f"`{PREFIX}")
    }


def settings_read() -> dict[str, str]:
    """The default that the code gives each setting, as the page must write it."""
    return {
        PREFIX + name.upper(): _written(field.default)
        for cls in all_settings()
        for name, field in cls.model_fields.items()
    }


def _written(default: object) -> str:
    """A default as the page writes it; `made` stands for one that depends on the machine."""
    if default is PydanticUndefined:
        return "made"
    return "–" if default in (None, "") else f"`{default}`"


def test_the_page_tells_every_setting_with_its_default() -> None:
    told = settings_told()
    for_tests = {name: told.pop(name, "missing") for name in READ_BY_TESTS}
    assert told == settings_read()
    assert set(for_tests.values()) == {"–"}


def test_a_setting_that_two_services_read_has_one_default() -> None:
    defaults: dict[str, set[str]] = {}
    for cls in all_settings():
        for name, field in cls.model_fields.items():
            defaults.setdefault(name, set()).add(_written(field.default))
    assert {name: found for name, found in defaults.items() if len(found) > 1} == {}


def commands(group: Any = None, path: tuple[str, ...] = ("passerelle",)) -> Iterator[str]:
    """Every command there is, as one types it."""
    if group is None:
        group = typer.main.get_command(importlib.import_module("services.cli").app)
    inner = getattr(group, "commands", None)
    if inner is None:
        yield " ".join(path)
        return
    for name, command in inner.items():
        yield from commands(command, (*path, name))


def test_the_page_tells_every_command_and_no_other() -> None:
    rows = [row[0] for section in OPERATIONS.values() for row in section.rows if row[0].startswith("`passerelle ")]
    told = {
        " ".join(word for word in row.strip("`").split() if re.fullmatch(r"[a-z-]+", word) and word[0] != "-")
        for row in rows
    }
    assert told == set(commands())


# --- docs/decisions ---


def dependencies() -> list[str]:
    """What pyproject.toml asks for, with the libraries of development."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    return [re.split(r"[\[<>=!~; ]", one)[0] for one in asked]


@pytest.mark.parametrize("name", dependencies())
def test_a_decision_tells_why_a_library_is_there(name: str) -> None:
    pages = "\n".join(page.read_text() for page in (DOCS / "decisions").glob("[0-9]*.md"))
    assert f"`{name}`" in pages


def test_decisions_are_numbered_without_a_gap_and_each_has_its_parts() -> None:
    pages = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        assert {"Context", "Decision", "Consequences"} <= set(read_sections(page)), page.name


# --- links ---


@pytest.mark.parametrize(
    "page", [*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} points to {target}"
