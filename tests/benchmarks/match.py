"""How fast opportunities are decided: `python -m tests.benchmarks.match [OPPORTUNITIES] [PROFILES]`.

Made-up texts of realistic length, one SQLite file, no broker: the time of a handler with its commit, and without.
"""

import asyncio
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta

from services.matcher.app import Matcher, assemble
from services.matcher.domain.lexicon import Concept, lexicon_text, read_lexicon
from services.matcher.tables import messages, metadata
from shared.clock import system_clock
from shared.database import Database
from shared.events import OpportunityPublished, OpportunityState, ProfileDescribed, ProfileState
from shared.outbox import Outbox


def main(opportunities: int = 625, profiles: int = 300) -> None:
    """Print one line a measure."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(f"sqlite+aiosqlite:///{folder}/matcher.sqlite", opportunities, profiles))


async def _measure(url: str, opportunities: int, profiles: int) -> None:
    database = Database(url, service="matcher")
    async with database.engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    matcher = assemble(database, Outbox(database, messages, system_clock), system_clock)
    await matcher.rules_desk.open()
    chance, concepts = random.Random(7), read_lexicon(lexicon_text()).concepts  # noqa: S311
    described = [await _described(matcher, n, chance, concepts) for n in range(profiles)]
    published = [await _published(matcher, n, chance, concepts) for n in range(opportunities)]
    started = time.perf_counter()
    await matcher.refit.refit()
    refit_s = time.perf_counter() - started
    _say(f"{profiles} profiles described", described)
    _say(f"{opportunities} opportunities published", published)
    sys.stdout.write(f"refit and deciding all again: {refit_s:.1f} s\n")
    sys.stdout.write(f"pairs matched: {sum(m.matched for m in await matcher.store.all_matches())}\n")
    await database.close()


async def _described(matcher: Matcher, number: int, chance: random.Random, concepts: tuple[Concept, ...]) -> float:
    words = " ".join(chance.choice(one.french or one.english).text for one in chance.sample(concepts, 8))
    state = ProfileState(id=f"org-{number}", version=1, kind="business", name="Maison", text=f"Nous faisons : {words}.")
    started = time.perf_counter()
    await matcher.handlers.on_profile_described(ProfileDescribed(happened_at=system_clock(), profile=state))
    return time.perf_counter() - started


async def _published(matcher: Matcher, number: int, chance: random.Random, concepts: tuple[Concept, ...]) -> float:
    subject = chance.sample(concepts, 12)
    text = ". ".join(
        f"Projects should {chance.choice(subject).name} with {chance.choice(subject).english[-1].text} in regions"
        for _ in range(75)
    )
    state = OpportunityState(
        id=f"eu-{number}",
        version=1,
        kind="call",
        source="made-up",
        title=f"Call about {subject[0].name} and {subject[1].name}",
        text=text,
        status="open",
        deadline=datetime.now(UTC) + timedelta(days=90),
    )
    started = time.perf_counter()
    await matcher.handlers.on_opportunity_published(OpportunityPublished(happened_at=system_clock(), opportunity=state))
    return time.perf_counter() - started


def _say(what: str, seconds: list[float]) -> None:
    milliseconds = sorted(one * 1000 for one in seconds)
    p99 = milliseconds[int(len(milliseconds) * 0.99)]
    sys.stdout.write(
        f"{what}: {sum(seconds):.1f} s in all, p50 {statistics.median(milliseconds):.0f} ms, p99 {p99:.0f} ms each\n"
    )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
