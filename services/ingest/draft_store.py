"""What ingest keeps of drafts from websites: for a day, so that any replica can say how far a reading is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, func, or_, select, update

from services.ingest.domain.web_drafts import WebDraft
from services.ingest.tables import website_drafts as drafts
from shared.database import Database
from shared.requests import Draft

KEPT = timedelta(days=1)
SHARED_FOR = timedelta(minutes=10)  # two people of one organisation, or one who presses twice
DEAD_AFTER = timedelta(minutes=2)
MOST_WAITING = 40
MOST_TRIES = 2


class Busy(Exception):
    """Too many readings wait already."""


@dataclass(frozen=True)
class Claim:
    """A reading that is ours to do."""

    id: str
    url: str


class DraftStore:
    """Rows of readings asked for, under way and done."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def start(self, url: str, site: str, now: datetime) -> str:
        """Ask for a reading; the same site asked for a moment ago is one reading. Raises Busy."""
        async with self.database.writing() as connection:
            if not self.database.is_sqlite:  # SQLite has one writer at a time
                await connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("website_drafts"))))
            recent = select(drafts.c.id).where(
                drafts.c.site == site, drafts.c.state != "failed", drafts.c.asked_at > now - SHARED_FOR
            )
            if known := await connection.scalar(recent.order_by(drafts.c.asked_at.desc()).limit(1)):
                return str(known)
            waiting = select(func.count()).where(drafts.c.state.in_(("waiting", "reading")))
            if (await connection.scalar(waiting) or 0) >= MOST_WAITING:
                raise Busy
            draft_id = uuid4().hex
            asked = {"id": draft_id, "url": url, "site": site, "state": "waiting", "asked_at": now, "alive_at": now}
            nothing = {"tries": 0, "pages": 0, "text": "", "language": "fr", "problem": None}
            await connection.execute(drafts.insert().values(**asked, **nothing))
            return draft_id

    async def claim(self, now: datetime) -> Claim | None:
        """The oldest reading that nobody does, now ours; one whose reader died is begun again, once."""
        async with self.database.writing() as connection:
            dead = (drafts.c.state == "reading", drafts.c.alive_at < now - DEAD_AFTER)
            hopeless = update(drafts).where(*dead, drafts.c.tries >= MOST_TRIES)
            await connection.execute(hopeless.values(state="failed", problem="unreachable"))
            free = or_(drafts.c.state == "waiting", dead[0] & dead[1])
            oldest = select(drafts).where(free).order_by(drafts.c.asked_at).limit(1)
            row = (await connection.execute(oldest.with_for_update(skip_locked=True))).first()
            if row is None:
                return None
            mine = update(drafts).where(drafts.c.id == row.id)
            await connection.execute(mine.values(state="reading", alive_at=now, tries=row.tries + 1, pages=0))
            return Claim(row.id, row.url)

    async def read_so_far(self, draft_id: str, pages: int, now: datetime) -> None:
        await self._set(draft_id, pages=pages, alive_at=now)

    async def ready(self, draft_id: str, draft: WebDraft, now: datetime) -> None:
        language = draft.language if draft.language in ("fr", "en") else "fr"
        await self._set(draft_id, state="ready", text=draft.text, language=language, alive_at=now)

    async def failed(self, draft_id: str, problem: str, now: datetime) -> None:
        await self._set(draft_id, state="failed", problem=problem, alive_at=now)

    async def one(self, draft_id: str) -> Draft | None:
        """A draft as it stands; None when it is not known."""
        async with self.database.reading() as connection:
            row = (await connection.execute(select(drafts).where(drafts.c.id == draft_id))).first()
        if row is None:
            return None
        state = row.state if row.state in ("ready", "failed") else "pending"
        told = {"site": row.site, "pages": row.pages, "text": row.text, "language": row.language}
        return Draft.model_validate({"state": state, "problem": row.problem, **told})

    async def forget(self, before: datetime) -> int:
        """Drop drafts asked for before a moment."""
        async with self.database.writing() as connection:
            return (await connection.execute(delete(drafts).where(drafts.c.asked_at < before))).rowcount

    async def _set(self, draft_id: str, **values: object) -> None:
        async with self.database.writing() as connection:
            await connection.execute(update(drafts).where(drafts.c.id == draft_id).values(**values))
