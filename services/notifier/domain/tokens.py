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
    """The token of unsubscribe links in a mail about one subscription."""
    return _signed(secret, "unsubscribe", "u1", subscription)


def leave_token(secret: bytes, person_id: str) -> str:
    """The token of unsubscribe links in a mail about several subscriptions: it ends all of a person's."""
    return _signed(secret, "leave", "p1", person_id)


def answer_token(secret: bytes, subscription: str, opportunity_id: str) -> str:
    """The token of the links by which one says whether an opportunity is for one's organisation."""
    return _signed(secret, "answer", "a1", f"{subscription}~{opportunity_id}")


def check_in_token(secret: bytes, message_id: str) -> str:
    """The token of the links in a check-in mail."""
    return _signed(secret, "check_in", "c1", message_id)


def subscription_of(secret: bytes, token: str) -> str | None:
    """The subscription an unsubscribe token names; None when we never made it."""
    return _read(secret, "unsubscribe", "u1", token)


def person_leaving(secret: bytes, token: str) -> str | None:
    """The person whom a token of all their mail names."""
    return _read(secret, "leave", "p1", token)


def answered(secret: bytes, token: str) -> tuple[str, str] | None:
    """The subscription and the opportunity an answer is about."""
    subject = _read(secret, "answer", "a1", token)
    if subject is None:
        return None
    subscription, _, opportunity_id = subject.partition("~")
    return subscription, opportunity_id


def checked_in(secret: bytes, token: str) -> str | None:
    """The message of a check-in that is answered."""
    return _read(secret, "check_in", "c1", token)


def _signed(secret: bytes, purpose: str, mark: str, subject: str) -> str:
    return f"{mark}.{subject}.{_mac(secret, purpose, subject).hex()[:32]}"


def _read(secret: bytes, purpose: str, mark: str, token: str) -> str | None:
    found, _, rest = token.strip().partition(".")
    subject, _, _given = rest.rpartition(".")
    if found != mark or not subject:
        return None
    if not hmac.compare_digest(_signed(secret, purpose, mark, subject).encode(), token.strip().encode()):
        return None
    return subject


def envelope_sender(secret: bytes, message_id: str, returns_to: str) -> str:
    """The envelope's sender of one message (VERP): its bounce says which message it was, and cannot be forged."""
    local, _, domain = returns_to.partition("@")
    return f"{local}+{message_id}.{_mac(secret, 'bounce', message_id).hex()[:12]}@{domain}"


def message_returned(secret: bytes, address: str) -> str | None:
    """The message whose envelope sender this is; None when we never made it."""
    local = address.strip().strip("<>").rpartition("@")[0].lower()  # hosts on the way may change its case
    message_id, _, given = local.rpartition("+")[2].rpartition(".")
    if not message_id or "+" not in local:
        return None
    wanted = _mac(secret, "bounce", message_id).hex()[:12]
    return message_id if hmac.compare_digest(wanted.encode(), given.encode(errors="replace")) else None
