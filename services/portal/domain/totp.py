"""The second factor: time-based codes used once, and recovery codes."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

import pyotp

STEP_S = 30
RECOVERY_CODES = 10


@dataclass(frozen=True)
class StaffEnrolment:
    """What a new member of staff is given, once."""

    otpauth_uri: str
    recovery_codes: tuple[str, ...]


def new_enrolment(issuer: str) -> tuple[str, StaffEnrolment]:
    """A fresh secret and what its owner is shown. The URI bears no address: people are known by an id here."""
    secret = pyotp.random_base32()
    uri = pyotp.TOTP(secret).provisioning_uri(name="Passerelle", issuer_name=issuer)
    codes = tuple(f"{secrets.token_hex(3)}-{secrets.token_hex(3)}" for _ in range(RECOVERY_CODES))
    return secret, StaffEnrolment(str(uri), codes)


def step_of(secret: str, code: str, at_s: float) -> int | None:
    """The 30 s step a code belongs to, one step of drift either way; None when it is not a code of now."""
    current = int(at_s // STEP_S)
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(pyotp.TOTP(secret).at(step * STEP_S), code):
            return step
    return None


def recovery_hash(code: str) -> str:
    """How a recovery code is stored; spaces, dashes and case do not count."""
    bare = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(bare.encode()).hexdigest()
