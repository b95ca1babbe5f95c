"""Every text that people see is in the English catalogue of its service: translated, sure, and still in use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from shared.events import SERVICES
from tests.contracts.pages import ROOT

TEMPLATES = "jinja2.ext:babel_extract"
ENDINGS = ("html", "txt", "mjml", "xml", "j2", "ics")
METHODS = [("**.py", "python"), *((f"**.{ending}", TEMPLATES) for ending in ENDINGS)]
# Whether line breaks inside a text are dropped, as the service's own environment has it.
TRIMMED = {"notifier": "true"}
SERVICES_FOLDER = ROOT / "services"
SPEAKING = ("notifier", "portal")


def texts_in(service: Path) -> Catalog:
    """What the code and the templates of a service ask to translate."""
    catalogue = Catalog()
    reading = {"silent": "false", "trimmed": TRIMMED.get(service.name, "false")}
    options = {f"**.{ending}": reading for ending in ENDINGS}
    for _file, line, message, comments, context in extract_from_dir(service, METHODS, options, DEFAULT_KEYWORDS):
        catalogue.add(message, None, [(service.name, line)], auto_comments=comments, context=context)
    return catalogue


def entries(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def key(message: Message) -> tuple[object, object]:
    return message.id, message.context


def translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(strings)


def english_of(name: str) -> Catalog:
    with (SERVICES_FOLDER / name / "locales" / "en.po").open("rb") as file:
        return read_po(file, locale="en")


def test_only_the_services_that_speak_have_texts_and_catalogues() -> None:
    assert {path.parent.parent.name for path in SERVICES_FOLDER.glob("*/locales/*.po")} == set(SPEAKING)
    assert [name for name in SERVICES if name not in SPEAKING and list(entries(texts_in(SERVICES_FOLDER / name)))] == []


@pytest.mark.parametrize("name", SPEAKING)
def test_the_english_catalogue_is_complete(name: str) -> None:
    english = english_of(name)
    there = {key(message): message for message in entries(english)}
    wanted = {key(message) for message in entries(texts_in(SERVICES_FOLDER / name))}
    assert sorted(map(str, wanted - set(there))) == [], "not in en.po"
    assert sorted(map(str, set(there) - wanted)) == [], "in en.po, but said nowhere"
    assert [message.id for message in there.values() if not translated(message)] == []
    assert [message.id for message in there.values() if message.fuzzy] == []
    assert not english.obsolete


@pytest.mark.parametrize("name", SPEAKING)
def test_a_translation_keeps_the_names_it_is_filled_with(name: str) -> None:
    faults = [f"{message.id}: {fault}" for message, found in english_of(name).check() for fault in found]
    assert faults == []
