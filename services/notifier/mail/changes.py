"""What changed in an opportunity since this person was told, deadline first."""

from collections.abc import Iterable
from datetime import date, datetime

from services.notifier.domain.news import Told
from services.notifier.domain.words import day_in_words, euros
from services.notifier.mail.readers import Reader
from services.notifier.mail.why import shortened
from shared.events import Change

DEADLINES = ("deadline", "deadlines")
AMOUNTS = ("budget_min", "budget_max")
MAX_SENTENCE = 400


def has_moved_deadline(told: Told) -> bool:
    return told.kind == "amended" and any(change.field in DEADLINES for change in told.changes)


def change_in_words(told: Told, reader: Reader) -> str:
    """The source's reader said it in a sentence; else it is said from the fields. Empty for what is not amended."""
    if told.kind != "amended":
        return ""
    said = shortened(dict(told.sentences).get(reader.language, ""), MAX_SENTENCE)
    return reader.typeset(said, reader.language) or " ".join(_sentences(told.changes, reader))


def _sentences(changes: Iterable[Change], reader: Reader) -> list[str]:
    by_field = {change.field: change for change in changes}
    moved = [_deadline(by_field[name], reader) for name in DEADLINES[:1] if name in by_field]
    moved = moved or [_deadline(by_field[name], reader) for name in DEADLINES[1:] if name in by_field]
    others = [name for name in by_field if name not in (*DEADLINES, *AMOUNTS, "status", "opens_on")]
    _ = reader.gettext
    return [
        *moved,
        *(_status(by_field[name], reader) for name in ("status",) if name in by_field),
        *(_opening(by_field[name], reader) for name in ("opens_on",) if name in by_field),
        *(_amount(by_field[name], reader) for name in AMOUNTS if name in by_field),
        *([_("D’autres points de l’annonce ont été modifiés.")] if others else []),
    ]


def _deadline(change: Change, reader: Reader) -> str:
    _ = reader.gettext
    before, after = _days(change.before, reader), _days(change.after, reader)
    if not after:
        return _("La date limite n’est plus indiquée.")
    if not before:
        return _("La date limite est fixée : %(after)s.") % {"after": after}
    earlier = (change.after or "") < (change.before or "")
    text = (
        _("Attention, la date limite est avancée : %(after)s au lieu de %(before)s.")
        if earlier
        else _("La date limite est repoussée : %(after)s au lieu de %(before)s.")
    )
    return text % {"after": after, "before": before}


def _status(change: Change, reader: Reader) -> str:
    _ = reader.gettext
    return _("On peut maintenant répondre.") if change.after == "open" else _("L’ouverture est reportée.")


def _opening(change: Change, reader: Reader) -> str:
    _ = reader.gettext
    after = _days(change.after, reader)
    return _("L’ouverture est prévue : %(after)s.") % {"after": after} if after else _("L’ouverture est reportée.")


def _amount(change: Change, reader: Reader) -> str:
    _ = reader.gettext
    before, after = _euros(change.before, reader), _euros(change.after, reader)
    named = {"before": before, "after": after}
    if not after:
        return _("Le montant n’est plus indiqué.")
    if change.field == "budget_min":
        text = (
            _("Montant le plus faible : %(after)s au lieu de %(before)s.")
            if before
            else _("Montant le plus faible : %(after)s.")
        )
    else:
        text = (
            _("Montant le plus élevé : %(after)s au lieu de %(before)s.")
            if before
            else _("Montant le plus élevé : %(after)s.")
        )
    return text % named


def _euros(written: str | None, reader: Reader) -> str:
    return euros(int(written), reader.language) if written and written.isascii() and written.isdigit() else ""


def _days(written: str | None, reader: Reader) -> str:
    """`2026-12-01` or `2026-12-01T17:00`, or several; the next one is what people wait for."""
    first = (written or "").split(", ")[0]
    try:
        day = date.fromisoformat(first) if "T" not in first else datetime.fromisoformat(first).date()
    except ValueError:
        return ""
    return day_in_words(day, reader.language)
