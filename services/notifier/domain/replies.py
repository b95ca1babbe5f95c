"""What a relay's reply means for the mail, for the address and for the relay itself."""

import re
from typing import Literal

Step = Literal["connect", "mail", "rcpt", "data", "dot"]
Verdict = Literal["accepted", "retry", "address", "policy", "relay"]
"""accepted; retry: later; address: it does not exist, suppress it; policy: refused, but not for the address;
relay: it will not take our mail at all for now, leave every mail waiting."""

_ENHANCED = re.compile(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_WHO = r"(user|recipient|mailbox|address|account|destinataire|adresse|compte|domain)"
_ADDRESS_WORDS = re.compile(
    r"unknown (or illegal )?(user|recipient|mailbox|address|local)|(user|addressee) (is )?(unknown|not known)"
    r"|no such (user|recipient|mailbox|address|person|domain)|no (mailbox|user) (here )?by that name"
    r"|unrouteable address"
    rf"|{_WHO}.{{0,60}}(not exist|doesn.?t exist|unknown|not found|disabled|inactive|invalid|no longer valid"
    r"|discontinued|n.existe pas|inexistante?|inconnue?|invalide|d.sactiv.e?|ferm.e?|non recens.)"
    r"|(invalid|bad|illegal) (recipient|mailbox|user|address|final delivery userid|destination mailbox)"
    r"|not a valid (mailbox|recipient|user)|doesn.?t have an? \S{1,80} account|not listed in .{0,40}directory"
    r"|no mailbox|mailbox unavailable|recipient address rejected: (undeliverable|address)"
    r"|(utilisateur|destinataire) inconnu"
    r"|did not (exactly )?match an?|does not have a final|no matches to nameserver|MSEXCH:IMS:.{0,120} Unknown",
    re.IGNORECASE | re.DOTALL,
)
_POLICY_WORDS = re.compile(
    r"spam|polic|\bblack|block|denylist|reputation|dmarc|\bspf\b|\bdkim\b|\brelay(ing)?\b(?!=| recipient table)|denied"
    r"|not permitted|authenticat|authoriz|rejected due|virus|banned|reverse (dns|host)|client host|\bIP\b|\bptr\b"
    r"|\brbl\b|spamhaus|too many|\brate\b|greylist|\brejet",
    re.IGNORECASE,
)
# Hosts that ask our own host whether the sender exists quote its answer: the unknown user is then ours.
_SENDER_WORDS = re.compile(
    r"sender (address )?(rejected|verif|denied|refus|unknown|invalid|domain)|verification failed for"
    r"|(envelope|invalid|bad|return) sender|return address|exp.diteur|mail from (address|domain)"
    r"|unknown sender|sender.{0,20}not exist",
    re.IGNORECASE,
)
_FULL_WORDS = re.compile(
    r"quota|\bfull\b|over.?(the )?limit|insufficient (system )?storage|exceeded storage|storage allocation"
    r"|exceed.{0,20}(mailbox|storage|size)|too large|bo.te.{0,20}pleine",
    re.IGNORECASE,
)
_BUSY_WORDS = re.compile(
    r"receiving mail at a rate|rate that prevents|too (many|much)|try again|temporar", re.IGNORECASE
)
_UNTOLD = {(0, 0), (1, 0), (2, 0), (3, 0), (5, 0)}


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
    if _SENDER_WORDS.search(text):
        return "policy"
    codes = [(int(subject), int(detail)) for subject, detail in _ENHANCED.findall(text)]
    # Whoever hands a reply on puts a vague code before it; the most exact one tells.
    exact = [code for code in codes if code not in _UNTOLD]
    if not exact:
        return _judge_words(text, is_about_address=(1, 0) in codes)
    if any(subject == 7 for subject, _detail in exact):
        return "policy"
    return _judge_enhanced(*exact[0], text)


def _judge_words(text: str, *, is_about_address: bool) -> Verdict:
    if _FULL_WORDS.search(text):
        return "retry"
    names_address = _ADDRESS_WORDS.search(text) is not None
    blames_us = _POLICY_WORDS.search(text) is not None
    if is_about_address:
        # 5.1.0 is also said for a reputation block; its words tell.
        return "address" if names_address or not blames_us else "policy"
    return "address" if names_address and not blames_us else "policy"


def _judge_enhanced(subject: int, detail: int, text: str) -> Verdict:
    """RFC 3463: 1 is the address, 2 the mailbox, 4 the network, 7 policy."""
    if subject == 1 and detail in {1, 2, 3, 6, 10}:
        # The same for 5.1.1, which some relays say whatever the cause.
        return "policy" if _POLICY_WORDS.search(text) and not _ADDRESS_WORDS.search(text) else "address"
    if subject == 2:
        return "address" if detail == 1 and not _BUSY_WORDS.search(text) else "retry"
    if subject == 4:
        return "retry"
    return "policy"
