"""Commands about consent, each answered after its commit; no answer tells whether an address is known."""

import secrets
from dataclasses import dataclass
from datetime import time

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.digests import plan_welcome
from services.notifier.domain.addresses import parse_address
from services.notifier.domain.cadence import next_morning
from services.notifier.domain.kinds import CONFIRM_LASTS, MAX_CONFIRMATIONS_A_DAY
from services.notifier.domain.rhythm import refusal_of_rhythm
from services.notifier.domain.tokens import address_key, hash_of, person_leaving, subscription_id, subscription_of
from services.notifier.minting import mint, send_minted
from services.notifier.store.people import Asked, Token
from shared.requests import (
    ChangePreferences,
    ChangeRhythm,
    Confirm,
    Confirmed,
    Erase,
    Reply,
    Subscribe,
    Unsubscribe,
    Unsubscribed,
)


@dataclass(frozen=True)
class ConsentCommands:
    """One method a command."""

    desk: Desk

    async def subscribe(self, request: Subscribe) -> Reply:
        """Send a confirmation mail, the same way to anybody, three a day at most."""
        address = parse_address(request.email)
        if address is None:
            return Reply(refused="invalid_email")
        desk, people = self.desk, self.desk.people
        key = address_key(desk.secret, address)
        asked = Asked(request.organisation_id, request.organisation_name, request.cadence, request.language)
        async with desk.database.writing() as connection:
            asked_today = await people.tokens_today(connection, key, "confirm")
            if asked_today >= MAX_CONFIRMATIONS_A_DAY or await people.suppression(connection, key) == "refused":
                return Reply()
            person_id = await people.ensure(connection, address, language=request.language, timezone=desk.timezone)
            await people.lock(connection, person_id)
            await people.ask_subscription(connection, person_id, key, asked)
            await people.note_consent(
                connection, person_id, asked.organisation_id, "asked", request.consent_text_version
            )
            minted = mint(
                desk,
                purpose="confirm",
                key=key,
                person_id=person_id,
                browser=request.browser,
                language=request.language,
                lasts=CONFIRM_LASTS,
                asked=asked,
                text_version=request.consent_text_version,
            )
            await send_minted(desk, connection, minted)
        desk.wake()
        return Reply()

    async def confirm(self, request: Confirm) -> Confirmed:
        """Record the consent and welcome the recipient; a link used again changes nothing."""
        desk, people = self.desk, self.desk.people
        async with desk.database.writing() as connection:
            token = await people.token(connection, hash_of(desk.secret, request.token), "confirm")
            if token is None or token.person_id is None or token.organisation_id is None:
                return Confirmed(refused="unknown")
            answer = Confirmed(
                person_id=token.person_id,
                organisation_id=token.organisation_id,
                same_browser=request.browser is not None and secrets.compare_digest(request.browser, token.browser),
                again=token.used_at is not None,
            )
            if answer.again:
                return answer
            if token.expires_at <= desk.clock():
                return Confirmed(refused="expired")
            await people.lock(connection, token.person_id)
            if not await people.use_token(connection, token):
                return answer.model_copy(update={"again": True})
            await self._activate(connection, token)
        desk.wake()
        return answer

    async def _activate(self, connection: AsyncConnection, token: Token) -> None:
        people = self.desk.people
        person_id, organisation_id = token.person_id or "", token.organisation_id or ""
        wanted = subscription_id(self.desk.secret, token.address_key, organisation_id)
        asked = Asked(organisation_id, token.organisation_name or "", token.cadence or "weekly", token.language)
        await people.lift_suppression(connection, token.address_key)
        await people.note_consent(connection, person_id, organisation_id, "confirmed", token.text_version or "")
        await people.activate(connection, wanted, asked)
        recipient = await self.desk.planning.recipient(connection, wanted)
        if recipient is not None:
            await plan_welcome(self.desk, connection, recipient)

    async def change(self, request: ChangePreferences) -> Reply:
        people = self.desk.people
        async with self.desk.database.writing() as connection:
            await people.lock(connection, request.person_id)
            found = await people.subscriptions_of(connection, request.person_id, request.organisation_id)
            if not found or found[0].status != "active":
                return Reply(refused="unknown")
            await people.change(connection, found[0].id, cadence=request.cadence, language=request.language)
        return Reply()

    async def change_rhythm(self, request: ChangeRhythm) -> Reply:
        """Set hour, time zone, reminders and pause of a person; what is queued waits while they pause."""
        desk, now = self.desk, self.desk.clock()
        if (refused := refusal_of_rhythm(request, now)) is not None:
            return Reply(refused=refused)
        async with desk.database.writing() as connection:
            if await desk.people.lock(connection, request.person_id) is None:
                return Reply(refused="unknown")
            at = time.fromisoformat(request.digest_at) if request.digest_at else desk.settings.digest_at
            start = max(now, request.paused_until) if request.paused_until else now
            await desk.people.set_rhythm(
                connection,
                request.person_id,
                digest_at=request.digest_at,
                timezone=request.timezone,
                reminder_days=sorted(set(request.reminder_days), reverse=True),
                paused_until=request.paused_until,
                next_morning_at=next_morning(start, cadence="daily", timezone=request.timezone, at=at),
            )
            await desk.calling_off.look_again(connection, request.person_id)
            if request.paused_until is not None and request.paused_until > now:
                await desk.calling_off.hold(connection, request.person_id)
        return Reply()

    async def unsubscribe(self, request: Unsubscribe) -> Unsubscribed:
        """End at once what the token or the person names; what is queued goes with it, in the same transaction.

        The answer names the person and the organisation, while they are known.
        """
        desk, people = self.desk, self.desk.people
        wanted = subscription_of(desk.secret, request.token) if request.token else None
        leaving = person_leaving(desk.secret, request.token) if request.token else request.person_id
        if request.token and wanted is None and leaving is None:
            return Unsubscribed(refused="unknown")
        async with desk.database.writing() as connection:
            person_id, organisation_id = leaving, request.organisation_id
            if wanted is not None:
                row = await people.subscription(connection, wanted)
                person_id, organisation_id = (None, None) if row is None else (row.person_id, row.organisation_id)
            if person_id is None or await people.lock(connection, person_id) is None:
                return Unsubscribed()
            rows = await people.subscriptions_of(connection, person_id, request.organisation_id)
            ending = [row for row in rows if row.status != "ended" and wanted in {None, row.id}]
            await people.end(connection, [row.id for row in ending])
            for row in ending:
                await people.note_consent(connection, person_id, row.organisation_id, "withdrawn", "")
            await desk.calling_off.of_subscriptions(connection, [row.id for row in ending], "unsubscribed")
        return Unsubscribed(person_id=person_id, organisation_id=organisation_id)

    async def erase(self, request: Erase) -> Reply:
        """Forget the person; a keyed hash keeps the address from being mailed after a new import."""
        people = self.desk.people
        async with self.desk.database.writing() as connection:
            person = await people.lock(connection, request.person_id)
            if person is not None:
                rows = await people.subscriptions_of(connection, request.person_id)
                ids = [row.id for row in rows]
                await people.end(connection, ids)
                await self.desk.calling_off.of_subscriptions(connection, ids, "erased")
                await people.suppress(connection, person.address_key, "erased")
                await people.erase(connection, request.person_id)
        return Reply()
