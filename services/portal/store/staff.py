"""Members of staff, their second factor, and the log of what they did, to which lines are only ever added."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from services.portal.domain.totp import StaffEnrolment, recovery_hash, step_of
from services.portal.tables import audit_log, recovery_codes, staff
from shared.database import Database


@dataclass(frozen=True)
class Deed:
    """One line of the audit log."""

    at: datetime
    person_id: str
    action: str
    details: str


class Staff:
    """The tables of staff."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def enrol(self, person_id: str, secret: str, enrolment: StaffEnrolment, *, now: datetime) -> None:
        """Make a person a member of staff; done again, the earlier secret and codes are worth nothing."""
        row: dict[str, object] = {"totp_secret": secret, "last_totp_step": 0, "added_at": now}
        insert = self.database.insert(staff).values(person_id=person_id, **row)
        codes = [{"person_id": person_id, "code_hash": recovery_hash(code)} for code in enrolment.recovery_codes]
        async with self.database.writing() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=["person_id"], set_=row))
            await connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
            await connection.execute(self.database.insert(recovery_codes), codes)

    async def includes(self, person_id: str) -> bool:
        async with self.database.reading() as connection:
            found = await connection.execute(select(staff.c.person_id).where(staff.c.person_id == person_id))
            return found.first() is not None

    async def accept_totp(self, person_id: str, code: str, *, now: datetime) -> bool:
        """Whether a code is right and was never used; it is used up by this, even among concurrent tries."""
        async with self.database.reading() as connection:
            query = select(staff.c.totp_secret).where(staff.c.person_id == person_id)
            secret = (await connection.execute(query)).scalar_one_or_none()
        step = step_of(secret, code, now.timestamp()) if secret else None
        if step is None:
            return False
        used = update(staff).where(staff.c.person_id == person_id, staff.c.last_totp_step < step)
        async with self.database.writing() as connection:
            return (await connection.execute(used.values(last_totp_step=step))).rowcount == 1

    async def accept_recovery_code(self, person_id: str, code: str, *, now: datetime) -> bool:
        """Whether a recovery code is one of theirs and still unused; it is used up by this."""
        mine = (recovery_codes.c.person_id == person_id, recovery_codes.c.code_hash == recovery_hash(code))
        used = update(recovery_codes).where(*mine, recovery_codes.c.used_at.is_(None)).values(used_at=now)
        async with self.database.writing() as connection:
            return (await connection.execute(used)).rowcount == 1

    async def remove(self, person_id: str) -> None:
        """They are no longer of the staff; the log keeps what they did, by id."""
        async with self.database.writing() as connection:
            await connection.execute(delete(recovery_codes).where(recovery_codes.c.person_id == person_id))
            await connection.execute(delete(staff).where(staff.c.person_id == person_id))

    async def log(self, person_id: str, action: str, details: str, *, now: datetime) -> None:
        """Add a line to the audit log."""
        async with self.database.writing() as connection:
            row = {"at": now, "person_id": person_id, "action": action, "details": details[:2000]}
            await connection.execute(self.database.insert(audit_log).values(**row))

    async def latest_deeds(self, limit: int = 20) -> tuple[Deed, ...]:
        """Newest first."""
        columns = (audit_log.c.at, audit_log.c.person_id, audit_log.c.action, audit_log.c.details)
        async with self.database.reading() as connection:
            rows = await connection.execute(select(*columns).order_by(audit_log.c.number.desc()).limit(limit))
            return tuple(Deed(row[0], row[1], row[2], row[3]) for row in rows)
