"""A written mail as the bytes that go on the wire, with its headers."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notifier.domain.headers import one_line
from services.notifier.domain.kinds import MailKind
from services.notifier.mail.texts import Written

# The default policy folds a long List-Unsubscribe into an encoded word, which no mailbox provider reads.
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
    """The same bytes for the same input: stable Message-ID, Date and part boundary."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(head.from_name), addr_spec=head.from_address)
    message["To"] = Address(addr_spec=head.to)
    message["Reply-To"] = Address(addr_spec=head.reply_to)
    message["Subject"] = written.subject
    message["Date"] = format_datetime(head.planned_at)
    message["Message-ID"] = f"<{head.message_id}@{head.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Feedback-ID"] = f"{head.kind}:passerelle:{head.domain}"
    if head.one_click_link is not None:
        message["List-Id"] = f"Passerelle <veille.{head.domain}>"
        message["List-Unsubscribe"] = f"<{head.one_click_link}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(written.text, subtype="plain", cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = head.language  # set last: turning multipart moves Content-* into the text part
    message.set_boundary(f"=_{head.message_id}")
    return message.as_bytes(policy=WIRE)
