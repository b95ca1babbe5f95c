"""What TED is asked: the fields of a notice, and expert queries made of codes that were checked."""

from collections.abc import Sequence
from datetime import date

from services.ingest.settings import IngestSettings

PAGE_SIZE = 250
MAX_FIELDS_A_PAGE = 10_000
DEADLINES = {
    kind: (f"deadline-receipt-{kind}-date-lot", f"deadline-receipt-{kind}-time-lot")
    for kind in ("request", "expressions", "tender")
}
FIELDS = (
    "publication-number",
    "publication-date",
    "notice-version",
    "procedure-identifier",
    "notice-type",
    "form-type",
    "official-language",
    "notice-title",
    "title-proc",
    "description-proc",
    "identifier-lot",
    "title-lot",
    "description-lot",
    *(name for pair in DEADLINES.values() for name in pair),
    "estimated-value-proc",
    "estimated-value-cur-proc",
    "estimated-value-lot",
    "estimated-value-cur-lot",
    "buyer-name",
    "buyer-city",
    "buyer-country",
    "classification-cpv",
    "place-of-performance",
    "contract-nature-main-proc",
    "procedure-type",
    "change-reason-code",
    "change-description",
    "winner-selection-status",
    "dps-usage-lot",
    "links",
)


def nothing_chosen(settings: IngestSettings) -> str | None:
    """A sentence when the settings choose no notice at all."""
    if _choices(settings):
        return None
    return "No tenders are chosen: set PASSERELLE_TED_COOPERATION, or PASSERELLE_TED_CPV with PASSERELLE_TED_PLACES."


def open_notices(settings: IngestSettings, *, today: date, since: date | None) -> str:
    """Calls for competition that were chosen and can still be answered; `since` limits them by publication."""
    ahead = " OR ".join(f"{day} >= {_day(today)}" for day, _ in DEADLINES.values())
    clauses = [f"({' OR '.join(_choices(settings))})", "form-type IN (competition)", f"({ahead})"]
    if since:
        clauses.append(f"publication-date >= {_day(since)}")
    return " AND ".join(clauses)


def notices_of(procedures: Sequence[str]) -> str:
    """All notices of known procedures, results and cancellations too."""
    return f"procedure-identifier IN ({' '.join(procedures)})"


def _choices(settings: IngestSettings) -> list[str]:
    """Everything bought in the cooperation countries; elsewhere, what the chosen subjects are."""
    choices = []
    if settings.ted_cooperation_places:
        choices.append(_takes_place_in(settings.ted_cooperation_places))
    if settings.ted_cpv_prefixes and settings.ted_chosen_places:
        subjects = " ".join(code if len(code) == 8 else f"{code}*" for code in settings.ted_cpv_prefixes)
        choices.append(f"(classification-cpv IN ({subjects}) AND {_takes_place_in(settings.ted_chosen_places)})")
    return choices


def _takes_place_in(places: Sequence[str]) -> str:
    return f"place-of-performance IN ({' '.join(places)})"


def _day(day: date) -> str:
    """TED's queries take days without dashes only."""
    return f"{day:%Y%m%d}"
