"""The lexicon: concepts of the field with the words of both languages, by theme, in plain text files beside this one.

A line is a concept: `mots français, autre = English words, other > near concept, other near`. The first English words
are its name. What stands after `>` names concepts that somebody interested in this one would also look at.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Concept:
    """One idea: its name, its theme, the phrases that say it, and the concepts near it, by name."""

    name: str
    theme: str
    french: tuple[str, ...]
    english: tuple[str, ...]
    near: tuple[str, ...] = ()


class LexiconError(ValueError):
    """The lexicon cannot be used; `problems` has one sentence a line to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@cache
def lexicon_text() -> str:
    """The lexicon shipped with the project: every theme's file, a line `[theme]` before each."""
    sources = sorted(
        (item for item in files(__package__).iterdir() if item.name.endswith(".txt")), key=lambda f: f.name
    )
    return "\n".join(f"[{item.name.removesuffix('.txt')}]\n{item.read_text(encoding='utf-8')}" for item in sources)


def read_lexicon(text: str) -> tuple[Concept, ...]:
    """Concepts of a lexicon, in order. Raises LexiconError with every line to mend."""
    concepts: list[Concept] = []
    problems: list[str] = []
    theme, number = "general", 0
    for line in text.splitlines():
        number += 1
        line = line.split("#", 1)[0].strip()
        if line.startswith("["):
            theme, number = line.strip("[]"), 0
        elif line:
            try:
                concepts.append(_concept(line, theme))
            except ValueError as error:
                problems.append(f"{theme}.txt:{number}: {error}")
    problems += _problems_between(concepts)
    if problems:
        raise LexiconError(problems)
    return tuple(concepts)


def _concept(line: str, theme: str) -> Concept:
    both, _, near = line.partition(">")
    french, equals, english = both.partition("=")
    if not equals:
        raise ValueError("no “=” between the French and the English words")
    names = _phrases(english)
    if not names:
        raise ValueError("no English words")
    return Concept(names[0], theme, _phrases(french), names, _phrases(near))


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(" ".join(phrase.split()) for phrase in text.split(",") if phrase.strip())


def _problems_between(concepts: list[Concept]) -> list[str]:
    names = {concept.name for concept in concepts}
    problems = []
    for position, language in ((0, "French"), (1, "English")):
        owner: dict[str, Concept] = {}
        for concept in concepts:
            for phrase in (concept.french, concept.english)[position]:
                other = owner.setdefault(phrase.lower(), concept)
                if other is not concept:
                    problems.append(
                        f"{concept.theme}.txt: {language} “{phrase}” is in “{other.name}” and “{concept.name}”"
                    )
    for concept in concepts:
        problems += [
            f"{concept.theme}.txt: “{concept.name}” is near “{near}”, which is no concept"
            for near in concept.near
            if near not in names
        ]
    return problems
