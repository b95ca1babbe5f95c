"""How long a fit takes, and how much memory: `python -m tests.benchmarks.fit [OPPORTUNITIES] [PROFILES]`.

Made-up texts of realistic length (opportunities of about 620 words, profiles of about 60): words of the thesaurus among
plain words of both languages, the common ones often. Reading the texts and fitting are measured apart; memory is the
peak of the process, less what it held before the first text was read.
"""

import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TypeVar

from spellchecker import SpellChecker

from services.matcher.domain.analyser import analyser_of
from services.matcher.domain.document import Terms, read_opportunity, read_profile
from services.matcher.domain.lexicon import lexicon_text, read_lexicon
from services.matcher.domain.model import fit, to_bytes
from services.matcher.domain.rules import DEFAULT_RULES
from shared.events import OpportunityState, ProfileState

R = TypeVar("R")
OPPORTUNITY_WORDS, PROFILE_WORDS = 620, 60
KNOWN_TO_THE_THESAURUS = 0.15


def main(opportunities: int = 20_000, profiles: int = 100_000) -> None:
    """Print one line a measure."""
    analyser, weights, terms = analyser_of(lexicon_text()), DEFAULT_RULES.field_weights, Terms()
    english, french = _writer("en"), _writer("fr")
    before = _peak_mb()
    started = time.perf_counter()
    writing = 0.0
    calls, wanting = [], []
    for number in range(opportunities):
        text, took = _timed(lambda: english(OPPORTUNITY_WORDS))
        writing += took
        state = OpportunityState(
            id=f"o{number}", version=1, kind="call", source="made-up", title=text[:80], text=text, status="open"
        )
        calls.append(read_opportunity(state, analyser=analyser, weights=weights, terms=terms))
    for number in range(profiles):
        text, took = _timed(lambda: french(PROFILE_WORDS))
        writing += took
        profile = ProfileState(id=f"p{number}", version=1, kind="business", name="Maison", text=text)
        wanting.append(read_profile(profile, analyser=analyser, terms=terms))
    reading = time.perf_counter() - started - writing
    model, fitting = _timed(lambda: fit(calls, terms, analyser=analyser))
    blob, storing = _timed(lambda: to_bytes(model))
    _say(f"reading {opportunities} opportunities and {profiles} profiles: {reading:.1f} s")
    _say(f"fitting: {fitting:.1f} s, {len(model.idf)} terms; as bytes: {storing:.1f} s, {len(blob) / 1e6:.1f} MB")
    _say(f"together: {reading + fitting + storing:.1f} s; memory: {_peak_mb() - before:.0f} MB above idle")


def _writer(language: str) -> Callable[[int], str]:
    chance = random.Random(7)  # noqa: S311
    plain = sorted(SpellChecker(language=language).word_frequency.dictionary.items(), key=lambda one: -one[1])[:40_000]
    words, shares = [word for word, _ in plain], list(accumulate(count for _, count in plain))
    concepts = read_lexicon(lexicon_text()).concepts
    phrases = [one.text for concept in concepts for one in (concept.french if language == "fr" else concept.english)]

    def write(length: int) -> str:
        drawn: Sequence[str] = chance.choices(words, cum_weights=shares, k=length)
        mixed = [chance.choice(phrases) if chance.random() < KNOWN_TO_THE_THESAURUS else word for word in drawn]
        return ". ".join(" ".join(mixed[at : at + 20]) for at in range(0, length, 20))

    return write


def _timed(step: Callable[[], R]) -> tuple[R, float]:
    started = time.perf_counter()
    return step(), time.perf_counter() - started


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(*(int(count) for count in sys.argv[1:]))
