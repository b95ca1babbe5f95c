"""What the templates of each kind of mail are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from shared.requests import Cadence, CheckInAnswer

if TYPE_CHECKING:
    from services.notifier.mail.cards import Card

SectionName = Literal["news", "reminders", "closed", "welcome", "also_open"]


@dataclass(frozen=True)
class LoginContent:
    """A confirmation (`organisation`, `cadence`) or a sign-in (`code`)."""

    public_url: str
    signature: str
    link: str
    organisation: str = ""
    cadence: str = ""
    code: str = ""
    ends_at: str = ""


@dataclass(frozen=True)
class Ways:
    """How one settles or stops these mails. `organisations`: those they are about, listed; empty when all."""

    organisations: str
    cadence: Cadence | None
    manage_link: str
    unsubscribe_link: str
    leaves_all: bool


@dataclass(frozen=True)
class Section:
    """Some of the cards of a digest, under one heading."""

    name: SectionName
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class NewsContent:
    """Any mail about opportunities. `rest` counts what is beyond the cap; `organisation` is empty for several."""

    public_url: str
    signature: str
    organisation: str
    cards: tuple[Card, ...]
    rest: int
    ways: Ways

    @property
    def sections(self) -> tuple[Section, ...]:
        """What is to be read first comes first; no section is empty."""
        found: dict[SectionName, list[Card]] = {name: [] for name in get_args(SectionName)}
        for card in self.cards:
            found[_SECTIONS.get(card.told_as, "news")].append(card)
        return tuple(Section(name, tuple(cards)) for name, cards in found.items() if cards)

    @property
    def open_cards(self) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if not card.is_over)

    @property
    def has_sample(self) -> bool:
        return any(card.is_sample for card in self.cards)


_SECTIONS: dict[str, SectionName] = {
    "reminder": "reminders",
    "closed": "closed",
    "welcome": "welcome",
    "also_open": "also_open",
}


@dataclass(frozen=True)
class CheckInContent:
    """The quarterly question, and a link for each of its answers."""

    public_url: str
    signature: str
    answers: tuple[tuple[CheckInAnswer, str], ...]
    ways: Ways


@dataclass(frozen=True)
class NoticeContent:
    """Something staff should know: a title, some sentences, and where to look."""

    public_url: str
    signature: str
    title: str
    sentences: tuple[str, ...]
    quoted: str
    link: str


@dataclass(frozen=True)
class CanaryContent:
    """A mail that only has to arrive."""

    public_url: str
    signature: str
    sent_at: str


Content = LoginContent | NewsContent | CheckInContent | NoticeContent | CanaryContent
