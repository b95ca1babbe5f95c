"""What somebody answers to an opportunity: a form read into an answer, or sentences by field."""

from dataclasses import dataclass

from services.portal.domain.declaration import Problems, Typed
from services.portal.domain.labels import ANSWER_REASONS, N_, VERDICTS
from services.portal.domain.words import clean_line, clean_text

MAX_NOTE, MAX_REACH = 500, 200


@dataclass(frozen=True)
class Said:
    """A verdict with what goes with it: a reason for a refusal, words for the office for an interest."""

    verdict: str
    reason: str | None = None
    note: str = ""
    reach: str = ""


def read_answer(typed: Typed) -> tuple[Said | None, Problems]:
    """The answer; a reason, a note and a way to be reached are all optional."""
    verdict = typed["verdict"]
    if verdict not in VERDICTS:
        return None, {"verdict": N_("Choisissez l’une des deux réponses.")}
    if verdict == "not_for_us":
        reason = typed["reason"] or None
        if reason is not None and reason not in ANSWER_REASONS:
            return None, {"reason": N_("Choisissez une raison dans la liste, ou aucune.")}
        return Said("not_for_us", reason), {}
    note, reach = clean_text(typed["note"]), clean_line(typed["reach"])
    problems: Problems = {}
    if len(note) > MAX_NOTE:
        problems["note"] = N_("Ce texte est trop long : 500 caractères au plus.")
    if len(reach) > MAX_REACH:
        problems["reach"] = N_("C’est trop long : 200 caractères au plus, un numéro ou une adresse suffit.")
    return (None, problems) if problems else (Said("interested", None, note, reach), {})
