"""Whether a body is XML that may be read: its letters, its depth, no entities, and a feed at its root."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from services.ingest.sources.bounded import SourceFailed

MAX_BYTES = 5_000_000
DEEPEST = 200
MOST_ELEMENTS = 50_000
MOST_BESIDE = 2_000
MOST_ATTRIBUTES = 100
_ROOTS = ("rss", "feed", "RDF")
_DECLARED = re.compile(r"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,400}\?>")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class NotAFeed(Exception):
    """The root is another one, or elements nest absurdly."""


@dataclass
class _Look:
    """Sees the elements go by and keeps only how many there are, at each depth: a library's time grows with them."""

    seen: int = 0
    inside: list[int] = field(default_factory=list)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self.inside and tag.rsplit("}", 1)[-1] not in _ROOTS:
            raise NotAFeed("The source answered XML that is no RSS or Atom feed.")
        self.seen += 1
        if self.inside:
            self.inside[-1] += 1
        if (
            self.seen > MOST_ELEMENTS
            or len(attributes) > MOST_ATTRIBUTES
            or (self.inside and self.inside[-1] > MOST_BESIDE)
        ):
            raise NotAFeed("The feed has more elements than any feed needs.")
        self.inside.append(0)
        if len(self.inside) > DEEPEST:
            raise NotAFeed(f"The feed nests more than {DEEPEST} elements.")

    def end(self, _: str) -> None:
        self.inside.pop()

    def close(self) -> None:
        """Nothing was built."""


def as_utf8(body: bytes, charset: str | None) -> bytes:
    """The body as UTF-8 without declaration. Raises SourceFailed when its letters cannot be told."""
    if not body.strip():
        raise SourceFailed("The source answered an empty body instead of a feed.")
    if len(body) > MAX_BYTES:
        raise SourceFailed(f"The feed is over {MAX_BYTES // 1_000_000} MB.")
    for name in _encodings(body, charset):
        try:
            text = body.decode(name)
            return _DECLARATION.sub("", text).lstrip().encode()
        except (UnicodeError, LookupError):
            continue
    raise SourceFailed("The feed is not in the charset it says, nor in UTF-8.")


def _encodings(body: bytes, charset: str | None) -> tuple[str, ...]:
    """Which charsets to try: a mark, then what the document says, which travels with it, then what the server says."""
    if marked := next((name for mark, name in _MARKS if body.startswith(mark)), None):
        return (marked,)
    declared = _DECLARED.match(body[:400].decode("ascii", "replace"))
    return tuple(name for name in (declared[1] if declared else None, charset, "utf-8") if name)


def check_xml(body: bytes) -> None:
    """Raises SourceFailed for what is no feed, is broken, or defines entities."""
    parser = DefusedXMLParser(target=_Look(), forbid_entities=True, forbid_external=True)
    try:
        parser.feed(body)
        parser.close()
    except NotAFeed as error:
        raise SourceFailed(str(error)) from error
    except DefusedXmlException as error:
        raise SourceFailed("The feed defines entities: it is not read.") from error
    except ParseError as error:
        raise SourceFailed(f"The feed's XML is broken at line {error.position[0]}.") from error
    except (ValueError, LookupError, RecursionError) as error:
        raise SourceFailed("The feed's XML is broken.") from error
