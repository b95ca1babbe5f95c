"""What a mail that comes back means: refused for good, not delivered for another reason, a complaint, or nothing.

Read are delivery reports (RFC 3464), complaints (RFC 5965), and by the library flufl.bounce the plain replies of older
programs. A mail is `bounced` only when its reporter blames the address; a full mailbox, a filter or a policy never do.
"""

import logging
import re
from dataclasses import dataclass
from typing import Literal

from flufl.bounce import all_failures

from services.notifier.domain.headers import one_line
from services.notifier.domain.replies import judge_reply
from services.notifier.domain.reports import Report, reports_in
from services.notifier.domain.returned_mail import (
    Mail,
    addresses_in,
    header,
    headers,
    inner_heads,
    mask_addresses,
    own_words,
    parse,
)
from services.notifier.domain.tokens import message_returned

ReturnKind = Literal["bounced", "delayed", "complaint", "none", "unreadable"]
MAX_DETAIL = 300
COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list", "complaint"}
ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Resent-To", "Cc")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)[ :-]+(?:#?[45]\.\d{1,3}\.\d{1,3}|[^\s\d])")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_AUTOMATIC = re.compile(
    r"out of (the )?office|automatic reply|auto.?(reply|response|respond)|vacation|on leave|absence|absent|cong[ée]s"
    r"|r[ée]ponse automatique|abwesen|fuera de|mailinblack|captcha|challenge"
    r"|confirm(ez|er)? (your|votre) (message|envoi)|authentifi",
    re.IGNORECASE,
)
_REPORTER = re.compile(r"mailer-?daemon|postmaster|mail delivery|delivery (sub)?system|smtp.?mail|system administrator"
                       r"|mdaemon|imss@|<>|bounce|ndr@|mail.?gateway|antivirus", re.IGNORECASE)  # fmt: skip
_REPORTS = re.compile(
    r"undeliver|deliver(y|ed)|non.?remis|returned|failure|failed|n.?a pas pu|could not be|rejected|warning|notification"
    r"|non recens|mail error|unzustellbar|processing error",
    re.IGNORECASE,
)
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it would print what it meets


@dataclass(frozen=True)
class Returned:
    """A returned mail as read. `recipients`: for whom it failed, as far as it says; `detail` has no address in it.

    `message_id` is proven by a signed token; `claimed_id` is only what the mail inside says of itself.
    """

    kind: ReturnKind
    status: str | None = None
    detail: str = ""
    recipients: frozenset[str] = frozenset()
    message_id: str | None = None
    claimed_id: str | None = None
    own_id: str = ""


def read_return(content: bytes, *, secret: bytes, returns_to: str, mail_from: str) -> Returned:
    """Read the bytes of a returned mail. Never raises, whatever they are."""
    try:
        mail = parse(content)
        token, claimed = _message_of(mail, secret, returns_to, mail_from)
        read = _judge(mail)
        return Returned(**{**read.__dict__, "message_id": token, "claimed_id": claimed, "own_id": _own_id(mail)})
    except Exception as error:  # the parser and the detectors have no bottom that anybody knows
        return Returned("unreadable", detail=type(error).__name__)


def seen_of(content: bytes, *, mail_from: str, canary: str) -> str | None:
    """The id of our own mail when this is one that reached the canary's address; None for any other mail."""
    try:
        mail = parse(content)
        found = _our_id(header(mail, "Message-ID"), mail_from)
        return found if canary.casefold() in addresses_in(header(mail, "To")) else None
    except Exception:
        return None


def _judge(mail: Mail) -> Returned:
    reports = reports_in(mail)
    if reports.feedback is not None:
        kind: ReturnKind = "complaint" if reports.feedback in COMPLAINTS else "none"
        return Returned(kind, None, f"feedback-type: {_shown(reports.feedback)}")
    if reports.deliveries:
        return _worst([_of_report(report, mail) for report in reports.deliveries])
    if _is_automatic(mail):
        return Returned("none", detail="automatic reply")
    return _plain(mail)


def _worst(found: list[Returned]) -> Returned:
    """Our mails have one recipient; of several, what is said of the address counts first."""
    order: dict[ReturnKind, int] = {"bounced": 0, "delayed": 1}
    return min(found, key=lambda one: order.get(one.kind, 2))


