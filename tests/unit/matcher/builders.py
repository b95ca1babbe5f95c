"""Opportunities and profiles in our own words, about things everybody knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.events import OpportunityState, ProfileState

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

SUBJECTS = (
    (
        "heat",
        "Heat pumps and insulation for old homes",
        "Renovation of buildings with heat pumps, cutting energy bills.",
    ),
    ("flood", "Living with floods", "River basins and towns prepare for flood risk and restore wetlands."),
    ("robot", "Robots for small factories", "Robotics and artificial intelligence help manufacturing."),
    ("youth", "Young people meet", "Youth exchanges and volunteering between schools of several countries."),
    ("bread", "Less food thrown away", "Bakeries and canteens reduce food waste and compost organic waste."),
)
TRADES = (
    ("plumber", "Nous posons des pompes à chaleur et isolons les bâtiments anciens."),
    ("town", "Notre commune subit des inondations et veut restaurer ses zones humides."),
    ("maker", "Intégrateur de robots : robotique, automatisme et intelligence artificielle pour l’industrie."),
    ("club", "Nous organisons des échanges de jeunes et du volontariat européen."),
    ("baker", "Boulangerie et restauration collective, lutte contre le gaspillage alimentaire et compostage."),
)


def opportunity(number: int = 0, **changes: Any) -> OpportunityState:
    """The opportunity about one of five subjects."""
    slug, title, text = SUBJECTS[number % len(SUBJECTS)]
    values: dict[str, Any] = {
        "id": f"eu-{slug}-{number}",
        "version": 1,
        "kind": "call",
        "source": "test",
        "title": title,
        "text": text,
        "status": "open",
        "deadline": NOW + timedelta(days=60),
    }
    return OpportunityState(**values | changes)


def profile(number: int = 0, **changes: Any) -> ProfileState:
    """The profile of one of five trades: number n is made for opportunity n."""
    slug, text = TRADES[number % len(TRADES)]
    values: dict[str, Any] = {
        "id": f"org-{slug}-{number}",
        "version": 1,
        "kind": "business",
        "name": f"Maison {slug}",
        "text": text,
    }
    return ProfileState(**values | changes)
