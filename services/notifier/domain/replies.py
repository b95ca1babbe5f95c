"""What a relay's reply means for the mail, for the address and for the relay itself."""

import re
from typing import Literal

Step = Literal["connect", "mail", "rcpt", "data", "dot"]
Verdict = Literal["accepted", "retry", "address", "policy", "relay"]
"""accepted; retry: later; address: it does not exist, suppress it; policy: refused, but not for the address;
relay: it will not take our mail at all for now, leave every mail waiting."""

_ENHANCED = re.compile(r"\b5\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS_WORDS = re.compile(
    r"unknown (user|recipient|mailbox|address|local)|user unknown|no such (user|recipient|mailbox|address|person)"
    r"|(user|recipient|mailbox|address|account).{0,40}(not exist|doesn'?t exist|unknown|not found|disabled|inactive"
    r"|invalid)|invalid (recipient|mailbox|user)|not a valid (mailbox|recipient|user)|no mailbox|mailbox unavailable"
    r"|recipient address rejected: undeliverable|unrouteable address|utilisateur inconnu|destinataire inconnu",
    re.IGNORECASE,
)
_POLICY_WORDS = re.compile(
    r"spam|polic|black|block|denylist|reputation|dmarc|\bspf\b|\bdkim\b|relay|denied|not permitted|authenticat"
    r"|authoriz|rejected due|virus|banned|reverse dns|\bptr\b|\brbl\b|spamhaus|too many|rate|greylist",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(r"quota|full|over.?limit|insufficient (system )?storage|exceeded storage", re.IGNORECASE)


def judge_reply(step: Step, code: int, text: str) -> Verdict:
    """Read a reply: 4xx waits, a 5xx about the address suppresses it, any other 5xx never does."""
    if 200 <= code < 400:
        return "accepted"
    if code == 421 or step == "connect":
        return "relay"
    if 400 <= code < 500 or code < 100:
        return "retry"
    if step == "mail":
        return "relay"
    return _judge_permanent(text)


def _judge_permanent(text: str) -> Verdict:
    if enhanced := _ENHANCED.search(text):
        return _judge_enhanced(int(enhanced[1]), int(enhanced[2]), text)
    if _FULL_WORDS.search(text):
        return "retry"
    if _ADDRESS_WORDS.search(text) and not re.search(r"spam|black|block|dmarc|\bspf\b|relay", text, re.IGNORECASE):
        return "address"
    return "policy"


def _judge_enhanced(subject: int, detail: int, text: str) -> Verdict:
    """RFC 3463: 1 is the address, 2 the mailbox, 4 the network, 7 policy."""
    if subject == 1 and detail in {0, 1, 2, 3, 6, 10}:
        # Some relays say 5.1.0 or 5.1.1 for a reputation block; their words tell.
        return "policy" if _POLICY_WORDS.search(text) and not _ADDRESS_WORDS.search(text) else "address"
    if subject == 2:
        return "address" if detail == 1 else "retry"
    if subject == 4:
        return "retry"
    return "policy"
