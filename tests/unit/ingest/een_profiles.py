"""Profiles in the shape of the network's service, written by hand about fictional companies."""

from copy import deepcopy
from typing import Any
from xml.sax.saxutils import escape

PROFILE: dict[str, Any] = {
    "reference": {"type": "BR", "external": "BRDE20261005001"},
    "datum": {
        "submit": "2026-10-05T00:00:00",
        "update": "2026-10-20T00:00:00",
        "deadline": "2027-10-05T00:00:00",
    },
    "content": {
        "title": "German dairy looks for makers of small heat pumps",
        "summary": "A dairy of forty people looks for <b>heat pumps</b> &amp; storage for its warm water.",
        "description": "The dairy cools milk and wastes the heat. It looks for makers who deliver and install.",
    },
    "keyword": {
        "naces": {"nace": {"key": "C.28.25", "label": "Non-domestic cooling equipment"}},
        "technologies": {"technology": [{"key": "004", "label": "Heat pumps"}, {"key": "005", "label": "Storage"}]},
        "markets": "",
    },
    "company": {"country": {"key": "DE", "label": "Germany"}, "kind": "SME 11-49"},
    "cooperation": {
        "plusvalue": "Payback within four years.",
        "partner": {"area": "Makers of heat pumps.", "sought": "Company with a service team", "task": ""},
        "stagedev": {"stage": "", "comment": ""},
    },
    "partnerships": {"string": ["Supplier agreement", "Commercial agency agreement"]},
    "eoi": {"status": "true"},
}


def profile(number: int = 1, **parts: Any) -> dict[str, Any]:
    """One of many profiles, with some parts changed: `content={"title": None}` removes the title."""
    made = deepcopy(PROFILE)
    made["reference"]["external"] = f"BRDE20261005{number:03d}"
    for name, value in parts.items():
        if isinstance(value, dict) and isinstance(made.get(name), dict):
            made[name] = {key: inner for key, inner in {**made[name], **value}.items() if inner is not None}
        elif value is None:
            made.pop(name, None)
        else:
            made[name] = value
    return made


def as_xml(profile: Any, *, name: str = "profile") -> str:
    """A tree as XML: lists are elements of the same name."""
    if isinstance(profile, list):
        return "".join(as_xml(member, name=name) for member in profile)
    inside = (
        "".join(as_xml(value, name=key) for key, value in profile.items())
        if isinstance(profile, dict)
        else escape(str(profile))
    )
    return f"<{name}>{inside}</{name}>"


def pod(*profiles: Any) -> bytes:
    """An answer of the service."""
    inside = "".join(as_xml(one) for one in profiles).replace(
        "<profile>", '<profile xmlns:xsd="http://www.w3.org/2001/XMLSchema">'
    )
    return f'<?xml version="1.0" encoding="utf-8"?><pod>{inside}</pod>'.encode()
