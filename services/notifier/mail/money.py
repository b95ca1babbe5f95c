"""Money in words: what one project may get, and which share of its costs Europe pays."""

import re

from babel.numbers import format_percent

from services.notifier.domain.words import BABEL, euros
from services.notifier.mail.readers import Reader
from shared.events import OpportunityState

# What Europe pays of the costs it accepts, for a commune: only where the programme publishes one rate for all calls of
# the type. Horizon Europe: model grant agreement, innovation actions pay non-profit bodies up to 100 %. LIFE: the
# multiannual work programmes 2021-2024 and 2025-2027; nature projects have rates of their own. Digital Europe: work
# programmes. CERV: call documents; its lump sums are computed otherwise.
SHARES: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(r"^eu-horizon-\S* HORIZON +Research and Innovation Actions$"), 100),
    (re.compile(r"^eu-horizon-\S* HORIZON +Innovation Actions$"), 100),
    (re.compile(r"^eu-horizon-\S* HORIZON +Coordination and Support Actions$"), 100),
    (re.compile(r"^eu-life-\d{4}-cet-\S* LIFE Project Grants$"), 95),
    (re.compile(r"^eu-life-\d{4}-sap-(env|clima)-\S* LIFE Project Grants$"), 60),
    (re.compile(r"^eu-cerv-\S* CERV Project Grants$"), 90),
    (re.compile(r"^eu-digital-\S* DIGITAL Simple Grants$"), 50),
    (re.compile(r"^eu-digital-\S* DIGITAL SME Support Actions$"), 50),
    (re.compile(r"^eu-digital-\S* DIGITAL Coordination and Support Actions$"), 100),
)


def money_in_words(opportunity: OpportunityState, reader: Reader) -> str:
    """What one project may get, or what a market is worth; empty when the source does not say."""
    _, language = reader.gettext, reader.language
    low, high = opportunity.budget_min, opportunity.budget_max
    if low and high and low != high:
        amount = _("de %(low)s à %(high)s") % {"low": euros(low, language), "high": euros(high, language)}
    elif high:
        amount = _("jusqu’à %(high)s") % {"high": euros(high, language)}
    elif low:
        amount = _("à partir de %(low)s") % {"low": euros(low, language)}
    else:
        return ""
    return amount if opportunity.kind == "tender" else _("%(amount)s par projet") % {"amount": amount}


def share_for_a_commune(opportunity: OpportunityState) -> int | None:
    """The share of a commune's costs that Europe pays, in percent; None where it is not published for sure."""
    named = f"{opportunity.id} {opportunity.instrument or ''}"
    return next((share for pattern, share in SHARES if pattern.search(named)), None)


def cofunding_in_words(opportunity: OpportunityState, reader: Reader) -> str:
    """Who pays what, for a commune; empty when that is not known."""
    _ = reader.gettext
    share = share_for_a_commune(opportunity)
    if share is None:
        return ""
    percent = {"share": format_percent(share / 100, locale=BABEL[reader.language])}
    if share == 100:
        return _("L’Europe paie jusqu’à %(share)s des dépenses acceptées.") % percent
    return _("L’Europe paie jusqu’à %(share)s des dépenses acceptées ; le reste est à votre charge.") % percent
