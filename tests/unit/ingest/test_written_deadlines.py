"""Deadlines as people write them: one that is stated is found, what could mislead is left."""

from datetime import UTC, datetime

import pytest

from services.ingest.domain.written_deadlines import written_deadline


def brussels(month: int, day: int, hour_utc: int, minute: int = 0) -> datetime:
    return datetime(2027, month, day, hour_utc, minute, tzinfo=UTC)


STATED = {
    "Deadline: 15 March 2027": ("en", brussels(3, 15, 16)),
    "The deadline for applications is Monday 15th March 2027.": ("en", brussels(3, 15, 16)),
    "Deadline for submission\n15 March 2027\nBudget 2 M": ("en", brussels(3, 15, 16)),
    "Closing date: March 15, 2027": ("en", brussels(3, 15, 16)),
    "Apply by 15 Sept. 2027!": ("en", brussels(9, 15, 15)),
    "Applications are open until 15 March 2027": ("en", brussels(3, 15, 16)),
    "Submit your proposal before 2027-03-15.": ("en", brussels(3, 15, 16)),
    "Deadline: 15/03/2027": ("en", brussels(3, 15, 16)),
    "Deadline 03.04.2027": ("en", brussels(4, 3, 15)),
    "Deadline: 15 March 2027, 12:00 CET": ("en", brussels(3, 15, 11)),
    "Deadline: 15 March 2027 at 5 pm": ("en", brussels(3, 15, 16)),
    "Deadline: 23:59 on 15 March 2027": ("en", brussels(3, 15, 22, 59)),
    "DEADLINE – 15 MARCH 2027": ("en", brussels(3, 15, 16)),
    "Deadline: 15 March 2027, 12.00 Brussels time": ("en", brussels(3, 15, 11)),
    "Deadline: 15 March 2027 at midnight": ("en", brussels(3, 15, 22, 59)),
    "Deadline: 15 March 2027, grants of 12.50 million": ("en", brussels(3, 15, 16)),
    "Pour les jeunes nés avant le 3 avril 2009. Date limite : 15/03/2027": ("fr", brussels(3, 15, 16)),
    "Date limite : 15/03/2027": ("fr", brussels(3, 15, 16)),
    "Date limite de candidature : 03/04/2027": ("fr", brussels(4, 3, 15)),
    "Dossiers à rendre avant le 3 avril 2027 à midi": ("fr", brussels(4, 3, 10)),
    "Candidatez avant le 1er août 2027": ("fr", brussels(8, 1, 15)),
    "Date limite : 15 mars 2027 à 14h30": ("fr", brussels(3, 15, 13, 30)),
    "Candidatures ouvertes jusqu'au 15 déc. 2027": ("fr", brussels(12, 15, 16)),
    "Clôture des candidatures le 15 février 2027": ("fr", brussels(2, 15, 16)),
    "Deadline: 15 March 2027. Projects start on 1 September 2027.": ("en", brussels(3, 15, 16)),
    "Date limite de candidature\nLundi 15 mars 2027": ("fr", brussels(3, 15, 16)),
    "Deadline\nMonday, March 15, 2027": ("en", brussels(3, 15, 16)),
    "Clôture des inscriptions le 15.03.2027": ("fr", brussels(3, 15, 16)),
    "Date limite : 15 fev. 2027": ("fr", brussels(2, 15, 16)),
    "Date limite : 15 fév. 2027": ("fr", brussels(2, 15, 16)),
    "Date limite : 15 aout 2027": ("fr", brussels(8, 15, 15)),
    "Deadline: 15 March 2027 | Start: 1 September 2027": ("en", brussels(3, 15, 16)),
    "Deadline: 15 March 2027.\nReminder: the deadline is 15 March 2027.": ("en", brussels(3, 15, 16)),
}
LEFT = {
    "no date": ("en", "Deadline: see the guide"),
    "no cue": ("en", "The agency met on 15 March 2027"),
    "no year": ("en", "Deadline: 15 March"),
    "two stages": ("en", "Deadline: 15 March 2027 (stage 1), 20 September 2027 (stage 2)"),
    "two sentences": ("en", "Deadline: 15 March 2027. Deadline for stage 2: 20 September 2027."),
    "extended": ("en", "Deadline: 15 March 2027, extended to 30 April 2027"),
    "either day": ("en", "Deadline: 03/04/2027"),
    "no such day": ("en", "Deadline: 31 February 2027"),
    "a thirteenth month": ("fr", "Date limite : 15/13/2027"),
    "how long projects run": ("en", "Projects may run until 31 December 2029"),
    "a date that is another line's": ("fr", "Date limite : à venir\nAtelier le 15 mars 2027"),
    "a date in a sentence below": ("en", "Deadline: to be announced\nThe stay begins on 15 March 2027"),
    "a date of birth": ("fr", "Jeunes né(e)s avant le 3 avril 2009"),
    "two digits of a year": ("fr", "Date limite : 15/03/27"),
    "a longer number": ("en", "Deadline: 115/03/20271"),
    "nothing": ("fr", ""),
}


@pytest.mark.parametrize(("text", "expected"), STATED.items())
def test_the_one_deadline_a_text_states_is_found(text: str, expected: tuple[str, datetime]) -> None:
    language, moment = expected
    assert written_deadline(text, language=language) == moment


@pytest.mark.parametrize(("language", "text"), LEFT.values(), ids=LEFT.keys())
def test_what_states_no_single_deadline_gives_none(language: str, text: str) -> None:
    assert written_deadline(text, language=language) is None
