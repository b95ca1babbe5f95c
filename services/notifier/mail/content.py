"""What the templates of each kind of mail are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.notifier.mail.cards import Card


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
class NewsContent:
    """An alert, a digest or a welcome. `rest` counts what is beyond the cap."""

    public_url: str
    signature: str
    organisation: str
    cadence: str
    cards: tuple[Card, ...]
    rest: int
    manage_link: str
    unsubscribe_link: str

    @property
    def news(self) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if not card.is_also_open)

    @property
    def also_open(self) -> tuple[Card, ...]:
        return tuple(card for card in self.cards if card.is_also_open)

    @property
    def has_sample(self) -> bool:
        return any(card.is_sample for card in self.cards)


@dataclass(frozen=True)
class NoticeContent:
    """What staff must look at: `what` is `domain_paused`, with the domain and its reply."""

    public_url: str
    signature: str
    what: str
    domain: str
    reply: str
    link: str


Content = LoginContent | NewsContent | NoticeContent
