"""A written mail as the bytes that go on the wire, with its headers."""

import re
from binascii import b2a_qp
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from services.notifier.domain.headers import one_line
from services.notifier.domain.kinds import MailKind
from services.notifier.mail.texts import Written

# The default policy folds a long List-Unsubscribe into an encoded word, which no mailbox provider reads.
_TRAILING = re.compile(r"[ \t]+(?=\n|\Z)")
WIRE = SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Head:
    """All of the head that does not come from the templates."""

    message_id: str
    kind: MailKind
    to: str
    from_name: str
    from_address: str
    reply_to: str
    planned_at: datetime
    language: str
    one_click_link: str | None = None

    @property
    def domain(self) -> str:
        return self.from_address.partition("@")[2]


def compose(head: Head, written: Written) -> bytes:
    """The same bytes for the same input: stable Message-ID, Date and part boundary.

    Put together here because the library takes longer to encode two texts than all else takes to write them.
    """
    boundary = f"=_{head.message_id}"
    lines = [
        _ours("From", head.from_name, head.from_address),
        _folded("To", Address(addr_spec=head.to)),
        _ours("Reply-To", "", head.reply_to),
        _folded("Subject", written.subject),
        *(_plain(name, value) for name, value in _own_headers(head)),
        _plain("MIME-Version", "1.0"),
        _plain("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
        _plain("Content-Language", head.language),
    ]
    parts = (_part("plain", written.text), _part("html", written.html))
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return f"{''.join(lines)}\r\n{body}--{boundary}--\r\n".encode("ascii")


def _own_headers(head: Head) -> Iterator[tuple[str, str]]:
    yield "Date", format_datetime(head.planned_at)
    yield "Message-ID", f"<{head.message_id}@{head.domain}>"
    yield "Auto-Submitted", "auto-generated"
    yield "Feedback-ID", f"{head.kind}:passerelle:{head.domain}"
    if head.one_click_link is not None:
        yield "List-Id", f"Passerelle <veille.{head.domain}>"
        yield "List-Unsubscribe", f"<{head.one_click_link}>"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"


def _folded(name: str, value: Address | str) -> str:
    """A header with words from outside, encoded where they are not plain ASCII. Raises ValueError on a line break."""
    return str(WIRE.fold(*WIRE.header_store_parse(name, value)))


@lru_cache(maxsize=16)
def _ours(name: str, display: str, address: str) -> str:
    return _folded(name, Address(one_line(display), addr_spec=address))


def _plain(name: str, value: str) -> str:
    """A header of ours. Raises ValueError on a line break."""
    if "\r" in value or "\n" in value:
        raise ValueError(f"a line break in {name}")
    return f"{name}: {value}\r\n"


def _part(subtype: str, text: str) -> str:
    # Without spaces at the end of lines, which the encoder would push beyond the 76 characters of a line.
    lines = _TRAILING.sub("", text.replace("\r\n", "\n"))
    encoded = b2a_qp(lines.encode("utf-8"), istext=True).decode("ascii").replace("\n", "\r\n")
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n'
    return f"{head}\r\n{encoded}"
