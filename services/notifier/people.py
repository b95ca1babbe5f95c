"""People known without a subscription: staff, who may sign in and get no alerts."""

from typing import cast

from services.notifier.desk import Desk
from services.notifier.domain.addresses import parse_address
from services.notifier.settings import NotifierSettings
from shared.events import Language
from shared.service import Context


class InvalidAddress(ValueError):
    """Not a mail address."""


async def ensure_person(context: Context, email: str, language: Language) -> str:
    """The id of a member of staff, made if need be. Raises InvalidAddress."""
    address = parse_address(email)
    if address is None:
        raise InvalidAddress(f"not a mail address: {email}")
    desk = Desk.of(
        database=context.database,
        outbox=context.outbox,
        clock=context.clock,
        secret=context.secret,
        settings=cast(NotifierSettings, context.settings),
        timezone=context.common.timezone,
    )
    async with context.database.writing() as connection:
        return await desk.people.ensure(connection, address, language=language, timezone=desk.timezone, is_staff=True)
