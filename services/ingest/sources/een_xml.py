"""The XML of Enterprise Europe Network profiles, cut into one flat record each: pure, whatever its namespaces."""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

Record = Mapping[str, list[str]]

ROOTS = ("pod", "profiles", "ArrayOfprofile", "ArrayOfProfile", "ArrayOfprofileType", "GetProfilesResult")
DEEPEST = 12
UNREADABLE = "unreadable"


class NotProfiles(ValueError):
    """A document that holds no list of profiles. The text is a sentence."""


def records_of(xml: bytes) -> tuple[Record, ...]:
    """Each profile as its texts by path, such as `content/title`. Raises NotProfiles.

    What stands among the profiles and is none becomes a record too, to be refused aloud.
    """
    try:
        root: Element = fromstring(xml, forbid_dtd=True)
    except DefusedXmlException as error:
        raise NotProfiles("The source's XML declares a document type or entities, which are not read.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise NotProfiles("The source's answer is not XML that can be read.") from error
    while len(root) == 1 and _name(root) != "profile" and _name(root[0]) in ROOTS:
        root = root[0]
    members = list(root)
    is_empty = _name(root) in ROOTS and not members and not (root.text or "").strip()
    if not is_empty and not any(_name(member) == "profile" for member in members):
        raise NotProfiles("The source's answer is XML of another shape than a list of profiles.")
    return tuple(_flat(member) for member in members)


def _flat(profile: Element) -> Record:
    if _name(profile) != "profile":
        return {UNREADABLE: [f"{_name(profile)[:60]!r} stands among the profiles and is none"]}
    texts: dict[str, list[str]] = {}
    for path, text in _leaves(profile):
        if path.count("/") >= DEEPEST:
            return texts | {UNREADABLE: [f"elements lie more than {DEEPEST} deep"]}
        texts.setdefault(path, []).append(text)
    return texts


def _leaves(profile: Element) -> Iterator[tuple[str, str]]:
    """Every text with its path, in the order of the document; without recursion, since depth is the sender's."""
    waiting = [(child, _name(child)) for child in reversed(profile)]
    while waiting:
        element, path = waiting.pop()
        if (element.text or "").strip():
            # Markup inside a text is read through; elements without text of their own are only its shape.
            yield path, "".join(element.itertext()).strip()
        elif path.count("/") >= DEEPEST:
            yield path, ""
            return
        waiting += [(child, f"{path}/{_name(child)}") for child in reversed(element)]


def _name(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rsplit("}", 1)[-1]
