"""Domains that refused us by their policy: their mails wait, nobody is suppressed, staff are told."""

import hashlib
import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.domain.pace import pause_after
from services.notifier.store.planning import message_row
from services.notifier.tables import messages, paused_domains, people
from shared.clock import Clock
from shared.database import Database

WAITS_FOR_DOMAIN = ("policy", "domain_paused")
MAX_REPLY = 300
_ADDRESS = re.compile(r"[^\s<>\"'(),;]+@[^\s<>\"'(),;]+")


def without_addresses(reply: str) -> str:
    """A relay's words fit to be kept: many repeat the recipient's address."""
    return _ADDRESS.sub("…", reply)[:MAX_REPLY]


class Pauses:
    """Each method is a transaction of its own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def current(self) -> dict[str, datetime]:
        """When each paused domain is tried again; those whose time has come are in it too, until a mail is taken."""
        async with self.database.reading() as connection:
            rows = await connection.execute(select(paused_domains.c.domain, paused_domains.c.until))
            return {row.domain: row.until for row in rows}

    async def pause(self, domain: str, reply: str) -> datetime:
        """Leave a domain alone, longer each time in a row, and tell staff once a day. Returns until when."""
        now, reply = self.clock(), without_addresses(reply)
        async with self.database.writing() as connection:
            mine = paused_domains.c.domain == domain
            known = (await connection.execute(select(paused_domains).where(mine).with_for_update())).first()
            if known is not None and known.until > now:
                until: datetime = known.until  # another mail was refused just before
                return until
            times = 1 if known is None else known.times + 1
            row = {"paused_at": now, "until": now + pause_after(times), "times": times, "reply": reply}
            insert = self.database.insert(paused_domains).values(domain=domain, **row)
            await connection.execute(insert.on_conflict_do_update(index_elements=["domain"], set_=row))
            await self._tell_staff(connection, domain, reply, now)
        return now + pause_after(times)

    async def _tell_staff(self, connection: AsyncConnection, domain: str, reply: str, now: datetime) -> None:
        staff = select(people.c.id, people.c.language).where(people.c.is_staff.is_(True), people.c.address.is_not(None))
        notice = {"what": "domain_paused", "domain": domain, "reply": reply}
        rows = [
            {
                **message_row(
                    _notice_id(domain, row.id, now), kind="notice", person_id=row.id, language=row.language, now=now
                ),
                "notice": notice,
            }
            for row in (await connection.execute(staff)).all()
        ]
        if rows:
            once_a_day = self.database.insert(messages).on_conflict_do_nothing(index_elements=["id"])
            await connection.execute(once_a_day, rows)

    async def lift(self, domains: Collection[str]) -> None:
        """They take our mail again."""
        async with self.database.writing() as connection:
            over = paused_domains.c.until <= self.clock()
            await connection.execute(delete(paused_domains).where(paused_domains.c.domain.in_(sorted(domains)), over))

    async def release(self, domain: str) -> bool:
        """Try a paused domain again now, by the wish of staff; False when it is not paused."""
        now = self.clock()
        async with self.database.writing() as connection:
            gone = await connection.execute(delete(paused_domains).where(paused_domains.c.domain == domain))
            waits = (messages.c.domain == domain, messages.c.state == "planned", messages.c.next_attempt_at > now)
            held = update(messages).where(*waits, messages.c.reason.in_(WAITS_FOR_DOMAIN))
            await connection.execute(held.values(next_attempt_at=now))
        return gone.rowcount > 0


def _notice_id(domain: str, person_id: str, now: datetime) -> str:
    return hashlib.sha256(f"domain_paused\n{domain}\n{person_id}\n{now.date()}".encode()).hexdigest()[:32]
