"""The EU portal's codes, as its answers show them."""

import re
from dataclasses import dataclass

from shared.events import OpportunityKind, OpportunityStatus, OrganisationKind

# Several public projects have forthcoming and open the wrong way round.
STATUSES: dict[str, OpportunityStatus] = {"31094501": "forthcoming", "31094502": "open", "31094503": "closed"}
OPEN_STATUSES = ("forthcoming", "open")

TYPES: dict[str, OpportunityKind] = {"0": "tender", "1": "call", "2": "call", "8": "call"}
TENDER, TOPIC, PROSPECT, CASCADE = "0", "1", "2", "8"

PROGRAMMES = {
    "43108390": "Horizon Europe",
    "44181033": "European Defence Fund",
    "43252405": "LIFE",
    "111111": "EU External Action",
    "43152860": "Digital Europe",
    "43298916": "Euratom",
    "43251567": "Connecting Europe Facility",
    "43251589": "CERV",
    "43252449": "Research Fund for Coal and Steel",
    "43353764": "Erasmus+",
    "43637601": "Pilot Projects and Preparatory Actions",
    "43254019": "European Social Fund+",
    "43252368": "Internal Security Fund",
    "45532249": "EU Agencies",
    "43252386": "Justice",
    "44416173": "Interregional Innovation Investments",
    "43252433": "Pericles IV",
    "43392145": "European Maritime, Fisheries and Aquaculture Fund",
    "46324255": "Technical assistance for ERDF, CF and JTF",
    "43253967": "Renewable Energy Financing Mechanism",
    "43251814": "Creative Europe",
    "43252476": "Single Market Programme",
}


@dataclass(frozen=True)
class AudienceRule:
    """Says who may apply, when the identifier or the title says it in so many words."""

    identifier: re.Pattern[str] | None
    title: re.Pattern[str] | None
    audience: tuple[OrganisationKind, ...]

    def holds(self, identifier: str, title: str) -> bool:
        return bool(self.identifier and self.identifier.search(identifier)) or bool(
            self.title and self.title.search(title)
        )


# A wrong audience hides a call from those it is for: only what cannot be read otherwise stands here.
AUDIENCES = (
    AudienceRule(re.compile(r"-ACCELERATOR"), None, ("business",)),
    AudienceRule(re.compile(r"^CERV-.*-TOWN"), re.compile(r"\btown[- ]twinning\b", re.IGNORECASE), ("commune",)),
)


def audience_of(identifier: str, title: str) -> tuple[OrganisationKind, ...]:
    """Who may apply; empty when anyone may, or the source does not say."""
    return next((rule.audience for rule in AUDIENCES if rule.holds(identifier, title)), ())
