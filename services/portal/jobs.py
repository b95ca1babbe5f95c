"""What the portal does by itself: carry out wishes to unsubscribe, and forget what is kept no longer."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from services.portal.store import Store
from services.portal.web import leaving
from services.portal.web.site import Site
from shared.bus import OwnerDown
from shared.events import Tick

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2
FORGET_UNCONFIRMED_AFTER = timedelta(days=7)
FORGET_ANSWERS_AFTER = timedelta(days=1095)


@dataclass(frozen=True)
class WishKeeper:
    """Replays wishes to unsubscribe until the notifier has carried them out."""

    site: Site

    async def run(self) -> None:
        while True:
            await self.carry_out()
            await asyncio.sleep(LOOK_EVERY_S)

    async def carry_out(self) -> int:
        """Ask for what waits, oldest first; stops at the first wish the notifier is not there for."""
        done = 0
        for wish in await self.site.store.wishes.waiting():
            try:
                answer = await self.site.bus.ask(wish.request)
            except OwnerDown:
                await self.site.store.wishes.tried(wish)
                return done
            await leaving.follow(self.site, answer)
            await self.site.store.wishes.carried_out(wish)
            log.info("carried out a wish to unsubscribe", extra={"refused": answer.refused})
            done += 1
        return done


@dataclass(frozen=True)
class Forgetting:
    """Retention: declarations never confirmed after 7 days, answers after 3 years, sessions when they expire."""

    store: Store

    async def run(self, tick: Tick) -> None:
        dropped = await self.store.organisations.forget_unconfirmed(tick.due_at - FORGET_UNCONFIRMED_AFTER)
        await self.store.answers.forget_old(tick.due_at - FORGET_ANSWERS_AFTER)
        await self.store.sessions.forget_expired(tick.due_at)
        log.info("forgot what is kept no longer", extra={"unconfirmed": dropped})
