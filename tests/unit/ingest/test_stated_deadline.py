"""Deadlines written in sentences: read when only one date can be meant, left alone otherwise."""

from datetime import UTC, datetime

import pytest

from services.ingest.domain.stated_deadline import stated_deadline

CLOSES = datetime(2027, 3, 15, 16, 0, tzinfo=UTC)  # 17:00 in Brussels, in winter time


@pytest.mark.parametrize(
    "text",
    [
        "Deadline: 15 March 2027",
        "DEADLINE 15 MARCH 2027",
        "The deadline for applications is Monday 15th of March, 2027.",
        "Apply by March 15, 2027!",
        "Applications must reach the office by 15 Mar. 2027 at the latest.",
        "Closing date: 2027-03-15. The project starts on 2027-06-01.",
        "Submit your project before 15/03/2027.",
        "Submissions are open until 15.03.2027",
        "No later than 15 March 2027 (Brussels time). Places: 12.",
        "Deadline: 15 March 2027, 17:00 Brussels time",
        "Deadline: 15 March 2027 at 5 pm",
    ],
)
def test_a_deadline_said_in_english_is_read(text: str) -> None:
    assert stated_deadline(text, language="en") == CLOSES


@pytest.mark.parametrize(
    "text",
    [
        "Date limite : 15 mars 2027",
        "date limite de candidature : lundi 15 mars 2027 à 17h",
        "DATE LIMITE : 15/03/2027",
        "Clôture des inscriptions le 15.03.2027",
        "Envoyez votre dossier avant le 15 mars 2027.\nDébut du séjour : 1er juin 2027.",
        "Jusqu’au 15 mars 2027",
        "jusqu'au 15 mars 2027 17h00",
        "Au plus tard le 15 mars 2027 ; départ le 4 avril 2027",
        "Échéance : 15 mars 2027",
        "avant le 15 mars 2027. Rappel : date limite le 15/03/2027",
    ],
)
def test_a_deadline_said_in_french_is_read(text: str) -> None:
    assert stated_deadline(text, language="fr") == CLOSES


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1er août 2027", (2027, 8, 1)),
        ("28 fév. 2027", (2027, 2, 28)),
        ("28 février 2027", (2027, 2, 28)),
        ("28 fevrier 2027", (2027, 2, 28)),
        ("3 déc. 2027", (2027, 12, 3)),
        ("10 sept. 2027", (2027, 9, 10)),
        ("10 juil. 2027", (2027, 7, 10)),
        ("29 février 2028", (2028, 2, 29)),
    ],
)
def test_months_are_read_whole_or_short_with_or_without_accents(written: str, day: tuple[int, int, int]) -> None:
    read = stated_deadline(f"Date limite : {written}", language="fr")
    assert read is not None
    assert (read.year, read.month, read.day) == day


def test_a_time_that_is_said_counts_in_brussels() -> None:
    assert stated_deadline("Deadline: 15 July 2027, 23:59", language="en") == datetime(2027, 7, 15, 21, 59, tzinfo=UTC)
    assert stated_deadline("Date limite : 15 juillet 2027 à 12h30", language="fr") == datetime(
        2027, 7, 15, 10, 30, tzinfo=UTC
    )
    assert stated_deadline("Deadline: 15 July 2027, 12 am", language="en") == datetime(2027, 7, 15, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Deadline: 03/04/2027"),  # 3 April, or 4 March
        ("en", "The deadline is moved from 1 March 2027 to 15 March 2027."),
        ("en", "First deadline: 1 March 2027. Second deadline: 15 March 2027."),
        ("en", "Published on 15 March 2027."),
        ("en", "The deadline is soon. The stay begins on 15 March 2027."),
        ("en", "Deadline: 31 February 2027"),
        ("en", "Deadline: 15 March"),
        ("en", "Deadline: 15 Marchember 2027"),
        ("en", "Deadline: 15 March 20277"),
        ("en", "Deadline: 15/13/2027"),
        ("en", "Deadline: 15 March 1027"),
        ("en", "Deadline for the call CERV-2027-15 is not known"),
        ("fr", "Le 15 mars 2027, un atelier."),
        ("fr", "Date limite : à venir\nAtelier le 15 mars 2027"),
        ("fr", ""),
    ],
)
def test_what_could_mean_something_else_is_not_guessed(language: str, text: str) -> None:
    assert stated_deadline(text, language=language) is None


def test_day_and_month_exchanged_are_certain_in_french() -> None:
    assert stated_deadline("Date limite : 03/04/2027", language="fr") == datetime(2027, 4, 3, 15, 0, tzinfo=UTC)


def test_a_very_long_text_is_read_quickly_from_its_beginning() -> None:
    assert stated_deadline("apply " * 100_000 + "Deadline: 15 March 2027", language="en") is None
    assert stated_deadline("Deadline: 15 March 2027. " + "apply by " * 100_000, language="en") == CLOSES
