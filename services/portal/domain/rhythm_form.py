"""When somebody wants to be written to: a form read into a wish, or sentences by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.portal.domain.declaration import Problems, Typed
from services.portal.domain.labels import N_
from shared.requests import Preferences

ZONES: Mapping[str, str] = {
    "Europe/Paris": N_("France métropolitaine"),
    "America/Guadeloupe": N_("Guadeloupe, Saint-Martin, Saint-Barthélemy"),
    "America/Martinique": N_("Martinique"),
    "America/Cayenne": N_("Guyane"),
    "Indian/Reunion": N_("La Réunion"),
    "Indian/Mayotte": N_("Mayotte"),
    "America/Miquelon": N_("Saint-Pierre-et-Miquelon"),
    "Pacific/Noumea": N_("Nouvelle-Calédonie"),
    "Pacific/Tahiti": N_("Polynésie française (Tahiti)"),
    "Pacific/Wallis": N_("Wallis-et-Futuna"),
    "Europe/London": N_("Royaume-Uni"),
    "Europe/Lisbon": N_("Portugal"),
    "Europe/Brussels": N_("Europe centrale (Bruxelles, Berlin, Madrid, Rome)"),
    "Europe/Athens": N_("Europe de l’Est (Athènes, Bucarest, Helsinki)"),
}
HOURS = tuple(f"{hour:02}:00" for hour in range(5, 23))
REMINDERS = (60, 30, 14, 7, 3, 1)
MOST_REMINDERS = 4
LONGEST_PAUSE = timedelta(days=365)
REFUSED: Mapping[str, tuple[str, str]] = {
    "invalid_hour": ("digest_at", N_("Choisissez une heure dans la liste.")),
    "invalid_timezone": ("timezone", N_("Choisissez un fuseau horaire dans la liste.")),
    "invalid_reminders": ("reminder_days", N_("Choisissez quatre rappels au plus.")),
    "invalid_pause": ("paused_until", N_("Choisissez un jour à venir, dans un an au plus.")),
}
"""What the notifier refuses: the field, and the sentence beside it."""


@dataclass(frozen=True)
class Rhythm:
    """A wish. `digest_at` None is the office's usual hour, `paused_until` None no pause."""

    digest_at: str | None
    timezone: str
    reminder_days: tuple[int, ...]
    paused_until: datetime | None


@dataclass(frozen=True)
class ShownRhythm:
    """How somebody is written to now, with the choices of the form; `paused_until`: the day that a pause ends."""

    typed: Mapping[str, str]
    hours: tuple[str, ...]
    zones: Mapping[str, str]
    reminders: tuple[int, ...]
    usual_at: str
    paused_until: date | None


def shown_rhythm(held: Preferences, usual_zone: str, now: datetime) -> ShownRhythm | None:
    """What the form begins with; None while the notifier does not answer, or knows nobody."""
    if not held.masked_email:
        return None
    zone = held.timezone or usual_zone
    is_paused = held.paused_until is not None and held.paused_until > now
    until = held.paused_until.astimezone(ZoneInfo(zone)).date() if held.paused_until and is_paused else None
    typed = {
        "digest_at": held.digest_at or "",
        "timezone": zone,
        "reminder_days": "\n".join(str(day) for day in held.reminder_days),
        "paused_until": until.isoformat() if until else "",
    }
    return ShownRhythm(
        typed=typed,
        hours=tuple(sorted({*HOURS, *([held.digest_at] if held.digest_at else [])})),
        zones=ZONES if zone in ZONES else {**ZONES, zone: zone},
        reminders=tuple(sorted({*REMINDERS, *held.reminder_days}, reverse=True)),
        usual_at=held.usual_at,
        paused_until=until,
    )


def read_rhythm(typed: Typed, *, now: datetime) -> tuple[Rhythm | None, Problems]:
    """The wish, its pause ending at midnight of the person's own zone."""
    zone = _zone(typed["timezone"])
    problems: Problems = {} if zone is not None else dict([REFUSED["invalid_timezone"]])
    days = tuple(int(day) for day in typed["reminder_days"].split() if day.isdecimal() and len(day) < 4)
    if len(days) > MOST_REMINDERS:
        problems |= dict([REFUSED["invalid_reminders"]])
    until = _midnight(typed["paused_until"], zone) if zone is not None else None
    is_wrong = until is not None and not now < until <= now + LONGEST_PAUSE
    if typed["paused_until"] and zone is not None and (until is None or is_wrong):
        problems |= dict([REFUSED["invalid_pause"]])
    if problems:
        return None, problems
    return Rhythm(typed["digest_at"][:5] or None, typed["timezone"], days, until), {}


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _midnight(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), zone)
    except ValueError:
        return None