def _of_report(report: Report, mail: Mail) -> Returned:
    if report.action in {"delivered", "relayed", "expanded"}:
        return Returned("none", report.status, _shown(report.diagnostic))
    said = report.diagnostic or report.status_text
    words = f"{said} {own_words(mail)[:3000]}" if report.is_vague else said
    detail = _shown(said or own_words(mail))
    if report.action == "delayed" or (report.status or "").startswith("4"):
        return Returned("delayed", report.status, detail, report.recipients)
    gone = judge_reply("rcpt", report.code, f"{report.status or ''} {words}") == "address"
    return Returned("bounced" if gone else "delayed", report.status, detail, report.recipients)


def _plain(mail: Mail) -> Returned:
    """A reply in words alone: only from what calls itself a mail system, and says that something failed."""
    by_system = any(_REPORTER.search(value) for value in (*headers(mail, "From", "Return-Path", "Sender"), ""))
    if not by_system and not _REPORTS.search(header(mail, "Subject")) and not header(mail, "X-Failed-Recipients"):
        return Returned("none")
    waiting, failed = all_failures(mail)
    named = frozenset(address.decode("ascii", "replace").casefold() for address in (*failed, *waiting))
    said = own_words(mail)
    status = _STATUS.search(said)
    fields = (status[1] if status else None, _shown(_reason_in(said)), named)
    if not failed and not (by_system and _reports_failure(mail, said)):
        return Returned("delayed" if waiting else "none", *fields)
    gone = bool(failed or status or _REPLY.search(said)) and _blames_address(said)
    return Returned("bounced" if gone else "delayed", *fields)


def _reports_failure(mail: Mail, said: str) -> bool:
    return _REPORTS.search(header(mail, "Subject")) is not None or _REPORTS.search(said) is not None


def _blames_address(said: str) -> bool:
    """A reply with a code in it is read from that code on; words alone, without what says how to complain."""
    coded = _REPLY.search(said)
    if coded is not None:
        return judge_reply("rcpt", int(coded[1]), said[coded.start() + 3 : coded.start() + 1000]) == "address"
    return judge_reply("rcpt", 550, said[:3000]) == "address"


def _reason_in(said: str) -> str:
    coded = _REPLY.search(said)
    return said[coded.start() :] if coded else said


def _is_automatic(mail: Mail) -> bool:
    """Somebody is away, or wants a proof that we are human. Exim's reports say `auto-replied` too."""
    if header(mail, "X-Failed-Recipients"):
        return False
    if header(mail, "X-Autoreply") or header(mail, "X-Autorespond") or header(mail, "X-Mailinblack"):
        return True
    subject, marked = header(mail, "Subject"), header(mail, "Auto-Submitted").casefold()
    by_system = any(_REPORTER.search(value) for value in headers(mail, "From"))
    if _AUTOMATIC.search(subject) and not by_system:
        return True
    return marked.startswith("auto-replied") and not by_system


def _message_of(mail: Mail, secret: bytes, returns_to: str, mail_from: str) -> tuple[str | None, str | None]:
    """Which of our mails came back: by a signed token; failing any, by what the mail inside says of itself.

    An address in our form whose signature is wrong is a forgery: nothing else in that mail is believed.
    """
    inner = list(inner_heads(mail))
    places = [*headers(mail, *ADDRESSED), *(value for head in inner for value in headers(head, "Return-Path"))]
    places.append(reports_in(mail).feedback_from)
    local, _, domain = returns_to.casefold().partition("@")
    ours = [one for place in places for one in sorted(addresses_in(place)) if _is_of(one, local, domain)]
    for address in ours:
        if (found := message_returned(secret, address)) is not None:
            return found, None
    if ours:
        return None, None
    claimed = (_our_id(header(head, "Message-ID"), mail_from) for head in inner)
    return None, next((found for found in claimed if found is not None), None)


def _is_of(address: str, local: str, domain: str) -> bool:
    return address.startswith(f"{local}+") and address.endswith(f"@{domain}")


def _our_id(message_id: str, mail_from: str) -> str | None:
    left, _, domain = message_id.strip().strip("<>").rpartition("@")
    return left if domain.casefold() == mail_from.partition("@")[2].casefold() and left.isalnum() else None


def _own_id(mail: Mail) -> str:
    return header(mail, "Message-ID")[:500]


def _shown(text: str) -> str:
    return one_line(mask_addresses(text[:4000]))[:MAX_DETAIL]
