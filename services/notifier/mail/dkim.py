"""DKIM signatures by us, where the relay makes none."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import dkim

SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"list-id", b"list-unsubscribe",
    b"list-unsubscribe-post", b"mime-version", b"content-type", b"feedback-id", b"auto-submitted",
)  # fmt: skip


class BadKey(ValueError):
    """The file named holds no private key that can sign."""


@dataclass(frozen=True)
class Signer:
    """Signs for the domain of the sender's address; one who has the same key and mail makes the same bytes."""

    domain: str
    selector: str
    key: bytes

    @classmethod
    def of(cls, path: Path, *, selector: str, domain: str) -> "Signer":
        """Read the key, and sign once with it. Raises BadKey."""
        try:
            signer = cls(domain, selector, path.read_bytes())
            signer.signed(f"From: x@{domain}\r\n\r\nx\r\n".encode())
        except (OSError, ValueError, dkim.DKIMException) as error:
            raise BadKey(f"PASSERELLE_DKIM_KEY_FILE: {path} cannot be used ({type(error).__name__})") from error
        return signer

    async def sign(self, content: bytes) -> bytes:
        """The mail with its signature as the first header; in a thread, since it takes some milliseconds."""
        return await asyncio.to_thread(self.signed, content)

    def signed(self, content: bytes) -> bytes:
        head = content.partition(b"\r\n\r\n")[0]
        there = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")}
        header: bytes = dkim.sign(
            content,
            self.selector.encode(),
            self.domain.encode(),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[name for name in SIGNED if name in there],
        )
        return header + content
