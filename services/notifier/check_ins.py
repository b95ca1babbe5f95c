"""The question that everybody who gets alerts is asked once a quarter: are they of use?"""

from uuid import uuid4

from sqlalchemy import func, or_, select, update

from services.notifier.desk import Desk
from services.notifier.domain.kinds import CHECK_IN_EVERY
from services.notifier.store.planning import message_row
from services.notifier.tables import check_ins, messages, people, subscriptions

AT_ONCE = 500


async def plan_check_ins(desk: Desk) -> int:
    """Queue a check-in for who confirmed, or was asked, a quarter ago; how many were queued."""
    planned = 0
    while some := await _plan_some(desk):
        planned += some
    return planned


async def _plan_some(desk: Desk) -> int:
    now = desk.clock()
    before = now - CHECK_IN_EVERY
    active = (subscriptions.c.status == "active", subscriptions.c.confirmed_at < before)
    language = func.min(subscriptions.c.language).label("language")
    long_ago = or_(people.c.checked_in_at.is_(None), people.c.checked_in_at < before)
    awake = or_(people.c.paused_until.is_(None), people.c.paused_until <= now)
    due = (
        select(people.c.id, language)
        .join(subscriptions, subscriptions.c.person_id == people.c.id)
        .where(*active, long_ago, awake)
        .group_by(people.c.id)
        .limit(AT_ONCE)
    )
    async with desk.database.writing() as connection:
        rows = (await connection.execute(due)).all()
        if not rows:
            return 0
        mails = [
            message_row(uuid4().hex, kind="check_in", person_id=row.id, language=row.language, now=now) for row in rows
        ]
        asked = [{"message_id": mail["id"], "person_id": mail["person_id"], "asked_at": now} for mail in mails]
        await connection.execute(messages.insert(), mails)
        await connection.execute(check_ins.insert(), asked)
        mine = people.c.id.in_([row.id for row in rows])
        await connection.execute(update(people).where(mine).values(checked_in_at=now))
    return len(rows)
