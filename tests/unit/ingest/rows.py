"""Rows in the shape of the EU portal's search API, written by hand about fictional calls."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

DESCRIPTION = (
    '<p class="topicdescriptionkind">Expected Outcome:</p><p>Dairies that waste <b>less</b> heat[[See annex 3.]].</p>'
    '<p class="topicdescriptionkind">Scope:</p><p>Heat pumps &amp; storage.</p><ul><li>Trials</li><li>Tools</li></ul>'
    '<p class="topicdescriptionkind">Conditions:</p><p>General annexes apply.</p>'
    '<p class="topicdescriptionkind">null</p><p>null</p><p>Objective of the topic.</p>'
)

ROW: dict[str, Any] = {
    "reference": "99000001TOPICSen",
    "metadata": {
        "identifier": ["DEMO-2027-HEAT-01"],
        "title": ["Heat recovery in small dairies"],
        "type": ["1"],
        "status": ["31094502"],
        "language": ["en"],
        "callIdentifier": ["DEMO-2027-HEAT"],
        "callTitle": ["Cleaner food processing"],
        "frameworkProgramme": ["43252405"],
        "typesOfAction": ["DEMO  Project Grants"],
        "descriptionByte": [DESCRIPTION],
        "keywords": ["DEMO-2027-HEAT-01", "DEMO-2027-HEAT", "Dairy", "Heat"],
        "deadlineDate": ["2027-04-08T00:00:00.000+0000"],
        "deadlineModel": ["single-stage"],
        "startDate": ["2026-10-01T00:00:00.000+0000"],
        "budgetOverview": [
            '{"budgetTopicActionMap":{"7":[{"action":"DEMO-2027-HEAT-01 - DEMO","minContribution":200000,'
            '"maxContribution":"500000","budgetYearMap":{"2027":"90000000"}},'
            '{"action":"DEMO-2027-HEAT-02 - DEMO","minContribution":9,"maxContribution":99000000}]}}'
        ],
        "url": ["https://portal.example/demo-2027-heat-01"],
    },
}


def row(reference: str | None = None, **metadata: Any) -> dict[str, Any]:
    """A row with some metadata replaced; None removes a field."""
    made = deepcopy(ROW)
    if reference:
        made["reference"] = reference
    for name, value in metadata.items():
        if value is None:
            made["metadata"].pop(name, None)
        else:
            made["metadata"][name] = value if isinstance(value, list) else [value]
    return made


def numbered(number: int, **metadata: Any) -> dict[str, Any]:
    """One of many rows."""
    identifier = f"DEMO-2027-N-{number:03d}"
    given = {"identifier": identifier, "title": f"Call number {number} for dairies", **metadata}
    return row(f"98{number:06d}TOPICSen", **given)
