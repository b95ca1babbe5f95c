"""What rows of tenders, cascade and PROSPECT calls say elsewhere than topics do: texts, lots, amounts."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

DESCRIPTIONS = (
    "descriptionByte",
    "description",
    "furtherInformation",
    "beneficiaryAdministration",
    "destinationDetails",
)
_AMOUNT = re.compile(r"(\d[\d\s.,\u00a0\u202f]*?)(?:[.,]\d{1,2})?\s*(EUR|€)", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})(.*)", re.DOTALL)
MAX_LOTS = 200


def first_text(metadata: Mapping[str, object]) -> str:
    """The first of the fields a row may describe itself in, then what its lots say."""
    for name in DESCRIPTIONS:
        value = metadata.get(name)
        text = value[0] if isinstance(value, list) and value else value
        if isinstance(text, str) and text.strip() and text.strip().lower() != "null":
            return text
    told = (lot.get("procurementProject") for lot in lots_of(metadata))
    texts = (project.get("description") for project in told if isinstance(project, dict))
    return "".join(f"<p>{text}</p>" for text in dict.fromkeys(texts) if isinstance(text, str) and text.strip())


def deadlines_of_lots(metadata: Mapping[str, object]) -> Iterator[str]:
    """When each lot of a tender closes, as the search API writes other dates."""
    for lot in lots_of(metadata):
        period = _inside(lot, "tenderingTerms", "tenderingProcess", "tenderSubmissionDeadlinePeriod")
        if isinstance(period, dict) and isinstance(period.get("endDate"), str):
            yield as_written(period["endDate"])


def as_written(text: str) -> str:
    """A day written the European way, year first; a day and hour without an offset, in UTC."""
    text = text.strip()
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year, _ = found.groups()
        return f"{year}-{int(month):02d}-{int(day):02d}"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?", text):
        return f"{text}+0000"
    return re.sub(r"(?<=\d{2}):(?=\d{2}$)", "", text) if re.search(r"[+-]\d{2}:\d{2}$", text) else text


def euros_of(text: str | None) -> int | None:
    """An amount such as `460000 EUR` or `350000.00 EUR`; None in another currency, or without one."""
    found = _AMOUNT.search(text or "")
    digits = re.sub(r"\D", "", found.group(1)) if found else ""
    return int(digits) if digits and len(digits) <= 15 else None


def lots_of(metadata: Mapping[str, object]) -> list[Mapping[str, Any]]:
    """The lots of a tender, which stand in a JSON text."""
    value = metadata.get("lots")
    text = value[0] if isinstance(value, list) and value else value
    try:
        tree = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return []
    found = tree.get("procurementProjectLots") if isinstance(tree, dict) else None
    return _objects(found)[:MAX_LOTS] if isinstance(found, list) else []


def _objects(values: Iterable[object]) -> list[Mapping[str, Any]]:
    return [value for value in values if isinstance(value, dict)]


def _inside(tree: Mapping[str, Any], *names: str) -> object:
    found: object = tree
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found
