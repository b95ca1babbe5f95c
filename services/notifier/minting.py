"""Tokens made for a mail to come: the mail carries the link, the table its hash."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifier.desk import Desk
from services.notifier.domain.kinds import MailKind
from services.notifier.domain.tokens import code_of_message, hash_of, token_of_message
from services.notifier.store.people import Asked, Token


@dataclass(frozen=True)
class Minted:
    """A token, and the message that is to carry it."""

    message_id: str
    kind: MailKind
    token: Token


def code_hash_of(secret: bytes, token_hash: str, code: str) -> str:
    """What is stored of a short code; typed spaces do not count."""
    return hash_of(secret, f"{token_hash}{''.join(code.split())}")


def mint(
    desk: Desk,
    *,
    purpose: MailKind,
    key: str,
    person_id: str | None,
    browser: str,
    language: str,
    lasts: timedelta,
    asked: Asked | None = None,
    text_version: str | None = None,
) -> Minted:
    """Make a token. For nobody (`person_id` None) it is one that nothing matches, so that both cost the same."""
    message_id, now = uuid4().hex, desk.clock()
    token_hash = hash_of(desk.secret, token_of_message(desk.secret, message_id))
    code = code_of_message(desk.secret, message_id) if person_id else secrets.token_hex(8)
    token = Token(
        token_hash=token_hash,
        purpose=purpose,
        address_key=key,
        person_id=person_id,
        organisation_id=asked.organisation_id if asked else None,
        organisation_name=asked.organisation_name if asked else None,
        cadence=asked.cadence if asked else None,
        language=language,
        text_version=text_version,
        browser=browser,
        code_hash=code_hash_of(desk.secret, token_hash, code),
        tries=0,
        created_at=now,
        expires_at=now + lasts,
    )
    return Minted(message_id, purpose, token)


async def send_minted(desk: Desk, connection: AsyncConnection, minted: Minted) -> None:
    """Keep the token and queue its mail; nobody gets none."""
    token = minted.token
    await desk.people.save_token(connection, token)
    if token.person_id is not None:
        await desk.planning.plan_message(
            connection,
            kind=minted.kind,
            person_id=token.person_id,
            language=token.language,
            message_id=minted.message_id,
            expires_at=token.expires_at,
        )
