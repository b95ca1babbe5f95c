"""Sign-in by a link that works in the requester's browser alone, or by a short code typed there."""

import secrets
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.domain.addresses import parse_address
from services.notifier.domain.kinds import MAX_CODE_TRIES, MAX_SIGN_INS_A_DAY, SIGN_IN_LASTS
from services.notifier.domain.tokens import address_key, hash_of
from services.notifier.minting import code_hash_of, mint, send_minted
from services.notifier.store.people import Token
from shared.requests import Reply, SendSignInLink, SignedIn, SignIn


@dataclass(frozen=True)
class SignInCommands:
    """One method a command."""

    desk: Desk

    async def send_sign_in_link(self, request: SendSignInLink) -> Reply:
        """A link and a code for who may sign in; for others the same row and the same time, and no mail."""
        address = parse_address(request.email)
        if address is None:
            return Reply(refused="invalid_email")
        desk, people = self.desk, self.desk.people
        key = address_key(desk.secret, address)
        async with desk.database.writing() as connection:
            if await people.tokens_today(connection, key, "sign_in") >= MAX_SIGN_INS_A_DAY:
                return Reply()
            person_id = await people.find(connection, address)
            may = person_id is not None and await people.may_sign_in(connection, person_id)
            known = person_id if may else None
            minted = mint(
                desk,
                purpose="sign_in",
                key=key,
                person_id=known,
                browser=request.browser,
                language=request.language,
                lasts=SIGN_IN_LASTS,
            )
            await send_minted(desk, connection, minted)
        desk.wake()
        return Reply()

    async def sign_in(self, request: SignIn) -> SignedIn:
        """Spend the link in the requester's browser, or the code typed there."""
        desk, people = self.desk, self.desk.people
        async with desk.database.writing() as connection:
            if request.token:
                token = await people.token(connection, hash_of(desk.secret, request.token), "sign_in")
            else:
                token = await people.latest_sign_in_of(connection, request.browser)
            if token is None:
                return SignedIn(refused="unknown")
            if token.used_at is not None:
                return SignedIn(refused="used")
            if token.expires_at <= desk.clock():
                return SignedIn(refused="expired")
            if request.token and not secrets.compare_digest(token.browser, request.browser):
                return SignedIn(refused="other_browser")
            if not request.token and (refused := await self._try_code(connection, token, request.code or "")):
                return SignedIn(refused=refused)
            if token.person_id is None or not await people.use_token(connection, token):
                return SignedIn(refused="used")
            return SignedIn(person_id=token.person_id)

    async def _try_code(self, connection: AsyncConnection, token: Token, code: str) -> str | None:
        if token.tries >= MAX_CODE_TRIES:
            return "too_many_tries"
        typed = code_hash_of(self.desk.secret, token.token_hash, code)
        if token.code_hash is not None and secrets.compare_digest(typed, token.code_hash):
            return None
        await self.desk.people.count_try(connection, token)
        return "too_many_tries" if token.tries + 1 >= MAX_CODE_TRIES else "unknown"
