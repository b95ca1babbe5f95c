"""The reasons of a decision in words: which word met which, its share of the score, and the passage to quote."""

import math
from collections import defaultdict
from collections.abc import Sequence

from services.matcher.domain.analyser import Analyser
from services.matcher.domain.document import Terms, opportunity_fields
from services.matcher.domain.rows import Shared, evidence
from services.matcher.domain.rules import FieldWeights
from shared.events import OpportunityState, Term

MAX_PASSAGE_LETTERS = 240


def explain(shared: Sequence[Shared]) -> tuple[Term, ...]:
    """Every reason, the heaviest first; the shares add up to 1, that is to the whole score.

    A profile's word has the share of its evidence; when it met several words it is told once for each, by their worth.
    """
    brought = evidence(shared)
    total = math.fsum(brought.values())
    if total <= 0:
        return ()
    met: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for term in shared:
        met[term.profile_word][term.opportunity_word].append(term.worth)
    reasons = []
    for mine, others in met.items():
        worths = {theirs: math.fsum(worth) for theirs, worth in others.items()}
        whole = math.fsum(worths.values())
        for theirs, worth in worths.items():
            share = brought[mine] / total * worth / whole if whole else 0.0
            reasons.append(Term(profile_word=mine, opportunity_word=theirs, share=share))
    return tuple(sorted(reasons, key=lambda one: (-one.share, one.profile_word, one.opportunity_word)))


def best_passage(
    opportunity: OpportunityState,
    shared: Sequence[Shared],
    *,
    analyser: Analyser,
    weights: FieldWeights,
    terms: Terms,
) -> str:
    """The sentence of the opportunity that holds most of the reasons; "" when only its title or keywords do."""
    worth = {terms.names[term.number]: term.worth for term in shared}
    best, best_worth = "", 0.0
    listed = (opportunity.title, ". ".join(opportunity.keywords), ". ".join(opportunity.themes), opportunity.call_title)
    for text, _ in opportunity_fields(opportunity, weights):
        if text in listed:
            continue
        for sentence, held in analyser.read_by_sentence(text, opportunity.language):
            here = math.fsum(worth[term] for term in worth.keys() & held)
            if here > best_worth:
                best, best_worth = sentence, here
    return shorten(best)


def shorten(sentence: str) -> str:
    """A sentence cut between words to what fits in a mail."""
    if len(sentence) <= MAX_PASSAGE_LETTERS:
        return sentence
    return sentence[:MAX_PASSAGE_LETTERS].rsplit(" ", 1)[0] + "…"
