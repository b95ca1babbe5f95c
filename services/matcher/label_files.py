"""Files of labels in French and English, as publishers give them: tables, JSON, SKOS and CPV in XML.

The shape is told by the name of the file: `.csv`, `.tsv`, `.txt`; `.json`, `.jsonl`; `.xml`, `.rdf`.
"""

import csv
import json
import re
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
TELL_EVERY = 5_000
FRENCH = frozenset(("fr", "fra", "fre", "french", "français", "francais"))
ENGLISH = frozenset(("en", "eng", "english", "anglais"))
SAMPLE_LETTERS = 20_000
DELIMITERS = ",;\t|"
_LANGUAGES = ("{http://www.w3.org/XML/1998/namespace}lang", "LANG", "lang")
_MAIN_LABELS = ("prefLabel", "label", "TEXT")
_LABELS = (*_MAIN_LABELS, "altLabel")

Label = tuple[str, str]


def read_labels(path: Path, *, told: Callable[[int], None] = lambda _: None) -> list[Label]:
    """Pairs of a French and an English label, each once, in order; `told` now and then how many were read.

    Raises FileProblem with a sentence that names the file, and the line where there is one.
    """
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise FileProblem(f"{path}: its name must end with {', '.join(_READERS)}")
    found: dict[Label, None] = {}
    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileProblem(f"{path}: it is larger than {MAX_BYTES // 1_000_000} MB")
        for number, label in enumerate(read(path), start=1):
            if all(0 < len(text) <= MAX_LABEL_LETTERS for text in label):
                found[label] = None
            if number % TELL_EVERY == 0:
                told(number)
    except FileNotFoundError as error:
        raise FileProblem(f"{path}: there is no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileProblem(f"{path}: it cannot be read as text ({error})") from error
    if not found:
        raise FileProblem(f"{path}: no label in both French and English was found")
    return list(found)


def _text(path: Path) -> str:
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def _read_table(path: Path) -> Iterator[Label]:
    text = _text(path)
    rows = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text[:SAMPLE_LETTERS]))
    try:
        first = next(rows, [])
        columns = _columns(first)
        french, english = columns or (0, 1)
        for row in rows if columns else (first, *rows):
            if len(row) > max(french, english):
                yield row[french].strip(), row[english].strip()
    except csv.Error as error:
        raise FileProblem(f"{path}:{rows.line_num}: it is not a table ({error})") from error


def _delimiter(sample: str) -> str:
    try:
        return csv.Sniffer().sniff(sample, delimiters=DELIMITERS).delimiter
    except csv.Error:
        return "\t" if "\t" in sample else ","


def _columns(header: list[str]) -> tuple[int, int] | None:
    """Where French and English are, by names such as `fr`, `label_fr` or `Libellé français`; None without both."""
    french, english = _column(header, FRENCH), _column(header, ENGLISH)
    return None if french is None or english is None or french == english else (french, english)


def _column(header: list[str], names: frozenset[str]) -> int | None:
    """The column named so, rather than one whose name only ends or begins so."""
    parts = [re.findall(r"[^\W\d_]+", cell.lower()) for cell in header]
    named = [at for at, words in enumerate(parts) if names.intersection(words[:1] + words[-1:])]
    return min(named, key=lambda at: len(parts[at]), default=None)


def _read_json(path: Path) -> Iterator[Label]:
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise FileProblem(f"{path}: it is not JSON ({error})") from error
    if not isinstance(content, list):
        raise FileProblem(f"{path}: it must be a list of objects with `fr` and `en`")
    for entry in content:
        yield from _labels_of(entry)


def _read_json_lines(path: Path) -> Iterator[Label]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if line.strip():
            try:
                yield from _labels_of(json.loads(line))
            except (ValueError, RecursionError) as error:
                raise FileProblem(f"{path}:{number}: it is not JSON ({error})") from error


def _labels_of(entry: object) -> Iterator[Label]:
    """What an object with `fr` and `en` holds, and its `alt_fr` and `alt_en`; of anything else, nothing."""
    if isinstance(entry, Mapping):
        yield from _paired(_given(entry, "fr"), _given(entry, "en"))


def _given(entry: Mapping[str, Any], language: str) -> list[str]:
    """The main label, and the others of `alt_fr` or `alt_en`."""
    others = entry.get(f"alt_{language}")
    given = [entry.get(language), *(others if isinstance(others, list) else [])]
    return [one.strip() for one in given if isinstance(one, str) and one.strip()]


def _paired(french: list[str], english: list[str]) -> Iterator[Label]:
    """The first label of each language with every one of the other: the others need not be each other's."""
    if french and english:
        yield from ((one, english[0]) for one in french)
        yield from ((french[0], one) for one in english[1:])


def _read_xml(path: Path) -> Iterator[Label]:
    """Labels that stand under one element: a SKOS concept and its prefLabel and altLabel, a CPV code and its TEXT."""
    above: list[Element] = []
    try:
        with path.open("rb") as file:
            for event, element in iterparse(file, events=("start", "end"), forbid_dtd=False):
                if event == "start":
                    above.append(element)
                    continue
                above.pop()
                labels = _labels_under(element)
                if labels["fr"] and labels["en"]:
                    yield from _paired(labels["fr"], labels["en"])
                    element.clear()
                if len(above) == 1:
                    above[0].clear()  # the root keeps nothing of what was read: memory stays small
    except (ParseError, DefusedXmlException, LookupError) as error:
        raise FileProblem(f"{path}: it is not XML that can be read ({error})") from error


def _labels_under(element: Element) -> Mapping[str, list[str]]:
    """The labels of each language, main ones first."""
    labels: defaultdict[str, list[str]] = defaultdict(list)
    children = [child for child in element if _name(child) in _LABELS]
    for child in sorted(children, key=lambda child: _name(child) not in _MAIN_LABELS):
        for form in (child, *_literal_forms(child)):
            language, text = _language(form), (form.text or "").strip()
            if language and text:
                labels[language].append(text)
    return labels


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _language(element: Element) -> str | None:
    said = next((element.attrib[name] for name in _LANGUAGES if name in element.attrib), "").lower().split("-")[0]
    return "fr" if said in FRENCH else "en" if said in ENGLISH else None


def _literal_forms(element: Element) -> Iterable[Element]:
    """The labels that SKOS-XL keeps one or two levels below."""
    return (form for form in element.iter() if _name(form) == "literalForm")


_READERS: dict[str, Callable[[Path], Iterator[Label]]] = {
    ".csv": _read_table,
    ".tsv": _read_table,
    ".txt": _read_table,
    ".json": _read_json,
    ".jsonl": _read_json_lines,
    ".xml": _read_xml,
    ".rdf": _read_xml,
}
