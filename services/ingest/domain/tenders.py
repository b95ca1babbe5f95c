"""A notice of a public purchase: what it says in each language, its lots, and which of several notices counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from shared.events import OpportunityStatus

Texts = Mapping[str, str]
"""A text by language, in TED's codes of three lower-case letters: `fra`, `eng`, `deu`."""

STATUS_OF_FORM: Mapping[str, OpportunityStatus] = {
    "competition": "open",
    "change": "open",
    "planning": "forthcoming",
    "consultation": "forthcoming",
    "result": "closed",
    "dir-awa-pre": "closed",
    "cont-modif": "closed",
    "completion": "closed",
}
CANCELLED = "cancel"
STILL_COMPETING = "open-nw"


@dataclass(frozen=True)
class Money:
    """An amount as the buyer wrote it; `currency` is an ISO 4217 code, empty when the notice gives none."""

    amount: float
    currency: str

    @property
    def euros(self) -> int | None:
        return round(self.amount) if self.currency == "EUR" else None


@dataclass(frozen=True)
class Lot:
    """A part of a purchase that can be answered by itself."""

    id: str
    titles: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    value: Money | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Notice:
    """One published notice. `number` is its publication number, `procedure` the purchase it belongs to (BT-04).

    `composed` is the title TED makes for all languages, of country, subject and title. `deadlines` are those of all
    lots, to ask to take part when the purchase is in two steps. `places` are NUTS codes and countries of three letters.
    """

    procedure: str
    form: str
    number: str = ""
    published_on: date | None = None
    version: int = 1
    language: str = ""
    titles: Texts = field(default_factory=dict)
    composed: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    deadlines: tuple[datetime, ...] = ()
    value: Money | None = None
    buyers: Texts = field(default_factory=dict)
    buyer_cities: Texts = field(default_factory=dict)
    buyer_countries: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    nature: str = ""
    way: str = ""
    change_reason: str = ""
    changes: Texts = field(default_factory=dict)
    outcomes: tuple[str, ...] = ()
    buys_over_time: bool = False

    @property
    def rank(self) -> tuple[date, int, int, int]:
        """Grows with each publication: by day, then by number within its year, then by version."""
        number, _, year = self.number.partition("-")
        return (self.published_on or date.min, int(year or 0), int(number or 0), self.version)

    @property
    def ends_the_competition(self) -> bool:
        """Whether this notice says that no tender is awaited any more.

        A dynamic purchasing system goes on after an award; a result may leave lots in competition.
        """
        if self.change_reason == CANCELLED:
            return True
        return (
            STATUS_OF_FORM[self.form] == "closed" and STILL_COMPETING not in self.outcomes and not self.buys_over_time
        )


@dataclass(frozen=True)
class Purchase:
    """The notices of one procedure taken together: the one that tells what is bought, and where the purchase is."""

    notice: Notice
    status: OpportunityStatus


def purchase_of(notices: Sequence[Notice]) -> Purchase:
    """What the notices of one procedure say together. The newest call for competition is the one shown.

    It is closed when that notice or a later one cancels it or tells its result.
    """
    calls = [notice for notice in notices if STATUS_OF_FORM[notice.form] == "open"]
    shown = max(calls or notices, key=lambda notice: notice.rank)
    since = [notice for notice in notices if notice.rank >= shown.rank]
    if any(notice.ends_the_competition for notice in since):
        return Purchase(shown, "closed")
    return Purchase(shown, "open" if STATUS_OF_FORM[shown.form] == "closed" else STATUS_OF_FORM[shown.form])
