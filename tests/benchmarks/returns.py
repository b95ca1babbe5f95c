"""How well replies and returned mails are read: `python -m tests.benchmarks.returns`, or `make returns`.

Three sets: replies of relays in the forms that providers publish, returned mails made from RFC 3464, RFC 5965 and those
forms, and an outside corpus, the samples in the source archive of flufl.bounce, fetched from the package registry and
judged by hand in `bounce_corpus.py`. A false hard bounce is a mail read as "the address is gone" that a person would
not read so: it would suppress somebody who is there.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from services.notifier.domain.replies import judge_reply
from services.notifier.domain.returns import read_return
from tests.benchmarks.bounce_corpus import ARCHIVE, NoCorpus, expected, fetch
from tests.unit.notifier.returned_mails import MAIL_FROM, RETURNS_TO, SECRET, samples
from tests.unit.notifier.smtp_replies import REPLIES

WANTED_SHARE = 0.95


@dataclass(frozen=True)
class Score:
    """One set, read. `missed` has a line for each that was read otherwise than a person reads it."""

    name: str
    total: int
    missed: tuple[str, ...]
    false_hard: int

    @property
    def share(self) -> float:
        return 1 - len(self.missed) / self.total if self.total else 0.0


def score(name: str, read: Iterable[tuple[str, str, str]], hard: str) -> Score:
    """read: (which, as a person reads it, as we do)."""
    found = list(read)
    missed = tuple(f"{which}: {wanted}, read as {got}" for which, wanted, got in found if wanted != got)
    return Score(name, len(found), missed, sum(got == hard != wanted for _which, wanted, got in found))


def of_replies() -> Score:
    read = ((f"{said.by} {said.code}", said.verdict, judge_reply(said.step, said.code, said.text)) for said in REPLIES)
    return score("replies of relays, as published", read, "address")


def of_made() -> Score:
    read = ((one.name, one.kind, kind_of(one.content)) for one in samples())
    return score("returned mails, made from RFC 3464, 5965 and published forms", read, "bounced")


def of_corpus() -> Score:
    """Raises NoCorpus."""
    read = ((name, expected(name), kind_of(content)) for name, content in sorted(fetch().items()))
    return score(f"returned mails of {ARCHIVE}, judged by hand", read, "bounced")


def kind_of(content: bytes) -> str:
    return read_return(content, secret=SECRET, returns_to=RETURNS_TO, mail_from=MAIL_FROM).kind


def main() -> int:
    """Print one line a set, then what was missed; 1 when less is reached than must be."""
    scores = [of_replies(), of_made()]
    try:
        scores.append(of_corpus())
    except NoCorpus as error:
        _say(f"the outside corpus could not be fetched, and is not measured: {error}")
    for one in scores:
        right = one.total - len(one.missed)
        _say(f"{one.name}: {right} of {one.total} right ({one.share:.1%}), false hard bounces: {one.false_hard}")
    for line in (line for one in scores for line in one.missed):
        _say(f"  missed: {line}")
    return int(any(one.share < WANTED_SHARE or one.false_hard for one in scores))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
