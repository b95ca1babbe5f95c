"""Mapping files: what is wrong in one is told by file and field, and the shipped schema says the same as the code."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scripts.make_source_schema import TARGET, schema
from services.ingest.settings import IngestSettings
from services.ingest.sources import SOURCES, enabled_sources, sources_of
from services.ingest.sources.mapped_file import read_file, read_files
from shared.settings import SettingsError, read_settings
from tests.unit.ingest.mapped import EXAMPLE, HERE, described

FIELDS = described()["fields"]


def test_the_documented_example_is_read() -> None:
    file = read_file(EXAMPLE)
    assert (file.name, file.records, file.fields.title.at) == ("guide-region", "data.aides", ("titre",))


def test_the_schema_that_is_shipped_is_the_codes() -> None:
    """When it is not: python scripts/make_source_schema.py."""
    assert json.loads(TARGET.read_text(encoding="utf-8")) == json.loads(json.dumps(schema()))


@pytest.mark.parametrize("path", [EXAMPLE, *sorted((HERE / "source_files").glob("*.json"))], ids=lambda path: path.stem)
def test_every_mapping_file_fits_the_schema_that_is_shipped(path: Path) -> None:
    shipped = json.loads(TARGET.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(shipped)
    jsonschema.Draft202012Validator(shipped).validate(json.loads(path.read_text(encoding="utf-8")))


def in_fields(**changed: Any) -> dict[str, Any]:
    return described(fields={**FIELDS, **changed})


def write(folder: Path, given: Any, name: str = "guide.json") -> Path:
    path = folder / name
    path.write_bytes(given if isinstance(given, bytes) else json.dumps(given).encode())
    return path


WRONG: dict[str, tuple[Any, str]] = {
    "not JSON": (b'{"name": ', "not JSON"),
    "empty": (b"", "not JSON"),
    "latin-1": ('{"name": "é"}'.encode("latin-1"), "cannot be read as UTF-8"),
    "a list": ([], "Input should be a valid dictionary"),
    "deep": (b"[" * 100_000, "not JSON"),
    "an unknown member": (described(colour="red"), "colour: Extra inputs"),
    "an unknown field": (in_fields(colour="red"), "fields.colour: Extra inputs"),
    "no name": (described(name=None), "name: Field required"),
    "a name with spaces": (described(name="Guide des aides"), "name: String should match"),
    "a name with two hyphens": (described(name="guide--region"), "name: String should match"),
    "no title": (described(title=None), "title: Field required"),
    "no url": (described(url=None), "url: Field required"),
    "a file as url": (described(url="file:///etc/passwd"), "url: give an http"),
    "a url without host": (described(url="https://"), "url: "),
    "a url with a password": (described(url="https://a:b@aides.example/"), "url: give an http"),
    "an unknown kind": (described(kind="prize"), "kind: Input should be"),
    "an unknown language": (described(language="de"), "language: Input should be"),
    "no language": (described(language=None), "language: Field required"),
    "an unknown zone": (described(timezone="Europe/Rennes"), "timezone: not a time zone"),
    "an unknown paging": (described(paging={"by": "magic"}), "paging: "),
    "a size that is not told": (
        described(paging={"by": "number", "size_parameter": "n"}),
        "paging.number: `size_parameter` needs `size`",
    ),
    "a path that ends in a dot": (described(records="data."), "records: String should match"),
    "no key": (in_fields(key=None), "fields.key: "),
    "no title field": (described(fields={"key": "id"}), "fields.title: Field required"),
    "a field of numbers": (in_fields(title=7), "fields.title: "),
    "a field from nowhere": (in_fields(title={"html": True}), "fields.title: give either `at` or `constant`"),
    "a field from both": (in_fields(title={"at": "x", "constant": "y"}), "fields.title: give either"),
    "an empty path": (in_fields(title=""), "fields.title.at.0: String should match"),
    "no path": (in_fields(title=[]), "fields.title.at: "),
    "an unknown status": (in_fields(status={"at": "s", "map": {"x": "maybe"}}), "fields.status.map.x: Input"),
    "an unknown audience": (in_fields(audience={"at": "s", "map": {"x": "elves"}}), "fields.audience.map.x: Input"),
    "a format without a day": (
        in_fields(deadlines={"at": "d", "formats": ["%Y-%m"]}),
        "fields.deadlines.formats.0: '%Y-%m' does not read a whole day",
    ),
    "a format that is none": (in_fields(deadlines={"at": "d", "formats": ["%Q"]}), "fields.deadlines.formats.0: "),
    "a secret in the file": (described(headers={"Authorization": "Bearer abc"}), "headers: Authorization looks like"),
    "a key in the file": (described(headers={"X-Api-Key": "abc"}), "headers: X-Api-Key looks like"),
    "a header with a line break": (described(headers={"X-A": "a\r\nX-B: c"}), "headers.X-A.constrained-str: "),
    "a header name with a space": (described(headers={"X A": "a"}), "headers.X A.[key]: "),
    "a secret without a name": (described(headers={"X-A": {"secret": ""}}), "headers.X-A.FromSecret.secret: "),
}


@pytest.mark.parametrize(("given", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_told_by_file_and_field(tmp_path: Path, given: Any, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_file(write(tmp_path, given))
    told = "\n".join(caught.value.problems)
    assert f"PASSERELLE_SOURCE_FILES: guide.json: {says}" in told
    assert "abc" not in told


def test_all_that_is_wrong_in_all_files_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, described(kind="prize", language="de"), "a.json")
    write(tmp_path, b"{", "b.json")
    write(tmp_path, described(), "c.json")
    write(tmp_path, described(), "d.json")
    write(tmp_path, described(name="eu-portal"), "e.json")
    (tmp_path / "notes.txt").write_text("not a mapping file")
    with pytest.raises(SettingsError) as caught:
        read_files(tmp_path, taken=("eu-portal",))
    starts = [problem.removeprefix("PASSERELLE_SOURCE_FILES: ")[:14] for problem in caught.value.problems]
    assert starts == ["a.json: kind: ", "a.json: langua", "b.json: not JS", "d.json: name: ", "e.json: name: "]


def test_a_folder_of_files_makes_sources_that_are_read_without_being_named(tmp_path: Path) -> None:
    write(tmp_path, described())
    settings = IngestSettings(source_files=tmp_path)
    assert [source.name for source in sources_of(settings)] == [*(one.name for one in SOURCES), "guide-region"]
    assert enabled_sources(settings) == ("eu-portal", "guide-region")
    assert enabled_sources(IngestSettings(source_files=tmp_path, sources="none")) == ()
    assert enabled_sources(IngestSettings()) == ("eu-portal",)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is not a folder"):
        sources_of(IngestSettings(source_files=tmp_path / "gone"))


@pytest.mark.parametrize(
    "value", ["hush-hush", '["hush-hush"]', '{"a": 7}', '{"a": ""}', '{"a": "clé"}', '{"a": "b\\n"}']
)
def test_secrets_that_cannot_be_sent_are_refused_and_not_shown(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings([IngestSettings], {"PASSERELLE_SOURCE_SECRETS": value})
    (problem,) = caught.value.problems
    assert problem.startswith("PASSERELLE_SOURCE_SECRETS: give a JSON object of plain texts")
    assert "hush" not in problem


def test_secrets_are_masked_when_the_settings_are_shown() -> None:
    read = read_settings([IngestSettings], {"PASSERELLE_SOURCE_SECRETS": '{"guide": "hush-hush"}'})[IngestSettings]
    assert isinstance(read, IngestSettings)
    assert (read.source_secret("guide"), read.source_secret("other")) == ("hush-hush", None)
    assert "hush" not in repr(read)
