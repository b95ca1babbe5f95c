"""The machine-readable parts of a returned mail: delivery reports (RFC 3464) and feedback reports (RFC 5965)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.notifier.domain.returned_mail import Mail, addresses_in, header, parse, parts_of, text_of

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([245]\d\d)(?=[ :-])")
MAX_REPORTS = 50


@dataclass(frozen=True)
class Report:
    """What one block of a delivery report says of one recipient."""

    action: str
    status: str | None
    status_text: str
    diagnostic: str
    recipients: frozenset[str]

    @property
    def code(self) -> int:
        """The SMTP code of the diagnostic; without one, that of the status."""
        told = _CODE.search(self.diagnostic)
        if told is not None:
            return int(told[1])
        return 450 if (self.status or "5").startswith("4") else 550

    @property
    def is_vague(self) -> bool:
        """Neither status nor diagnostic gives a reason: the words for people may."""
        exact = [code for code in _STATUS.findall(f"{self.status} {self.diagnostic}") if not code.endswith(".0.0")]
        return not exact and len(self.diagnostic.partition(";")[2].strip()) < 12 and len(self.status_text) < 12


@dataclass(frozen=True)
class Reports:
    """What a returned mail says in fields. `feedback`: the type of a complaint, None when it is none."""

    deliveries: tuple[Report, ...]
    feedback: str | None
    feedback_from: str


def reports_in(mail: Mail) -> Reports:
    deliveries: list[Report] = []
    feedback, sender = None, ""
    for part in parts_of(mail):
        if part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"}:
            deliveries += [found for block in _blocks(part) if (found := _report(block)) is not None]
        elif part.get_content_type() == "message/feedback-report" and feedback is None:
            fields = next(_blocks(part), parse(b""))
            feedback, sender = header(fields, "Feedback-Type").casefold(), header(fields, "Original-Mail-From")
    return Reports(tuple(deliveries[:MAX_REPORTS]), feedback, sender)


def _blocks(part: Mail) -> Iterator[Mail]:
    """The blocks of fields; some programs send them encoded, which the parser leaves as they are."""
    payload = part.get_payload()
    encoded = header(part, "Content-Transfer-Encoding").casefold() in {"base64", "quoted-printable"}
    if isinstance(payload, list) and not encoded:
        yield from (each for each in payload[: MAX_REPORTS + 1] if isinstance(each, type(part)))
        return
    for block in re.split(r"\r?\n[ \t]*\r?\n", _decoded(part))[: MAX_REPORTS + 1]:
        yield parse(block.strip().encode(errors="replace"))


def _decoded(part: Mail) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        payload = "\n\n".join(str(each) for each in payload)
    flat = parse(b"Content-Type: text/plain")
    flat["Content-Transfer-Encoding"] = header(part, "Content-Transfer-Encoding")
    flat.set_payload(payload)
    return text_of(flat)


def _report(block: Mail) -> Report | None:
    status_field, diagnostic = header(block, "Status"), header(block, "Diagnostic-Code")
    action = re.split(r"[\s(;]", header(block, "Action").casefold(), maxsplit=1)[0]
    if not action and not status_field:
        return None  # the block about the whole mail
    status = _STATUS.search(status_field) or _STATUS.search(diagnostic)
    named = [header(block, name) for name in ("Original-Recipient", "Final-Recipient", "X-Actual-Recipient")]
    return Report(
        action="delayed" if action.startswith("delay") else action,
        status=status[1] if status else None,
        status_text=_STATUS.sub("", status_field).strip(" ()"),
        diagnostic=diagnostic,
        recipients=frozenset().union(*(addresses_in(name) for name in named)),
    )
