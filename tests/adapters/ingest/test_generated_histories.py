"""Made-up histories of a source that lies: nothing untrue is stored or closed, and every true end is seen in time."""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.ingest.domain.readings import Reading
from services.ingest.jobs import Jobs
from tests.adapters.ingest.conftest import Ingest
from tests.adapters.ingest.listing import Listing, reading

HISTORIES, READINGS = 24, 25
EVERY = timedelta(hours=18)
WITHIN_THE_RULE = 4 * EVERY  # three complete harvests over two days, and the one that sees it


@dataclass
class Truth:
    """What really becomes of one call, unknown to Passerelle but through the source."""

    key: str
    deadline: datetime
    closed_at: datetime | None = None  # the source says so when asked by key
    erased_at: datetime | None = None  # the source forgets it, and its page is gone
    hidden: tuple[datetime, datetime] | None = None  # meanwhile neither listed nor found, though its page is there

    def is_over(self, now: datetime) -> bool:
        return self.deadline <= now or any(at is not None and at <= now for at in (self.closed_at, self.erased_at))

    def is_hidden(self, now: datetime) -> bool:
        return self.hidden is not None and self.hidden[0] <= now < self.hidden[1]

    def as_read(self, now: datetime) -> Reading:
        closed = self.closed_at is not None and self.closed_at <= now
        return reading(self.key, deadlines=(self.deadline,), status="closed" if closed else "open")


@dataclass
class World:
    """A source over some weeks, with its bad days."""

    chance: random.Random
    start: datetime
    calls: list[Truth] = field(default_factory=list)
    day: str = "good"

    def __post_init__(self) -> None:
        self.calls = [self._call(number) for number in range(40)]

    def _call(self, number: int) -> Truth:
        last = self.start + READINGS * EVERY
        moment = self.start + self.chance.random() * (last - self.start)
        hidden = (moment, moment + timedelta(days=6)) if self.chance.random() < 0.08 else None
        call = Truth(f"c{number}", self.start + timedelta(days=self.chance.uniform(2, 120)), hidden=hidden)
        fate = self.chance.random()
        if fate < 0.15:
            return replace(call, closed_at=moment)
        return replace(call, erased_at=moment) if fate < 0.25 else call

    def open(self, now: datetime) -> list[Reading]:
        return [call.as_read(now) for call in self.calls if not (call.is_over(now) or call.is_hidden(now))]

    def ghosts(self, now: datetime) -> list[Reading]:
        """Stale rows flagged as current."""
        old = now - timedelta(days=900)
        return [
            reading(f"ghost{n}", text="", status="forthcoming", deadlines=(old,) if n % 2 else ()) for n in range(5)
        ]

    def show(self, listing: Listing, now: datetime) -> None:
        """Set what the source shows today. A bad day is often followed by another one like it."""
        rows = self.open(now)
        if self.day == "good" or self.chance.random() < 0.4:
            kinds = ("good", "absences", "half", "empty", "down", "ghosts")
            self.day = self.chance.choices(kinds, weights=(40, 25, 10, 8, 7, 10))[0]
        listing.problem = None
        if self.day == "absences":
            rows = [row for row in rows if self.chance.random() > 0.06]
        elif self.day == "half":
            half = rows[: len(rows) // 2]
            listing.problem = self.chance.choice((None, f"The source announced {len(rows)} rows and gave {len(half)}."))
            rows = half
        elif self.day in ("empty", "down"):
            listing.problem = None if self.day == "empty" else "The source cannot be reached (ConnectError)."
            rows = []
        elif self.day == "ghosts":
            rows += self.ghosts(now)
        self.chance.shuffle(rows)
        listing.shown = rows
        known = (call for call in self.calls if not call.is_hidden(now))
        found = (call for call in known if call.erased_at is None or call.erased_at > now)
        listing.about = {call.key: call.as_read(now) for call in found}

    def page_is_gone(self, url: str, now: datetime) -> bool:
        """On a day when half of the source is missing, its pages say that they are gone too."""
        call = next(call for call in self.calls if url.endswith(f"/{call.key}"))
        return self.day in ("half", "empty") or (call.erased_at is not None and call.erased_at <= now)


@pytest.mark.parametrize("seed", range(HISTORIES))
async def test_nothing_untrue_and_every_end_in_time(ingest: Ingest, clock: Any, seed: int) -> None:
    if not ingest.database.is_sqlite and seed >= 4:
        pytest.skip("the other histories run on SQLite")
    world = World(random.Random(seed), clock.now)  # noqa: S311 - the same history at each run
    listing = Listing(answers=seed % 3 > 0)

    async def is_gone(url: str) -> bool:
        return world.page_is_gone(url, clock.now)

    harvester = replace(ingest.harvester(), is_gone=is_gone)
    jobs = Jobs(harvester, (listing.name,))
    complete_since: list[datetime] = []
    for _ in range(READINGS):
        world.show(listing, clock.now)
        summary = await harvester.harvest(listing.source)
        if summary.complete:
            complete_since.append(clock.now)
        await jobs.close_passed(None)  # type: ignore[arg-type]
        live = set(await ingest.store.live_ids())
        assert not {id_ for id_ in live if "ghost" in id_}
        truly_open = {f"listing-{call.key}" for call in world.calls if not call.is_over(clock.now)}
        closed = await closed_ids(ingest)
        assert not closed & truly_open, "closed though it is open"
        for call in world.calls:
            if f"listing-{call.key}" in live:
                assert call.deadline > clock.now
                assert not overdue(call, complete_since, answers=listing.answers), call
        clock.now += EVERY


def overdue(call: Truth, complete: list[datetime], *, answers: bool) -> bool:
    """Whether the source's word, or enough complete harvests, came since its end.

    One that is closed and no longer listed, at a source that cannot be asked, stays until its deadline.
    """
    hidden_until = call.hidden[1] if call.hidden else call.deadline - timedelta(days=9_999)
    if answers and call.closed_at is not None:
        return any(at >= max(call.closed_at, hidden_until) for at in complete)
    since = [at for at in complete if call.erased_at is not None and at >= call.erased_at]
    return len(since) >= 4 and since[-1] - since[0] >= WITHIN_THE_RULE


async def closed_ids(ingest: Ingest) -> set[str]:
    return {id_ for id_, _, _ in await ingest.store.closed()}
