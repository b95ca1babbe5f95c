"""What an operator can ask of the matcher from the command line."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from services.matcher.app import assemble
from services.matcher.domain.learning import Translation, learn
from services.matcher.domain.match import in_facts
from services.matcher.label_files import read_labels
from services.matcher.offline import FileProblem, evaluate_files, score_files
from shared.events import MatchesChanged
from shared.requests import RulesInForce, RulesReply
from shared.service import Context

__all__ = [
    "FileProblem",
    "evaluate_files",
    "learn_vocabulary",
    "publish_rules",
    "republish",
    "roll_back_rules",
    "score_files",
    "show_rules",
]


@dataclass(frozen=True)
class Learned:
    """What came of some files of labels."""

    labels: int
    pairs: int
    examples: tuple[Translation, ...]


async def show_rules(context: Context) -> RulesInForce:
    """The rule set in force and its history."""
    return await assemble(context.database, context.outbox, context.clock).rules_desk.in_force()


async def publish_rules(context: Context, rules: dict[str, object], note: str, by: str) -> RulesReply:
    """Put a whole rule set in force and decide what is open again; or refuse it, with sentences."""
    matcher = assemble(context.database, context.outbox, context.clock)
    await matcher.rules_desk.open()
    reply = await matcher.rules_desk.publish(rules, note=note, by=by)
    if reply.refused is None:
        await matcher.redecision.catch_up()
    return reply


async def roll_back_rules(context: Context, to_version: int, by: str) -> RulesReply:
    """Put an earlier rule set in force again and decide what is open again."""
    matcher = assemble(context.database, context.outbox, context.clock)
    reply = await matcher.rules_desk.roll_back(to_version=to_version, by=by)
    if reply.refused is None:
        await matcher.redecision.catch_up()
    return reply


async def learn_vocabulary(context: Context, files: Sequence[Path]) -> Learned:
    """Learn pairs of words from files of labels, keep them in place of those learned before, and fit again.

    Raises FileProblem.
    """
    labels = [label for file in files for label in await asyncio.to_thread(read_labels, file)]
    found = await asyncio.to_thread(learn, labels)
    matcher = assemble(context.database, context.outbox, context.clock)
    await matcher.rules_desk.open()
    await matcher.vocabulary.learn(found, source=", ".join(file.name for file in files))
    await matcher.refit.refit()
    return Learned(labels=len(labels), pairs=len(found), examples=tuple(found[:: max(1, len(found) // 5)][:5]))


async def republish(context: Context) -> int:
    """Tell the rules in force and every pair's latest state again, as they are. Returns how many facts were told.

    Versions make it harmless: whoever knows a pair already leaves it. Its cause is `refit`, so that it alerts nobody.
    """
    matcher = assemble(context.database, context.outbox, context.clock)
    pointer = await matcher.store.in_force()
    if pointer is None:
        return 0
    await matcher.rules_desk.tell_again()
    facts = [
        MatchesChanged(
            happened_at=context.clock(),
            cause="refit",
            model_version=pointer.model_version,
            rules_version=pointer.rules_version,
            pairs=pairs,
        )
        for pairs in in_facts(await matcher.store.all_matches())
    ]
    async with context.database.writing() as connection:
        await context.outbox.tell(connection, *facts)
    return len(facts) + 1
