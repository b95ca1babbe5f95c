"""The answers of the network's profile service: XML, read into plain trees of texts."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from services.ingest.sources.bounded import SourceFailed

# The text of an element, its children by name, or a list when a name comes more than once.
Tree = str | dict[str, object]
DEEPEST = 12
DEEPEST_READ = 100


def profiles_in(body: bytes) -> tuple[object, ...]:
    """The profiles of one answer, as trees. Raises SourceFailed with a sentence."""
    try:
        root = _root(body)
    except DefusedXmlException as error:
        raise SourceFailed("The source's XML declares entities of its own: it is not read.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise SourceFailed("The source's answer is broken XML.") from error
    pod = next((element for element in (root, *root) if _name(element) == "pod"), None)
    if pod is None:
        raise SourceFailed(f"The source's answer is XML of another shape: {_name(root)[:40]} instead of pod.")
    strange = next((child for child in pod if _name(child) != "profile"), None)
    if strange is not None:
        raise SourceFailed(f"The source's answer holds {_name(strange)[:40]} instead of profiles.")
    return tuple(_tree(profile, DEEPEST) for profile in pod)


def _root(body: bytes) -> Element:
    """The tree of a document, unless it nests absurdly. Raises ParseError, DefusedXmlException, SourceFailed."""
    parser = defusedxml.ElementTree.DefusedXMLParser()
    parser.feed(body)
    root: Element = parser.close()
    depth, level = 1, list(root)
    while level:
        depth, level = depth + 1, [child for element in level for child in element]
        if depth > DEEPEST_READ:
            raise SourceFailed("The source's XML nests absurdly deep: it is not read.")
    return root


def _tree(element: Element, levels: int) -> Tree:
    """An element as its text, or as its children; what lies deeper than `levels` is left out."""
    if not len(element) or levels == 0:
        return (element.text or "").strip()
    made: dict[str, object] = {}
    for name, child in _children(element):
        value = _tree(child, levels - 1)
        known = made.get(name)
        made[name] = value if name not in made else [*known, value] if isinstance(known, list) else [known, value]
    return made


def _children(element: Element) -> Iterator[tuple[str, Element]]:
    return ((_name(child), child) for child in element)


def _name(element: Element) -> str:
    """The name without its namespace: the service has changed it with each of its versions."""
    return str(element.tag).rpartition("}")[2].lower()
