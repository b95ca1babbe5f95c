"""A rule set as a form and back, from the shape of its values alone: the schema is the matcher's.

A field is named by its path, `business.min_days_ahead`. Lists are edited one line each, boosts as `name = factor`.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.portal.domain.labels import N_

Widget = Literal["switch", "number", "kinds", "lines", "boosts", "text"]
Values = Mapping[str, object]

LABELS: Mapping[str, str] = {
    "threshold": N_("Seuil (de 0 à 1)"),
    "digest_cap": N_("Opportunités par message"),
    "field_weights": N_("Poids des parties du texte"),
    "title": N_("Titre"),
    "text": N_("Description"),
    "expected_outcome": N_("Résultats attendus"),
    "scope": N_("Périmètre"),
    "keywords": N_("Mots-clés"),
    "call_title": N_("Titre de l’appel"),
    "themes": N_("Thèmes"),
    "business": N_("Entreprises"),
    "commune": N_("Communes et intercommunalités"),
    "association": N_("Associations"),
    "school": N_("Établissements scolaires"),
    "active": N_("Proposer des opportunités"),
    "opportunity_kinds": N_("Types d’opportunités"),
    "include_forthcoming": N_("Proposer aussi ce qui n’est pas encore ouvert"),
    "min_days_ahead": N_("Jours au moins avant l’échéance"),
    "check_audience": N_("Respecter le public visé"),
    "refused_programmes": N_("Programmes écartés"),
    "refused_instruments": N_("Formes d’aide écartées"),
    "abroad_programmes": N_("Programmes menés à l’étranger"),
    "abroad_words": N_("Mots de la coopération"),
    "micro_max_budget": N_("Budget maximal pour une très petite structure (euros)"),
    "programme_boosts": N_("Programmes favorisés"),
    "instrument_boosts": N_("Formes d’aide favorisées"),
    "theme_boosts": N_("Thèmes favorisés"),
    "required_words": N_("Mots exigés"),
    "excluded_words": N_("Mots écartés"),
}

ALSO_CALLED: Mapping[str, str] = {
    "Seuil": "threshold",
    "Appel": "call_title",
    "Avant l’ouverture": "include_forthcoming",
    "Jours avant l’échéance": "min_days_ahead",
}
"""Titles the matcher's sentences use where this form says more."""


@dataclass(frozen=True)
class RuleField:
    """One input of the form."""

    path: str
    label: str
    widget: Widget
    value: str


@dataclass(frozen=True)
class RuleGroup:
    """A fieldset: the rules at the top have no name."""

    label: str
    fields: tuple[RuleField, ...]


def groups(rules: Values) -> tuple[RuleGroup, ...]:
    """The form of a rule set."""
    top = tuple(_field(name, name, value) for name, value in rules.items() if not isinstance(value, Mapping))
    nested = [
        RuleGroup(
            LABELS.get(name, name),
            tuple(_field(f"{path}", path.rpartition(".")[2], value) for path, value in _leaves(name, part)),
        )
        for name, part in rules.items()
        if isinstance(part, Mapping)
    ]
    return (RuleGroup("", top), *nested)


def _leaves(prefix: str, part: Values) -> Iterator[tuple[str, object]]:
    for name, value in part.items():
        path = f"{prefix}.{name}"
        if isinstance(value, Mapping):
            yield from _leaves(path, value)
        else:
            yield path, value


def _field(path: str, name: str, value: object) -> RuleField:
    widget = _widget(name, value)
    return RuleField(path, LABELS.get(name, name), widget, _shown(widget, value))


def _widget(name: str, value: object) -> Widget:
    if name == "opportunity_kinds":
        return "kinds"
    if isinstance(value, bool):
        return "switch"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list | tuple):
        return "boosts" if name.endswith("_boosts") or any(isinstance(item, Mapping) for item in value) else "lines"
    return "text"


def _shown(widget: Widget, value: object) -> str:
    if widget == "switch":
        return "on" if value else ""
    if widget == "boosts" and isinstance(value, list | tuple):
        return "\n".join(f"{item.get('name', '')} = {item.get('factor', 1)}" for item in value)
    if widget in ("lines", "kinds") and isinstance(value, list | tuple):
        return "\n".join(str(item) for item in value)
    return "" if value is None else str(value)


def with_typed(form: tuple[RuleGroup, ...], typed: Mapping[str, str]) -> tuple[RuleGroup, ...]:
    """The same form holding what was typed, so that nothing is lost when it is shown again."""
    return tuple(
        RuleGroup(group.label, tuple(RuleField(f.path, f.label, f.widget, typed.get(f.path, "")) for f in group.fields))
        for group in form
    )


def tied_to_fields(sentences: Sequence[str], form: Sequence[RuleGroup]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The matcher's sentences by the field they speak of, and those that speak of none.

    A sentence begins with titles: `Entreprises › Jours avant l’échéance : la valeur doit être au plus 365`.
    """
    known = {field.path for group in form for field in group.fields}
    tied: dict[str, str] = {}
    loose = []
    for sentence in sentences:
        path = _path_in(sentence, known)
        if path is None or path in tied:
            loose.append(sentence)
        else:
            tied[path] = sentence
    return tied, tuple(loose)


def _path_in(sentence: str, known: Collection[str]) -> str | None:
    names = {**{label: name for name, label in LABELS.items()}, **ALSO_CALLED}
    titles = re.split(r" ?: ", sentence, maxsplit=1)[0].split(" › ")
    parts = [names.get(title, title) for title in titles]
    paths = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((path for path in paths if path in known), None)


def read_rules(rules: Values, typed: Mapping[str, str]) -> tuple[dict[str, object], dict[str, str]]:
    """The rules in force with what was typed in their place, and a sentence for each field that cannot be read."""
    problems: dict[str, str] = {}
    return _read_part("", rules, typed, problems), problems


def _read_part(prefix: str, part: Values, typed: Mapping[str, str], problems: dict[str, str]) -> dict[str, object]:
    read: dict[str, object] = {}
    for name, value in part.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            read[name] = _read_part(f"{path}.", value, typed, problems)
            continue
        try:
            read[name] = _read_value(_widget(name, value), value, typed.get(path, ""))
        except ValueError:
            problems[path] = N_("Écrivez un nombre, comme 0,5 ; pour un facteur, une ligne comme « LIFE = 1,5 ».")
            read[name] = value
    return read


def _read_value(widget: Widget, before: object, typed: str) -> object:
    if widget == "switch":
        return typed == "on"
    if widget == "number":
        return _number(typed)
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if widget in ("lines", "kinds"):
        return lines
    if widget == "boosts":
        return [_boost(line) for line in lines]
    return typed if typed or before is not None else None


def _boost(line: str) -> dict[str, object]:
    name, sign, factor = line.rpartition("=")
    if not sign or not name.strip():
        raise ValueError(line)
    return {"name": name.strip(), "factor": _number(factor)}


def _number(typed: str) -> int | float:
    text = typed.strip().replace(",", ".")
    number = float(text)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(typed)
    return int(text) if text.lstrip("-").isdigit() else number
