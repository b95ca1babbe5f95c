"""Deadlines and openings in words."""

from datetime import datetime

from services.notifier.domain.news import Told, deadlines_of
from services.notifier.domain.words import day_in_words, time_in_words
from services.notifier.mail.readers import Reader
from shared.events import OpportunityState


def deadline_of(told: Told, now: datetime) -> datetime | None:
    """The deadline a mail shows: the one a reminder is about, else the first still ahead; none of what is over."""
    if told.kind == "closed":
        return None
    return told.deadline or next((moment for moment in deadlines_of(told.opportunity) if moment > now), None)


def deadline_in_words(deadline: datetime | None, reader: Reader) -> str:
    """`mardi 12 janvier 2027 à 17 h 00 (heure de Paris)`; empty without a deadline."""
    if deadline is None:
        return ""
    city = reader.timezone.rpartition("/")[2].replace("_", " ")
    _ = reader.gettext
    text = (
        _("%(day)s à %(time)s (heure d’%(city)s)")
        if city[0] in "AEIOUÉH"
        else _("%(day)s à %(time)s (heure de %(city)s)")
    )
    time = time_in_words(deadline, reader.timezone, reader.language)
    return text % {"day": reader.day(deadline), "time": time, "city": city}


def opening_in_words(opportunity: OpportunityState, reader: Reader) -> str:
    """From when one may answer; empty when one may already."""
    if opportunity.opens_on is not None and opportunity.opens_on > reader.day_of(reader.now):
        return day_in_words(opportunity.opens_on, reader.language)
    _ = reader.gettext
    return _("bientôt, à une date qui n’est pas encore annoncée") if opportunity.status == "forthcoming" else ""
