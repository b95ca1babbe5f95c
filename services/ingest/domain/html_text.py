"""HTML descriptions of the EU portal into plain text: outcome and scope apart, conditions and footnotes left out."""

import re
from dataclasses import dataclass
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.ingest.domain.words import clean

_BLOCKS = {
    "p",
    "li",
    "ul",
    "ol",
    "div",
    "br",
    "tr",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "dt",
    "dd",
    "hr",
}
_SILENT = {"script", "style", "head", "template", "noscript", "iframe"}
_MARK = "\ue000"  # private use: marks a heading of the source inside the flattened lines
_FOOTNOTE = re.compile(r"\[\[.*?\]\]|\[\d{1,3}\]", re.DOTALL)
DEEPEST = 1_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_OFTEN_UNCLOSED = {"p", "li", "br", "hr", "img", "tr", "td", "th", "dt", "dd", "input", "meta", "link"}
_MARKER_CLASS = "topicdescriptionkind"
_SECTIONS = (
    (re.compile(r"expected\s+(outcomes?|impacts?)", re.IGNORECASE), "expected_outcome"),
    (re.compile(r"scope|specific\s+challenge", re.IGNORECASE), "scope"),
    (
        re.compile(r"(general\s+|topic\s+|specific\s+)?conditions|eligib|admissib|support\s+info", re.IGNORECASE),
        "conditions",
    ),
    (re.compile(r"objectives?|background|description|null", re.IGNORECASE), "text"),
)
_PLAIN_HEADING = re.compile(
    r"(expected (outcomes?|impacts?)|scope|objectives?|specific challenge|(general )?conditions)\s*:?", re.IGNORECASE
)


@dataclass(frozen=True)
class Description:
    """A description in its parts, as plain text."""

    text: str = ""
    expected_outcome: str = ""
    scope: str = ""


def describe(html: str) -> Description:
    """Split a description at its headings. What stands under conditions is dropped: it is the same for all topics."""
    parts: dict[str, list[str]] = {"text": [], "expected_outcome": [], "scope": [], "conditions": []}
    section = "text"
    for line in _FOOTNOTE.sub("", _flatten(html)).split("\n"):
        heading = _heading(line)
        if heading is not None:
            section = heading
        elif line.strip() and line.strip().lower() != "null":
            parts[section].append(line.replace(_MARK, ""))
    return Description(*(clean("\n".join(parts[name])) for name in ("text", "expected_outcome", "scope")))


def plain_text(html: str) -> str:
    """Any HTML as plain text, a line for each block."""
    return clean(_FOOTNOTE.sub("", _flatten(html)).replace(_MARK, ""))


def _heading(line: str) -> str | None:
    """The section a line opens, None when it is ordinary text."""
    stripped = line.strip()
    if stripped.startswith(_MARK):
        name = stripped.strip(_MARK + " ")
        return next((section for pattern, section in _SECTIONS if pattern.match(name)), "text")
    if _PLAIN_HEADING.fullmatch(stripped):
        return next(section for pattern, section in _SECTIONS if pattern.match(stripped))
    return None


def too_deep(html: str) -> bool:
    """Whether elements nest absurdly: the parser's time grows with the square of the depth."""
    depth = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _OFTEN_UNCLOSED:
            depth += -1 if closing and depth else 1
        if depth > DEEPEST:
            return True
    return False


def _flatten(html: str) -> str:
    """The text with a line break at each block."""
    if too_deep(html):
        return unescape(_ANY_TAG.sub("\n", html))
    root = LexborHTMLParser(html.replace(_MARK, "")).root
    if root is None:
        return ""
    pieces: list[str] = []
    for node in root.traverse(include_text=True):
        if node.tag == "-text":
            if not _is_silent(node):
                pieces.append(_text_after_block(node))
        elif node.tag in _BLOCKS:
            pieces.append("\n" + (_MARK if _MARKER_CLASS in (node.attributes.get("class") or "") else ""))
    return "".join(pieces).replace("\xa0", " ")


def _text_after_block(node: LexborNode) -> str:
    text = (node.text(deep=False) or "").replace("\n", " ")
    previous = node.prev
    return "\n" + text if previous is not None and previous.tag in _BLOCKS else text


def _is_silent(node: LexborNode) -> bool:
    parent = node.parent
    if parent is None:
        return False
    is_footnote = parent.tag in ("sup", "a") and "footnote" in (parent.attributes.get("class") or "").lower()
    return parent.tag in _SILENT or is_footnote
