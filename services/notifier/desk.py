"""The parts that handlers, commands and jobs share, wired once."""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.notifier.settings import NotifierSettings
from services.notifier.store.calling_off import CallingOff
from services.notifier.store.knowledge import Knowledge
from services.notifier.store.pairs import Pairs
from services.notifier.store.people import People
from services.notifier.store.planning import Planning
from shared.clock import Clock
from shared.database import Database
from shared.outbox import Outbox


@dataclass(frozen=True)
class Desk:
    """Stores, settings, clock. `wake` tells the senders, after a commit, that a mail may be due."""

    database: Database
    outbox: Outbox
    clock: Clock
    secret: bytes
    settings: NotifierSettings
    timezone: str
    knowledge: Knowledge
    pairs: Pairs
    people: People
    planning: Planning
    calling_off: CallingOff
    wakers: list[Callable[[], None]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        *,
        database: Database,
        outbox: Outbox,
        clock: Clock,
        secret: bytes,
        settings: NotifierSettings,
        timezone: str,
    ) -> "Desk":
        return cls(
            database=database,
            outbox=outbox,
            clock=clock,
            secret=secret,
            settings=settings,
            timezone=timezone,
            knowledge=Knowledge(database),
            pairs=Pairs(database),
            people=People(database, clock, secret),
            planning=Planning(database, clock),
            calling_off=CallingOff(outbox, clock),
        )

    def wake(self) -> None:
        for waker in self.wakers:
            waker()
