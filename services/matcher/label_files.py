"""Files of labels in French and English, as publishers give them: tables, JSON, SKOS and CPV in XML.

The shape is told by the name of the file: `.csv`, `.tsv`, `.txt`; `.json`, `.jsonl`; `.xml`, `.rdf`.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from services.matcher.offline_files import FileProblem

MAX_BYTES = 200_000_000
MAX_LABEL_LETTERS = 300
FRENCH = ("fr", "fra", "fre", "french", "français", "francais")
ENGLISH = ("en", "eng", "english", "anglais")
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

Label = tuple[str, str]


def read_labels(path: Path) -> list[Label]:
    """Pairs of a French and an English label, each once, in order. Raises FileProblem with a sentence."""
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise FileProblem(f"{path}: its name must end with {', '.join(_READERS)}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileProblem(f"{path}: it is larger than {MAX_BYTES // 1_000_000} MB")
        found = dict.fromkeys(
            (french, english)
            for french, english in read(path)
            if 0 < len(french) <= MAX_LABEL_LETTERS and 0 < len(english) <= MAX_LABEL_LETTERS
        )
    except FileNotFoundError as error:
        raise FileProblem(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblem(f"{path}: it cannot be read as text ({error})") from error
    if not found:
        raise FileProblem(f"{path}: no label in both French and English was found")
    return list(found)


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _read_table(path: Path) -> Iterator[Label]:
    text = _text(path)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:20_000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel_tab if "\t" in text[:20_000] else csv.excel
    try:
        rows = list(csv.reader(StringIO(text), dialect))
    except csv.Error as error:
        raise FileProblem(f"{path}: it is not a table ({error})") from error
    if not rows:
        return
    header = [cell.strip().lower() for cell in rows[0]]
    french, english = _column(header, FRENCH), _column(header, ENGLISH)
    if french is None or english is None:
        french, english = 0, 1
    else:
        rows = rows[1:]
    for row in rows:
        if len(row) > max(french, english):
            yield row[french].strip(), row[english].strip()


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    """Where a language is: `fr`, `label_fr`, `Français`."""
    for at, cell in enumerate(header):
        if cell in names or cell.replace("-", "_").rsplit("_", 1)[-1] in names:
            return at
    return None


def _read_json(path: Path) -> Iterator[Label]:
    text = _text(path)
    try:
        if path.suffix.lower() == ".jsonl":
            content: Any = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileProblem(f"{path}: it is not JSON ({error})") from error
    if not isinstance(content, list):
        raise FileProblem(f"{path}: it must be a list of objects with `fr` and `en`")
    for entry in content:
        if isinstance(entry, Mapping):
            yield from _paired(_labels(entry, "fr"), _labels(entry, "en"))


def _paired(french: list[str], english: list[str]) -> Iterator[Label]:
    """The first label of each language with every one of the other: the others need not be each other's."""
    if french and english:
        yield from ((one, english[0]) for one in french)
        yield from ((french[0], one) for one in english[1:])


def _labels(entry: Mapping[str, Any], language: str) -> list[str]:
    """The main label, and the others of `alt_fr` or `alt_en`."""
    others = entry.get(f"alt_{language}")
    given = [entry.get(language), *(others if isinstance(others, list) else [])]
    return [one.strip() for one in given if isinstance(one, str) and one.strip()]


def _read_xml(path: Path) -> Iterator[Label]:
    """Labels that stand under one element: a SKOS concept and its prefLabel and altLabel, a CPV code and its TEXT."""
    try:
        for _, element in iterparse(str(path), events=("end",), forbid_dtd=False):
            labels = _labels_under(element)
            if labels["fr"] and labels["en"]:
                yield from _paired(labels["fr"], labels["en"])
                element.clear()
    except (ParseError, DefusedXmlException) as error:
        raise FileProblem(f"{path}: it is not XML that can be read ({error})") from error


def _labels_under(element: Element) -> Mapping[str, list[str]]:
    labels: defaultdict[str, list[str]] = defaultdict(list)
    for child in _children(element):
        language = str(child.get(_LANGUAGE) or child.get("LANG") or child.get("lang") or "").lower()[:2]
        if language in ("fr", "en") and child.text and child.text.strip():
            labels[language].append(child.text.strip())
    return labels


def _children(element: Element) -> Iterable[Element]:
    """What is directly under, and the literal forms one and two levels below, as SKOS-XL has them."""
    for child in element:
        yield child
        for form in child.iter():
            if form.tag.endswith("}literalForm"):
                yield form


_READERS: dict[str, Callable[[Path], Iterator[Label]]] = {
    ".csv": _read_table,
    ".tsv": _read_table,
    ".txt": _read_table,
    ".json": _read_json,
    ".jsonl": _read_json,
    ".xml": _read_xml,
    ".rdf": _read_xml,
}
