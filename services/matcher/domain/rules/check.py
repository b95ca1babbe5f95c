"""From what staff sent to a rule set, or to sentences that say what to mend, in French or in English."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from services.matcher.domain.rules.schema import RuleSet
from shared.events import Language

SENTENCES: dict[str, dict[Language, str]] = {
    "extra_forbidden": {"fr": "cette règle n’existe pas", "en": "there is no such rule"},
    "greater_than_equal": {"fr": "la valeur doit être au moins {ge}", "en": "the value must be at least {ge}"},
    "less_than_equal": {"fr": "la valeur doit être au plus {le}", "en": "the value must be at most {le}"},
    "literal_error": {
        "fr": "la valeur n’est pas l’une de celles prévues",
        "en": "the value is not one of those foreseen",
    },
    "string_too_short": {"fr": "il manque un nom", "en": "a name is missing"},
    "string_too_long": {"fr": "le texte est trop long", "en": "the text is too long"},
    "too_long": {"fr": "la liste est trop longue", "en": "the list is too long"},
    "missing": {"fr": "il manque cette valeur", "en": "this value is missing"},
    "empty_word": {"fr": "un mot vide n’a pas de sens", "en": "an empty word means nothing"},
    "no_field": {
        "fr": "au moins une partie du texte doit compter",
        "en": "at least one part of the text must count",
    },
}
NOT_A_NUMBER = {"fr": "un nombre est attendu", "en": "a number is expected"}
OTHER = {"fr": "la valeur n’est pas acceptable", "en": "the value is not acceptable"}


def parse_rules(given: Mapping[str, object], language: Language = "fr") -> tuple[RuleSet | None, tuple[str, ...]]:
    """The rule set given, or None and a sentence for each thing to mend."""
    try:
        rules = RuleSet.model_validate(dict(given))
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        return None, tuple(
            _sentence(problem["loc"], problem["type"], problem.get("ctx", {}), language) for problem in problems
        )
    errors = _problems_between_fields(rules, language)
    return (None, errors) if errors else (rules, ())


def _problems_between_fields(rules: RuleSet, language: Language) -> tuple[str, ...]:
    errors = []
    for field, words in (("required_words", rules.required_words), ("excluded_words", rules.excluded_words)):
        errors += [
            _sentence((field, n), "empty_word", {}, language)
            for n, word in enumerate(words)
            if not any(letter.isalnum() for letter in word)
        ]
    if not any(rules.field_weights.model_dump().values()):
        errors.append(_sentence(("field_weights",), "no_field", {}, language))
    return tuple(errors)


def _sentence(place: Sequence[int | str], kind: str, context: Mapping[str, Any], language: Language) -> str:
    if kind in SENTENCES:
        text = SENTENCES[kind][language].format(**context)
    elif kind.startswith(("float", "int", "finite", "decimal")):
        text = NOT_A_NUMBER[language]
    else:
        text = OTHER[language]
    colon = " : " if language == "fr" else ": "
    return f"{_title(place)}{colon}{text}"


def _title(place: Sequence[int | str]) -> str:
    """The name of the field as the form shows it; what has no title keeps its technical name."""
    titles, model = [], RuleSet
    for part in place:
        if isinstance(part, int):
            titles.append(str(part + 1))
            continue
        field = model.model_fields.get(part) if isinstance(model, type) and issubclass(model, BaseModel) else None
        titles.append((field.title or part) if field else part)
        model = _model_within(field.annotation) if field else None  # type: ignore[assignment]
    return " › ".join(titles)


def _model_within(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = [
        part for part in getattr(annotation, "__args__", ()) if isinstance(part, type) and issubclass(part, BaseModel)
    ]
    return inner[0] if inner else None
