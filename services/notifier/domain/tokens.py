"""Tokens in links: derived from the secret, so that the database holds their hash alone.

A sign-in or confirmation token has 128 bits and belongs to one message: whoever has the secret and the message's id
can write it into the mail again. An unsubscribe token is signed, is stored nowhere, and works for ever.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

TOKEN_BYTES = 16
CODE_DIGITS = 6


def _mac(secret: bytes, purpose: str, subject: str) -> bytes:
    return hmac.new(secret, f"{purpose}\n{subject}".encode(), hashlib.sha256).digest()


def token_of_message(secret: bytes, message_id: str) -> str:
    """The secret link of one message: 128 bits, in 22 URL-safe characters."""
    return urlsafe_b64encode(_mac(secret, "link", message_id)[:TOKEN_BYTES]).decode().rstrip("=")


def code_of_message(secret: bytes, message_id: str) -> str:
    """The short code of one message, for another browser."""
    number = int.from_bytes(_mac(secret, "code", message_id)[:8], "big") % 10**CODE_DIGITS
    return f"{number:0{CODE_DIGITS}d}"


def hash_of(secret: bytes, token: str) -> str:
    """What is stored of a token or a code; worthless without the secret."""
    return _mac(secret, "stored", token).hex()


def address_key(secret: bytes, address: str) -> str:
    """What the suppression list keeps of an address: a keyed hash, the same for any spelling of its case."""
    return _mac(secret, "address", address.casefold()).hex()


def subscription_id(secret: bytes, key: str, organisation_id: str) -> str:
    """A subscription's id. The same when a forgotten person comes back, so that old unsubscribe links still work."""
    return _mac(secret, "subscription", f"{key}\n{organisation_id}").hex()[:32]


def unsubscribe_token(secret: bytes, subscription: str) -> str:
    """The token of unsubscribe links, in every mail about a subscription."""
    return f"u1.{subscription}.{_mac(secret, 'unsubscribe', subscription).hex()[:32]}"


def subscription_of(secret: bytes, token: str) -> str | None:
    """The subscription an unsubscribe token names; None when we never made it."""
    parts = token.strip().split(".")
    if len(parts) != 3 or not hmac.compare_digest(unsubscribe_token(secret, parts[1]).encode(), token.strip().encode()):
        return None
    return parts[1]


def envelope_sender(secret: bytes, message_id: str, returns_to: str) -> str:
    """The envelope's sender of one message (VERP): its bounce says which message it was, and cannot be forged."""
    local, _, domain = returns_to.partition("@")
    return f"{local}+{message_id}.{_mac(secret, 'bounce', message_id).hex()[:12]}@{domain}"
