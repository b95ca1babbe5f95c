"""A returned mail taken apart without trust: its parts, its headers, the addresses in them.

The parser's `compat32` policy is meant: it reads a header when asked and never raises, where the newer one trips over
malformed ones, and what comes to this address is written by anybody.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message

MAX_BYTES = 600_000
MAX_TEXT = 20_000
MAX_PARTS = 40
MAX_DEPTH = 6
_TAG = re.compile(r"<[^<>]{0,1000}>")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,128}@[\w.-]{1,190}\w")
# Where programs begin to quote what they send back: nothing below is theirs.
_QUOTED = re.compile(
    r"(?im)^[ >*|-]{0,90}((below this line|this|below|attach\w*) is (a )?copy|copy of the original|original message\b"
    r"|the original message|returned mail follows|(unsent|returned) message|start of returned|(message header|rfc822)"
    r"|received: (from|by) |a summary of the undelivered message)"
)

Mail = Message


def parse(content: bytes) -> Mail:
    """Never more than MAX_BYTES are looked at; a report says what it has to say at its beginning."""
    return message_from_bytes(content[:MAX_BYTES], policy=policy.compat32)


def parts_of(mail: Mail, depth: int = 0) -> Iterator[Mail]:
    """The parts that the reporter wrote: a mail inside a mail is named, not entered, and nesting ends somewhere."""
    yield mail
    inner = mail.get_payload()
    if depth >= MAX_DEPTH or not isinstance(inner, list) or mail.get_content_maintype() != "multipart":
        return
    for part in inner[:MAX_PARTS]:
        if isinstance(part, Message):
            yield from parts_of(part, depth + 1)


def header(mail: Mail, name: str) -> str:
    """A header on one line, decoded as far as it can be; empty when there is none."""
    raw = str(mail.get(name) or "")[:2000]
    try:
        return " ".join(str(make_header(decode_header(raw))).split())
    except (ValueError, LookupError):
        return " ".join(raw.split())


def headers(mail: Mail, *names: str) -> Iterator[str]:
    """Every value of some headers, as they are."""
    for name in names:
        for value in (mail.get_all(name) or [])[:20]:
            yield str(value)[:2000]


def text_of(part: Mail) -> str:
    """The words of a part, whatever it says of its charset."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        text = payload[: MAX_TEXT * 4].decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        text = payload[: MAX_TEXT * 4].decode("latin-1")
    return _TAG.sub(_addresses_only, text) if part.get_content_subtype() == "html" else text


def _addresses_only(tag: "re.Match[str]") -> str:
    return tag[0] if "@" in tag[0] and " " not in tag[0] else " "


def own_words(mail: Mail) -> str:
    """What the reporter says in plain words, before it quotes what it sends back."""
    texts = [text_of(part) for part in parts_of(mail) if part.get_content_maintype() == "text"]
    for text in texts:
        said = _QUOTED.split(text, maxsplit=1)[0]
        if said.strip():
            return said[:MAX_TEXT]
    return ""


def addresses_in(text: str) -> set[str]:
    return {found.casefold() for found in _ADDRESS.findall(text[:MAX_TEXT])}


def mask_addresses(text: str) -> str:
    """The text with each address as `c•••••@commune.example`."""
    return _ADDRESS.sub(lambda found: f"{found[0][:1]}•••••@{found[0].rpartition('@')[2]}", text)


def inner_heads(mail: Mail) -> Iterator[Mail]:
    """The heads of the mail that is sent back: attached whole, by its headers, or quoted in the text."""
    for part in parts_of(mail):
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                yield inner[0]
        elif part.get_content_type() == "text/rfc822-headers":
            yield parse(text_of(part).encode(errors="replace"))
    for part in parts_of(mail):
        if part.get_content_type() == "text/plain" and (quoted := _QUOTED.search(text_of(part))):
            below = text_of(part)[quoted.start() :].lstrip(" >*-\r\n")
            yield parse(re.sub(r"\A(?![\w-]+:).*\r?\n\s*", "", below).encode(errors="replace"))
