"""The thesaurus: concepts of the field with the words of both languages, by theme, in plain text files beside this one.

A line is a concept: `mots français, autre = English words, other > broader concept, … | related concept, …`. The first
English words are its name; `~` after a phrase marks a weak clue. See docs/matching.md to write one.

A line `mots français -> English words 0.8, other 0.2` is a translation: what was learned from labels in both languages,
or added by staff. It counts where no concept knows the words.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

WEAK = 0.4
WEAK_MARK = "~"
MAX_TRANSLATION_LETTERS = 100


@dataclass(frozen=True)
class Phrase:
    """Words that say a concept; `weight` is 1, or WEAK when they often say something else."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class Translation:
    """French words and the English ones they stand for, each with how surely: above 0, up to 1."""

    french: str
    english: tuple[Phrase, ...]


@dataclass(frozen=True)
class Concept:
    """One idea: its name, its theme, the phrases that say it, what it is part of, and what is beside it, by name."""

    name: str
    theme: str
    french: tuple[Phrase, ...]
    english: tuple[Phrase, ...]
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lexicon:
    """All that one text of the lexicon holds."""

    concepts: tuple[Concept, ...]
    translations: tuple[Translation, ...]


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


def read_lexicon(text: str) -> Lexicon:
    """Concepts and translations, in order. Raises LexiconError with every line to mend."""
    concepts: list[Concept] = []
    translations: list[Translation] = []
    problems: list[str] = []
    for theme, number, line in _lines(text):
        try:
            if "->" in line:
                translations.append(_translation(line))
            else:
                concepts.append(_concept(line, theme))
        except ValueError as error:
            problems.append(f"{theme}.txt:{number}: {error}")
    problems += _problems_between(concepts)
    if problems:
        raise LexiconError(problems)
    return Lexicon(tuple(concepts), tuple(translations))


def write_translation(translation: Translation) -> str:
    """The line that reads as this translation."""
    english = ", ".join(f"{phrase.text} {phrase.weight:g}" for phrase in translation.english)
    return f"{translation.french} -> {english}"


def can_be_translated(french: str, english: str) -> bool:
    """Whether two plain texts can be the sides of a translation: letters, and none of the signs a line is made of."""
    return all(
        0 < len(words) <= MAX_TRANSLATION_LETTERS
        and any(letter.isalpha() for letter in words)
        and not set(words) & set("#,=>|~[]")
        for words in (french, english)
    )


def _lines(text: str) -> Iterator[tuple[str, int, str]]:
    theme, number = "general", 0
    for line in text.splitlines():
        number += 1
        line = line.split("#", 1)[0].strip()
        if line.startswith("["):
            theme, number = line.strip("[]"), 0
        elif line:
            yield theme, number, line


def _concept(line: str, theme: str) -> Concept:
    words, _, links = line.partition(">") if ">" in line else line.partition("|")
    broader, _, related = links.partition("|") if ">" in line else ("", "", links)
    french, equals, english = words.partition("=")
    if not equals:
        raise ValueError("no “=” between the French and the English words")
    english_phrases = _phrases(english)
    if not english_phrases:
        raise ValueError("no English words")
    if english_phrases[0].weight < 1:
        raise ValueError(f"the first English words, “{english_phrases[0].text}”, are the name: they cannot be weak")
    return Concept(english_phrases[0].text, theme, _phrases(french), english_phrases, _names(broader), _names(related))


def _translation(line: str) -> Translation:
    french, _, english = line.partition("->")
    phrases = []
    for name in _names(english):
        words, _, weight = name.rpartition(" ")
        try:
            phrases.append(Phrase(words, float(weight)))
        except ValueError:
            raise ValueError(f"“{name}” does not end with a weight, such as 0.8") from None
        if not words or not 0 < phrases[-1].weight <= 1:
            raise ValueError(f"“{name}” needs words, then a weight above 0 and up to 1")
    if not french.strip() or not phrases:
        raise ValueError("a side of “->” is empty")
    return Translation(" ".join(french.split()), tuple(phrases))


def _phrases(text: str) -> tuple[Phrase, ...]:
    return tuple(
        Phrase(name.removesuffix(WEAK_MARK).strip(), WEAK if name.endswith(WEAK_MARK) else 1.0) for name in _names(text)
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split(",") if name.strip())


def _problems_between(concepts: list[Concept]) -> list[str]:
    by_name: defaultdict[str, list[Concept]] = defaultdict(list)
    for concept in concepts:
        by_name[concept.name].append(concept)
    problems = [
        f"{others[-1].theme}.txt: “{name}” is already a concept of {others[0].theme}.txt"
        for name, others in by_name.items()
        if len(others) > 1
    ]
    for concept in concepts:
        for link in (*concept.broader, *concept.related):
            if link not in by_name:
                problems.append(f"{concept.theme}.txt: “{concept.name}” leads to “{link}”, which is no concept")
            elif link == concept.name:
                problems.append(f"{concept.theme}.txt: “{concept.name}” leads to itself")
    return problems
