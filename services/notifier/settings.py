"""What may be set of the mails: who signs them, where answers and bounces go, when digests leave."""

import socket
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from services.notifier.domain.addresses import parse_address
from shared.settings import Settings


class NotifierSettings(Settings):
    """The notifier's own settings."""

    mail_from: str = Field(default="veille@passerelle.example", description="address the mails come from")
    mail_from_name: str = Field(default="Passerelle", description="name beside that address")
    mail_reply_to: str = Field(default="contact@passerelle.example", description="monitored address for answers")
    mail_returns_to: str = Field(default="retours@passerelle.example", description="address bounces come back to")
    mail_signature: str = Field(
        default="La mission Europe et international du département", description="who writes, at the foot of mails"
    )
    mail_owner: str = Field(
        default_factory=socket.gethostname,
        description="name of this sender; each replica needs its own, kept at restart",
    )
    mail_connections: int = Field(default=4, ge=1, le=50, description="connections to the relay for alerts, at a time")
    mail_domain_connections: int = Field(
        default=2, ge=0, description="mails handed over at a time for one recipient domain; 0 is any number"
    )
    mail_domain_rate: int = Field(
        default=60, ge=0, description="mails a minute to one recipient domain; 0 is any number"
    )
    dkim_key_file: Path | None = Field(
        default=None, description="file with the private key that signs mails; the relay signs when unset"
    )
    dkim_selector: str | None = Field(default=None, description="name under which the public key is in the DNS")
    returns_maildir: Path | None = Field(default=None, description="Maildir folder where returned mails arrive")
    returns_imap: SecretStr | None = Field(
        default=None, description="imaps://user:password@host/FOLDER where returned mails arrive"
    )
    mail_canary: str | None = Field(
        default=None, description="address that is mailed every day and whose mail comes back to the returns"
    )
    digest_at: time = Field(default=time(7, 30), description="local time of digests")

    @field_validator("mail_from", "mail_reply_to", "mail_returns_to", "mail_canary")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        address = parse_address(value)
        if address is None or not address.isascii():
            raise ValueError("not a mail address")
        return address

    @model_validator(mode="after")
    def _signs_with_both(self) -> "NotifierSettings":
        if (self.dkim_key_file is None) != (self.dkim_selector is None):
            raise ValueError("PASSERELLE_DKIM_KEY_FILE and PASSERELLE_DKIM_SELECTOR go together")
        return self

    @field_validator("returns_imap")
    @classmethod
    def _is_a_mailbox(cls, value: SecretStr | None) -> SecretStr | None:
        """Only encrypted: its password and what people answered travel there. The message does not repeat it."""
        parts = urlsplit(value.get_secret_value()) if value is not None else None
        if parts is not None and not (parts.scheme == "imaps" and parts.hostname and parts.username and parts.password):
            raise ValueError("must be like imaps://user:password@host/INBOX")
        return value

    @field_validator("digest_at")
    @classmethod
    def _is_outside_clock_changes(cls, value: time) -> time:
        if 2 <= value.hour < 3 or value.tzinfo is not None:
            raise ValueError("digests cannot leave between 02:00 and 03:00, when clocks change; give 07:30")
        return value
