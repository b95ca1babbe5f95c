"""What the command line may have the portal do, its service running or not."""

from services.portal.domain.totp import StaffEnrolment, new_enrolment
from services.portal.store import Store
from shared.events import OrganisationDeclared
from shared.service import Context

BATCH = 200


async def add_staff(context: Context, person_id: str) -> StaffEnrolment:
    """Make a person a member of staff; the answer is shown once and kept nowhere."""
    store = Store.over(context.database, context.outbox)
    secret, enrolment = new_enrolment("Passerelle")
    await store.staff.enrol(person_id, secret, enrolment, now=context.clock())
    await store.staff.log(person_id, "added to the staff", "", now=context.clock())
    return enrolment


async def republish(context: Context) -> int:
    """Tell every confirmed organisation again; returns how many."""
    store = Store.over(context.database, context.outbox)
    states = await store.organisations.confirmed()
    for start in range(0, len(states), BATCH):
        facts = [
            OrganisationDeclared(happened_at=context.clock(), organisation=state)
            for state in states[start : start + BATCH]
        ]
        async with context.database.writing() as connection:
            await context.outbox.tell(connection, *facts)
    return len(states)
