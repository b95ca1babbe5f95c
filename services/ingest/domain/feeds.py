"""Feeds: where they are, and which kind of opportunity an entry is."""

import re
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from services.ingest.domain.words import folded
from shared.events import OpportunityKind

KINDS: tuple[OpportunityKind, ...] = get_args(OpportunityKind)

# Written as `folded` leaves them. "stage" and "exchange" alone mean other things in English, and the mobility of cars
# and towns is no stay abroad.
_VEHICLES = re.compile(
    r"\b(?:urban|smart|electric|sustainable|clean|green|zero emission|automated|rural|local|road|shared) mobility\b"
    r"|\bmobilites? (?:urbaine|durable|electrique|douce|active|rurale|decarbonee|partagee|solidaire|propre|locale)s?\b"
    r"|\bmobility (?:services?|as a service|solutions?|hubs?|plans?|systems?|sector|infrastructures?)\b"
)
_MOBILITY = re.compile(
    r"\b(?:volunteer(?:s|ing)?|mobilit(?:y|ies)|traineeships?|internships?|youth exchanges?|exchange programmes?"
    r"|student exchanges?|work camps?|workcamps?|european solidarity corps"
    r"|volontaires?|volontariats?|benevolat|mobilites?|service civique|corps europeen de solidarite"
    r"|echanges? (?:de jeunes|scolaires?|interculturels?|europeens?|internationa(?:l|ux))|chantiers? de jeunes"
    r"|stages?(?= (?:en|a|au|aux|de|d|dans|professionnels?|a l etranger|remuneres?|europeens?|internationa(?:l|ux))\b)"
    r"|(?:offres?|recherche) de stages?|stagiaires?)\b"
)


@dataclass(frozen=True)
class FeedAddress:
    """One feed to read; `kind` when the office has said what its entries are."""

    url: str
    kind: OpportunityKind | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


def feeds_in(text: str) -> tuple[FeedAddress, ...]:
    """Feeds of a comma-separated list such as `https://a.example/rss, mobility=https://b.example/rss`.

    Raises ValueError with a sentence.
    """
    written = dict.fromkeys(part.strip() for part in text.split(",") if part.strip())
    found = tuple(_feed(part) for part in written)
    if len({feed.url for feed in found}) < len(found):
        raise ValueError("the same feed stands there as two kinds")
    return found


def kind_of(*said: str) -> OpportunityKind:
    """The kind that titles and categories tell of: stays abroad for the young and volunteers, else a call."""
    words = (_VEHICLES.sub("", folded(text)) for text in said)
    return "mobility" if any(_MOBILITY.search(text) for text in words) else "call"


def _feed(written: str) -> FeedAddress:
    before, mark, after = written.partition("=")
    if not mark or re.match(r"[a-z]+:", before, re.IGNORECASE):
        return FeedAddress(_checked(written))
    kind = next((kind for kind in KINDS if kind == before.strip()), None)
    if kind is None:
        raise ValueError(f"{before[:20]!r} is no kind; before = stands one of {', '.join(KINDS)}")
    return FeedAddress(_checked(after.strip()), kind)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", url):
        raise ValueError(f"{url[:60]!r} is not the address of a feed, such as https://example.org/rss")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"the address at {host} holds a name or a password: feeds are read without")
    return url
